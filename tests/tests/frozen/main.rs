//! A journal that was written once, with every record of the agent and of runs: it is read, continued and verified for ever,
//! today's program writes the same bytes, and a reader that is older than its journal refuses and leaves it as it is.

#![cfg(test)]

mod agent;
mod runs;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tempfile::TempDir;
use trackera_journal::digest::Digest;
use trackera_journal::entry::{Draft, Entry};
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{Location, Log};
use trackera_journal::reader::Reader;
use trackera_operations::drill::history;
use trackera_operations::record::Record as RunRecord;
use trackera_operations::state::{Phase, fold};
use trackera_watch::record::Record as AgentRecord;
use trackera_watch::state::State;

/// What the one piece of evidence says.
const EVIDENCE: &[u8] = b"what the journal refers to";
/// So short that the entries fill several segments.
const SEGMENT_LENGTH: u64 = 4_000;
/// The field at the end of a line, with its digest left open.
const CHECK: &str = ",\"check\":\"";

fn moment(minutes: i64) -> Timestamp {
    Timestamp::constant(1_767_225_600, 0) + SignedDuration::from_mins(minutes)
}

fn key() -> SignerKey {
    SignerKey::from_seed("one.agents.example", [9; 32]).unwrap()
}

fn frozen() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen/journal")
}

fn open(directory: &Path) -> Log {
    let location = Location {
        files: Arc::new(Disk),
        directory: directory.to_owned(),
        key: key().verifier(),
        segment_length: SEGMENT_LENGTH,
    };
    let (log, repair) = Log::open(location).unwrap();
    assert_eq!(repair, None, "nothing is torn");
    log
}

fn reader(directory: &Path) -> Reader {
    Reader::new(Arc::new(Disk), directory)
}

/// Writes the journal as today's program does: the records of the agent, one checkpoint, and those of runs.
fn write(directory: &Path) {
    let mut log = open(directory);
    let evidence = reader(directory).evidence().keep(EVIDENCE).unwrap().digest;
    for record in agent::records() {
        let kind: Kind = record.kind().parse().unwrap();
        let draft = draft(kind, record.to_body().unwrap()).in_epoch(2);
        let draft = if kind == Kind::Observation { draft.with_evidence(vec![evidence]).unwrap() } else { draft };
        log.append(&[&draft]).unwrap();
    }
    log.checkpoint(&key()).unwrap();
    let drafts: Vec<Draft> =
        runs::records().iter().map(|record| draft(record.kind(), record.to_body().unwrap())).collect();
    log.append(&drafts.iter().collect::<Vec<_>>()).unwrap();
    log.append(&[&Draft::new(moment(90), Kind::Outcome, &runs::report().to_body().unwrap()).unwrap()]).unwrap();
    log.checkpoint(&key()).unwrap();
}

fn draft(kind: Kind, body: String) -> Draft {
    Draft::new(moment(0), kind, &RawValue::from_string(body).unwrap()).unwrap()
}

fn entries(directory: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    reader(directory).entries(|entry| entries.push(entry)).unwrap();
    entries
}

/// Every file below a directory that a journal relies on: its lock says nothing.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => directories.push(entry),
                false => {
                    drop(files.insert(entry.strip_prefix(directory).unwrap().to_owned(), fs::read(&entry).unwrap()))
                }
            }
        }
    }
    files.remove(Path::new("lock"));
    files
}

/// A copy that may be written.
fn copy() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in files(&frozen()) {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    home
}

#[test]
#[ignore = "makes the journal, which is made once for each version of its form"]
fn the_frozen_journal_is_made() {
    assert!(!frozen().exists(), "what is frozen is never written again");
    write(&frozen());
}

#[test]
fn what_was_written_then_is_what_is_written_today() {
    let today = tempfile::tempdir().unwrap();
    write(today.path());
    // Evidence is compressed, and a better compressor may give other bytes: it is held against its digest instead.
    let lasting = |directory: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
        files(directory).into_iter().filter(|(name, _)| !name.starts_with("evidence")).collect()
    };
    assert_eq!(lasting(today.path()), lasting(&frozen()));
    assert!(lasting(&frozen()).len() >= 4, "several segments and two checkpoints");
}

#[test]
fn it_is_verified_and_every_entry_is_proven() {
    let (reader, key) = (reader(&frozen()), key().verifier());
    let verified = reader.verify(&key).unwrap();
    assert!(verified.is_sound() && verified.torn.is_none(), "{:?}", verified.damages);
    assert_eq!((verified.size, verified.checkpoints, verified.evidence), (verified.signed, 2, 1));
    for sequence in 0..verified.size {
        let (line, proof) = reader.prove(sequence).unwrap();
        assert_eq!(trackera_journal::proof::verify(&line, &proof, &key).unwrap().0, sequence);
    }
    assert_eq!(reader.evidence().content(Digest::of(EVIDENCE)).unwrap(), EVIDENCE);
}

#[test]
fn it_is_folded_to_what_was_known_then() {
    let entries = entries(&frozen());
    let told = |entry: &&Entry| AgentRecord::KINDS.contains(&entry.kind.name());
    let agent: Vec<AgentRecord> =
        entries.iter().filter(told).map(|entry| AgentRecord::from_body(entry.body.get()).unwrap()).collect();
    assert_eq!(agent, agent::records());
    agent::check(&State::fold(&agent));
    let runs: Vec<RunRecord> =
        entries.iter().filter_map(|entry| RunRecord::from_body(entry.body.get()).unwrap()).collect();
    assert_eq!(runs, runs::records());
    let states = fold(&runs).unwrap();
    let phases: Vec<(&str, bool)> = states.iter().map(|run| (run.run.as_str(), run.is_over())).collect();
    assert_eq!(phases, [("nightly-1", true), ("nightly-2", true), ("nightly-3", false)]);
    assert!(matches!(states[1].phase, Phase::Abandoned { .. }) && states[1].open().len() == 1, "{:?}", states[1]);
    let drills = history(&reader(&frozen())).unwrap();
    assert_eq!(drills.reports, [runs::report()]);
    let left: Vec<&str> = drills.leftovers.iter().map(|leftover| leftover.run.as_str()).collect();
    assert_eq!(left, ["nightly-2", "nightly-3"]);
}

#[test]
fn it_is_continued_where_it_ended() {
    let home = copy();
    let before = entries(home.path()).len();
    let mut log = open(home.path());
    log.append(&[&Draft::new(moment(99), Kind::Repair, &json!({"about": "nothing"})).unwrap()]).unwrap();
    log.checkpoint(&key()).unwrap();
    drop(log);
    assert!(reader(home.path()).verify(&key().verifier()).unwrap().is_sound());
    assert_eq!(entries(home.path()).len(), before + 1);
}

/// Adds a line that continues the chain, with its fields changed by a newer program.
fn continued_by_a_newer_program(directory: &Path, change: impl Fn(&mut Value)) {
    let segment = files(directory).into_keys().rfind(|name| name.starts_with("segments")).unwrap();
    let mut text = fs::read_to_string(directory.join(&segment)).unwrap();
    let last = text.lines().next_back().unwrap().to_owned();
    let mut fields: Value = serde_json::from_str(&last).unwrap();
    let next = fields["sequence"].as_u64().unwrap() + 1;
    fields["sequence"] = json!(next);
    fields["batch"] = json!(next);
    fields["previous"] = json!(Digest::leaf(last.as_bytes()).to_string());
    fields.as_object_mut().unwrap().remove("check");
    change(&mut fields);
    let sealed = fields.to_string();
    let before = sealed.strip_suffix('}').unwrap();
    let check = Digest::leaf(before.as_bytes()).to_string();
    text.push_str(&format!("{before}{CHECK}{}\"}}\n", &check[..16]));
    fs::write(directory.join(segment), text).unwrap();
}

/// Whoever opens such a journal, for reading or for writing, is refused with these words, and nothing has changed.
#[track_caller]
fn refused(home: &TempDir, words: &str) {
    let before = files(home.path());
    let read = reader(home.path()).entries(drop).unwrap_err().to_string();
    assert!(read.contains(words), "{read}");
    let location = Location {
        files: Arc::new(Disk),
        directory: home.path().to_owned(),
        key: key().verifier(),
        segment_length: SEGMENT_LENGTH,
    };
    let opened = Log::open(location).unwrap_err().to_string();
    assert!(opened.contains(words), "{opened}");
    let verified = reader(home.path()).verify(&key().verifier()).unwrap();
    assert!(verified.damages.iter().any(|damage| damage.to_string().contains(words)), "{:?}", verified.damages);
    assert_eq!(files(home.path()), before, "a refusal changes nothing");
}

#[test]
fn a_line_of_a_newer_version_is_refused_by_its_number_and_kept() {
    let home = copy();
    continued_by_a_newer_program(home.path(), |fields| fields["version"] = json!(2));
    refused(&home, "version 2");
}

#[test]
fn a_line_of_an_unknown_kind_is_refused_by_its_name_and_kept() {
    let home = copy();
    continued_by_a_newer_program(home.path(), |fields| fields["kind"] = json!("horoscope"));
    refused(&home, "`horoscope`");
}

#[test]
fn a_newer_record_in_a_known_line_is_refused_by_its_number_and_kept() {
    let home = copy();
    let newer = |record: Value| json!({"version": 2, "run": record});
    let record: Value = serde_json::from_str(&runs::records()[0].to_body().unwrap()).unwrap();
    continued_by_a_newer_program(home.path(), |fields| fields["body"] = newer(record["run"].clone()));
    let before = files(home.path());
    assert!(reader(home.path()).verify(&key().verifier()).unwrap().is_sound(), "the line itself is known");
    let error = history(&reader(home.path())).unwrap_err();
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    let told: Vec<String> = causes.map(ToString::to_string).collect();
    assert!(told.join(": ").contains("version 2"), "{told:?}");
    assert_eq!(files(home.path()), before, "a refusal changes nothing");
}
