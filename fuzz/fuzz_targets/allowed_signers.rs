//! No `allowed_signers` file makes a signature count that was made for something else, and every refusal names a line.
#![no_main]

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use trackera_journal::cosign::Signers;
use trackera_journal::signers::AllowedSigners;

fuzz_target!(|text: &str| {
    let suspended = BTreeSet::new();
    match AllowedSigners::parse(text, &TimeZone::UTC) {
        Ok(allowed) => {
            let signers = Signers { allowed: &allowed, suspended: &suspended, at: Timestamp::UNIX_EPOCH };
            assert!(signers.signer_of(("fuzz", b"message"), text).is_err(), "a signature was made up");
        }
        Err(error) => {
            assert!(error.line >= 1 && error.line <= text.lines().count(), "line {} is none", error.line);
            assert!(!error.reason.is_empty(), "refused without a reason");
        }
    }
});
