//! A line that is read as an entry is written back as it was; what is not is refused in words; and no tail of a log is
//! taken for an interrupted write while a later write follows it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trackera_journal::digest::Digest;
use trackera_journal::entry::read;
use trackera_journal::segment::{Chain, is_torn, scan};
use trackera_journal::tiles::{bundle, unbundled};

fuzz_target!(|bytes: &[u8]| {
    match read(bytes) {
        Ok((entry, leaf)) => {
            assert_eq!(leaf, Digest::leaf(bytes), "the leaf digest is that of the whole line");
            assert!(serde_json::from_str::<serde_json::Value>(entry.body.get()).is_ok(), "a body is JSON");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "refused without a reason"),
    }
    let mut chain = Chain::EMPTY;
    let mut found = 0;
    if let Err(fault) = scan(bytes, &mut chain, |_| found += 1) {
        let tail = usize::try_from(fault.offset).ok().and_then(|offset| bytes.get(offset..));
        let tail = tail.expect("a fault lies within the segment");
        let first = tail.split(|byte| *byte == b'\n').next().expect("a split gives something");
        let is_sound = tail.contains(&b'\n') && read(first).is_ok();
        assert!(!(is_torn(tail, chain.next) && is_sound), "a sound entry out of place is no interrupted write");
    }
    assert_eq!(chain.next, found, "the chain moves with every entry");
    if let Some(lines) = unbundled(bytes) {
        assert_eq!(bundle(&lines), bytes, "a bundle is written back as it was");
    }
});
