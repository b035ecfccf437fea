//! A note that is read is written back byte by byte, nobody's signature is made up, and a proof of nothing proves nothing.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trackera_journal::checkpoint::Checkpoint;
use trackera_journal::keys::{SignerKey, VerifierKey};
use trackera_journal::note::Note;
use trackera_journal::proof;

/// A key whose private half no input has.
static KEY: LazyLock<VerifierKey> =
    LazyLock::new(|| SignerKey::from_seed("agent.example", [0x5a; 32]).expect("a key").verifier());

fuzz_target!(|text: &str| {
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text, "a note is written back as it was");
        assert!(note.verified(&KEY).is_err(), "a signature was made up");
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text, "a checkpoint is written back as it was");
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text, "a key is written back as it was");
    }
    assert!(proof::verify(b"line", text, &KEY).is_err(), "a proof was made up");
});
