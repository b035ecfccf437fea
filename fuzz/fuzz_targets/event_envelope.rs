//! A message of the event queue is understood or dropped: it never names an account that is not watched.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trackera_watch::events::{Dropped, SENTINEL, parse};

static WATCHED: LazyLock<BTreeSet<String>> = LazyLock::new(|| BTreeSet::from(["111122223333".to_owned()]));
static LABORATORY: LazyLock<BTreeSet<String>> = LazyLock::new(|| BTreeSet::from([SENTINEL.to_owned()]));

fuzz_target!(|message: &[u8]| {
    let heard = parse(message, &WATCHED);
    if let Ok(happening) = &heard {
        assert!(WATCHED.contains(&happening.account), "an account that is not watched");
        assert!(!happening.name.is_empty() && !happening.id.is_empty(), "an event without a name");
        assert_eq!(parse(message, &LABORATORY), Err(Dropped::Sentinel), "a laboratory hears the world");
    }
    assert_eq!(parse(message, &WATCHED), heard, "the same message twice");
});
