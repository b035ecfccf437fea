//! The log on a disk that forgets what was not synced: what the tests share.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use trackera_journal::entry::{Draft, Entry};
use trackera_journal::fs::Files;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{Location, Log};
use trackera_journal::reader::Reader;

use disk::FakeDisk;

mod crash;
mod crowd;
mod disk;
mod proving;
mod tampering;

pub(crate) const DIRECTORY: &str = "/journal";

pub(crate) fn key() -> SignerKey {
    SignerKey::from_seed("agent.example/primary", [7; 32]).unwrap()
}

/// A log on this disk whose segments are so short that a few entries fill one.
pub(crate) fn location(files: &FakeDisk) -> Location {
    at(Arc::new(files.clone()), Path::new(DIRECTORY))
}

pub(crate) fn at(files: Arc<dyn Files>, directory: &Path) -> Location {
    Location { files, directory: directory.to_owned(), key: key().verifier(), segment_length: 400 }
}

pub(crate) fn draft(number: u64) -> Draft {
    let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    Draft::new(at, Kind::Observation, &json!({"number": number})).unwrap()
}

pub(crate) fn append(log: &mut Log, numbers: std::ops::Range<u64>) -> bool {
    let drafts: Vec<Draft> = numbers.map(draft).collect();
    log.append(&drafts.iter().collect::<Vec<_>>()).is_ok()
}

/// The numbers that the entries of a log carry.
pub(crate) fn numbers(files: &FakeDisk) -> Vec<u64> {
    let mut numbers = Vec::new();
    let reader = Reader::new(Arc::new(files.clone()), Path::new(DIRECTORY));
    reader.entries(|entry| numbers.push(number(&entry))).unwrap();
    numbers
}

pub(crate) fn number(entry: &Entry) -> u64 {
    let body: serde_json::Value = serde_json::from_str(entry.body.get()).unwrap();
    body["number"].as_u64().unwrap()
}

pub(crate) fn in_log(file: &str) -> PathBuf {
    Path::new(DIRECTORY).join(file)
}

/// Whether the whole count was asked for; else a smaller one of the same kind is run.
#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
pub(crate) fn is_full() -> bool {
    std::env::var_os("TRACKERA_TRIALS").is_some()
}
