//! The only place that writes to the terminal: data to standard output, talk to standard error.

use std::io::Write as _;

use crate::failure::Failure;

/// Writes a line of data. A reader that has gone away is no failure.
pub(crate) fn data(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// Writes a line of talk.
pub(crate) fn talk(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Writes what went wrong, with its causes.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Usage(message) => talk(&format!("error: {message}")),
        Failure::Failed(error) => {
            talk(&format!("error: {error}"));
            for cause in error.chain().skip(1) {
                talk(&format!("  because: {cause}"));
            }
        }
    }
}

/// Writes one JSON document.
pub(crate) fn json(document: &serde_json::Value) {
    data(&format!("{document:#}"));
}
