//! No message in the mailbox acknowledges anything unless its signature counts, and what one says is what was signed.
#![no_main]

use std::collections::BTreeSet;
use std::convert::Infallible;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use trackera_journal::cosign::Signers;
use trackera_journal::signers::AllowedSigners;
use trackera_watch::acknowledgement::{Acknowledgement, LONGEST, NAMESPACE};

const SIGNERS: &str = "ada@example.com ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n";

fuzz_target!(|message: &[u8]| {
    let allowed = AllowedSigners::parse(SIGNERS, &TimeZone::UTC).expect("the signers are whole");
    let suspended = BTreeSet::new();
    let signers = Signers { allowed: &allowed, suspended: &suspended, at: Timestamp::UNIX_EPOCH };
    let signer = |signed: (&str, &[u8]), signature: &str| signers.signer_of(signed, signature).map(|(name, _)| name);
    let judged = Acknowledgement::verified(message, signer);
    assert!(judged.is_err(), "a signature was made up");
    let Some((given, signature)) = believed(message) else { return };
    assert!(message.len() <= LONGEST, "too long");
    let again = given.message(signature.clone()).expect("it is written again");
    // What was written with fewer escapes may have been shorter.
    if again.len() <= LONGEST {
        assert_eq!(believed(&again), Some((given, signature)), "written again, it says something else");
    }
});

/// What a message says to somebody who counts every signature: the statement that would be signed, and no other.
fn believed(message: &[u8]) -> Option<(Acknowledgement, String)> {
    let mut seen = None;
    let read = Acknowledgement::verified(message, |(namespace, text), signature| {
        assert_eq!(namespace, NAMESPACE, "signed for something else");
        seen = Some((text.to_vec(), signature.to_owned()));
        Ok::<_, Infallible>("ada@example.com".to_owned())
    });
    let (given, by) = read.ok()?;
    assert_eq!(by, "ada@example.com", "somebody else signed");
    let (text, signature) = seen.expect("nothing is read that nobody verified");
    assert_eq!(given.statement().as_bytes(), text, "another statement than was signed");
    Some((given, signature))
}
