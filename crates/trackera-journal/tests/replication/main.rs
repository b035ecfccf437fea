//! Replication to stores that fail, to two at once, and by two writers: what outside tools and other writers then find.
#![cfg(test)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use serde_json::json;
use trackera_journal::commit::Journal;
use trackera_journal::entry::Draft;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::Location;
use trackera_journal::replicate::{ReplicateError, Replicator, acknowledged};
use trackera_journal::restore;
use trackera_journal::target::{Target, TargetError, directory_store};

use faulty::{Fault, Faulty};

mod faulty;
mod outside;

#[tokio::test]
async fn an_interrupted_replication_goes_on_and_loses_nothing_wherever_it_was_interrupted() {
    let mut trials = 0;
    for fault in [Fault::Refused, Fault::AnswerLost] {
        for call in 1.. {
            let writer = Writer::new();
            let store = Arc::new(Faulty::new(fault, call));
            let mut replicator = writer.replicator("a", store.clone());
            for round in 0..3 {
                writer.append(120);
                writer.journal.checkpoint(&key()).unwrap();
                if replicator.pass().await.is_err() && round == 2 {
                    replicator.pass().await.unwrap();
                }
            }
            let was_interrupted = store.has_failed();
            store.repair();
            let replica = target("a", store.clone()).replica(&key().verifier()).await.unwrap().unwrap();
            assert_eq!(replica.lines, writer.journal.reader().lines(0..360).unwrap(), "{fault:?} at call {call}");
            if !was_interrupted {
                break;
            }
            trials += 1;
        }
    }
    println!("trials: {trials} interrupted replications, each went on without loss");
    assert!(trials > 30, "{trials}");
}

#[tokio::test]
async fn an_older_disk_is_noticed_before_history_forks() {
    let writer = Writer::new();
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let mut replicator = writer.replicator("a", store.clone());
    writer.append(5);
    writer.journal.checkpoint(&key()).unwrap();
    replicator.pass().await.unwrap();
    let older = writer.copied();
    writer.append(5);
    writer.journal.checkpoint(&key()).unwrap();
    replicator.pass().await.unwrap();

    let error = older.replicator("a", store.clone()).compare().await.unwrap_err();
    assert!(matches!(error, ReplicateError::RolledBack { replicated: 10, local: 5, .. }), "{error}");
    older.append(7);
    older.journal.checkpoint(&key()).unwrap();
    let error = older.replicator("a", store.clone()).pass().await.unwrap_err();
    assert!(matches!(error, ReplicateError::Forked { size: 10, .. }), "{error}");
    let replica = target("a", store).replica(&key().verifier()).await.unwrap().unwrap();
    assert_eq!(replica.lines, writer.journal.reader().lines(0..10).unwrap(), "the replica is as it was");
}

#[tokio::test]
async fn of_two_writers_with_one_key_the_second_is_refused_and_harms_nothing() {
    let (first, store) = (Writer::new(), Arc::new(InMemory::new()));
    first.append(3);
    first.journal.checkpoint(&key()).unwrap();
    let mut primary = first.replicator("a", store.clone());
    primary.pass().await.unwrap();
    let second = first.copied();
    let mut copy = second.replicator("a", store.clone());
    copy.compare().await.unwrap();
    for (writer, count) in [(&first, 300), (&second, 280)] {
        writer.append(count);
        writer.journal.checkpoint(&key()).unwrap();
    }
    let (one, other) = futures_util::future::join(primary.pass(), copy.pass()).await;
    let (winner, loser, error) = match (one, other) {
        (Ok(_), Err(error)) => (&first, &mut copy, error),
        (Err(error), Ok(_)) => (&second, &mut primary, error),
        both => panic!("one of two wins: {both:?}"),
    };
    assert!(matches!(error, ReplicateError::Forked { .. } | ReplicateError::RolledBack { .. }), "{error}");
    assert!(loser.pass().await.is_err(), "it stays refused");
    let size = winner.journal.size();
    let replica = target("a", store).replica(&key().verifier()).await.unwrap().unwrap();
    assert_eq!(replica.lines, winner.journal.reader().lines(0..size).unwrap());
}

#[tokio::test]
async fn a_target_that_is_down_delays_nothing_and_catches_up() {
    let writer = Writer::new();
    let down = Arc::new(Faulty::down());
    let mut replicators = [writer.replicator("down", down.clone()), writer.replicator("up", Arc::new(InMemory::new()))];
    for _ in 0..3 {
        writer.append(2);
        let name = acknowledged(&mut replicators, (&writer.journal, &key())).await.unwrap();
        assert_eq!(name, "up");
    }
    assert_eq!(replicators[0].lag().replicated, None);
    assert_eq!((replicators[1].lag().replicated, replicators[1].lag().durable), (Some(6), 6));
    down.repair();
    assert_eq!(replicators[0].pass().await.unwrap(), 6);
}

#[tokio::test]
async fn an_intent_that_no_target_took_is_not_acknowledged() {
    let writer = Writer::new();
    writer.append(1);
    let mut replicators =
        [writer.replicator("a", Arc::new(Faulty::down())), writer.replicator("b", Arc::new(Faulty::down()))];
    let errors = acknowledged(&mut replicators, (&writer.journal, &key())).await.unwrap_err();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().all(|error| matches!(error, ReplicateError::Target(TargetError::Store { .. }))));
}

#[tokio::test]
async fn evidence_is_there_before_the_entry_that_refers_to_it() {
    let writer = Writer::new();
    let content = vec![7; 300_000];
    let kept = writer.journal.reader().evidence().keep(&content).unwrap();
    let draft = Draft::new(moment(), Kind::Evidence, &json!({})).unwrap().with_evidence(vec![kept.digest]).unwrap();
    writer.journal.append(vec![draft]).unwrap();
    writer.journal.checkpoint(&key()).unwrap();
    let store = Arc::new(InMemory::new());
    writer.replicator("a", store.clone()).pass().await.unwrap();
    for part in writer.journal.reader().evidence().parts(kept.digest).unwrap() {
        assert!(target("a", store.clone()).get(&format!("evidence/{part}")).await.unwrap().is_some(), "{part}");
    }
}

#[tokio::test]
async fn what_an_older_disk_lost_is_brought_back_and_the_log_goes_on() {
    let (writer, store) = (Writer::new(), Arc::new(InMemory::new()));
    writer.append(4);
    let older = writer.copied();
    let kept = writer.journal.reader().evidence().keep(&vec![9; 100_000]).unwrap();
    let draft = Draft::new(moment(), Kind::Evidence, &json!({})).unwrap().with_evidence(vec![kept.digest]).unwrap();
    writer.journal.append(vec![draft]).unwrap();
    writer.append(300);
    writer.journal.checkpoint(&key()).unwrap();
    writer.replicator("a", store.clone()).pass().await.unwrap();

    let replica = target("a", store.clone()).replica(&key().verifier()).await.unwrap().unwrap();
    let reader = older.journal.reader();
    let location = older.location();
    assert!(restore::entries(location.clone(), &replica).is_err(), "its writer still runs");
    let directory = older.directory;
    drop(older.journal);
    assert_eq!(restore::entries(location.clone(), &replica).unwrap(), 301);
    assert_eq!(restore::entries(location.clone(), &replica).unwrap(), 0);
    assert!(!reader.verify(&key().verifier()).unwrap().is_sound(), "evidence is still missing");
    assert_eq!(restore::evidence(&reader, &replica, &target("a", store.clone())).await.unwrap(), 1);
    assert!(reader.verify(&key().verifier()).unwrap().is_sound());

    let again = Writer::in_directory(directory);
    again.append(1);
    again.journal.checkpoint(&key()).unwrap();
    assert_eq!(again.replicator("a", store).pass().await.unwrap(), 306);

    let stranger = Writer::new();
    stranger.append(2);
    let location = stranger.location();
    drop(stranger.journal);
    let error = restore::entries(location, &replica).unwrap_err().to_string();
    assert!(error.contains("different histories"), "{error}");
}

#[tokio::test]
async fn a_replica_that_was_changed_is_refused_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory_store(directory.path()).unwrap();
    let writer = Writer::new();
    writer.append(20);
    writer.journal.checkpoint(&key()).unwrap();
    writer.replicator("a", store.clone()).pass().await.unwrap();
    for file in ["log/tile/entries/000.p/20", "log/checkpoint"] {
        let path = directory.path().join(file);
        let sound = std::fs::read(&path).unwrap();
        for index in 0..sound.len() {
            let mut changed = sound.clone();
            changed[index] ^= 1;
            std::fs::write(&path, changed).unwrap();
            assert!(target("a", store.clone()).replica(&key().verifier()).await.is_err(), "{file} byte {index}");
        }
        std::fs::write(&path, sound).unwrap();
    }
    assert!(target("a", store).replica(&key().verifier()).await.unwrap().is_some());
}

/// A journal in a directory of its own.
struct Writer {
    directory: tempfile::TempDir,
    journal: Arc<Journal>,
}

impl Writer {
    fn new() -> Self {
        Self::in_directory(tempfile::tempdir().unwrap())
    }

    fn in_directory(directory: tempfile::TempDir) -> Self {
        let journal = Arc::new(Journal::open(location(directory.path())).unwrap().0);
        Self { journal, directory }
    }

    fn location(&self) -> Location {
        location(self.directory.path())
    }

    /// The same log on another disk, as a restored backup would be.
    fn copied(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(self.directory.path(), directory.path());
        Self::in_directory(directory)
    }

    fn append(&self, count: u64) {
        let mark = self.directory.path().display().to_string();
        let draft = |number| Draft::new(moment(), Kind::Observation, &json!({"number": number, "by": mark})).unwrap();
        self.journal.append((0..count).map(draft).collect()).unwrap();
    }

    fn replicator(&self, name: &str, store: Arc<dyn ObjectStore>) -> Replicator {
        Replicator::new(Arc::clone(&self.journal), target(name, store))
    }
}

fn location(directory: &Path) -> Location {
    let (files, key) = (Arc::new(Disk), key().verifier());
    Location { files, directory: directory.to_owned(), key, segment_length: 10_000 }
}

fn target(name: &str, store: Arc<dyn ObjectStore>) -> Target {
    Target { name: name.to_owned(), store, prefix: "log".into(), timeout: Duration::from_secs(20) }
}

fn key() -> SignerKey {
    SignerKey::from_seed("agent.example/primary", [7; 32]).unwrap()
}

fn moment() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
