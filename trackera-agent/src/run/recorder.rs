//! The agent's own log: opened, continued, signed, and never trusted to be there only because it was.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;
use thiserror::Error;
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_journal::entry::{Draft, DraftError};
use trackera_journal::evidence::Evidence;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{AppendError, Repair};
use trackera_journal::reader::{ReadError, Reader};
use trackera_watch::record::{BodyError, Record};
use trackera_watch::state::Entry;

pub(crate) use crate::world::Home;
use crate::world::HomeError;

/// So many records are written at once.
const MOST_RECORDS: usize = 1_000;

/// Why nothing can be written down. The agent then forgets what it has in memory, and starts again from the disk.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    /// The log cannot be opened.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The log cannot be read.
    #[error("the journal cannot be read")]
    Read(#[from] ReadError),
    /// An entry is not what this program writes.
    #[error("entry {0} of the journal is no record of the agent")]
    Body(u64, #[source] BodyError),
    /// The log cannot be written.
    #[error("the journal cannot be written")]
    Append(#[from] AppendError),
    /// A record does not fit into an entry.
    #[error("a record does not fit into the journal")]
    Draft(#[from] DraftError),
    /// A record cannot be put into words.
    #[error("a record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The directory is another one than before, or none.
    #[error("the directory `{}` of the journal was taken away while the agent was writing", .0.display())]
    Gone(PathBuf),
    /// The directory cannot be used.
    #[error("the directory `{}` cannot be used", .0.display())]
    Directory(PathBuf, #[source] io::Error),
    /// A replica cannot be joined with what is here.
    #[error("the replica `{0}` cannot be joined with the journal of this machine")]
    Replica(String, #[source] Box<trackera_journal::restore::RestoreError>),
    /// There is no log here, and whether a replica has one cannot be told.
    #[error("the journal is gone from this machine, and `{0}` cannot be asked whether it has it: nothing new is begun")]
    Unsure(String),
    /// A kind of entry that this program does not know.
    #[error("the journal knows no entries of kind `{0}`")]
    Kind(String),
}

/// The agent's own log.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) journal: Arc<Journal>,
    pub(crate) key: Arc<SignerKey>,
    directory: PathBuf,
    identity: (u64, u64),
}

impl Recorder {
    /// Opens the log, and says whether an interrupted write was repaired.
    pub(crate) fn open(home: &Home) -> Result<(Self, Option<Repair>), Trouble> {
        let (journal, key, repair) = home.open()?;
        let directory = home.journal();
        let identity = identity(&directory)?;
        Ok((Self { journal: Arc::new(journal), key: Arc::new(key), directory, identity }, repair))
    }

    /// Tells every record of the log, one after the other, and gives the moment of the last entry.
    pub(crate) fn each(&self, take: impl FnMut(Entry)) -> Result<Option<Timestamp>, Trouble> {
        read(&self.journal.reader(), self.key.name(), take)
    }

    /// Where evidence is kept beside the log.
    pub(crate) fn evidence(&self) -> Evidence {
        self.journal.reader().evidence()
    }

    /// Appends records in their order, each durable when the next is written; `evidence` holds all digests behind the one
    /// that an observation names. What a step brings is taken up after any of its records, so no more than a part of it
    /// is in memory as lines.
    pub(crate) fn append(
        &self,
        records: &[Record],
        at: Timestamp,
        (epoch, evidence): (u64, &BTreeMap<String, Vec<Digest>>),
    ) -> Result<(), Trouble> {
        if records.is_empty() {
            return Ok(());
        }
        // A file that was taken away can still be written, and is lost with its last writer.
        if identity(&self.directory)? != self.identity {
            return Err(Trouble::Gone(self.directory.clone()));
        }
        let draft = |record: &Record| {
            let body = RawValue::from_string(record.to_body()?)?;
            let kind = record.kind().parse::<Kind>().map_err(|_| Trouble::Kind(record.kind().to_owned()))?;
            let draft = Draft::new(at, kind, &body)?.in_epoch(epoch);
            match record {
                Record::Observation(observation) => {
                    let kept = evidence.get(&observation.evidence).cloned().unwrap_or_default();
                    Ok(draft.with_evidence(kept)?)
                }
                _ => Ok(draft),
            }
        };
        for part in records.chunks(MOST_RECORDS) {
            self.journal.append(part.iter().map(draft).collect::<Result<Vec<Draft>, Trouble>>()?)?;
        }
        Ok(())
    }
}

/// Tells every record of a log, and gives the moment of its last entry; entries of other kinds are for others.
fn read(reader: &Reader, agent: &str, mut take: impl FnMut(Entry)) -> Result<Option<Timestamp>, Trouble> {
    let (mut last, mut wrong) = (None, None);
    reader.entries(|entry| {
        last = Some(last.map_or(entry.at, |last: Timestamp| last.max(entry.at)));
        if !matches!(entry.kind, Kind::Finding | Kind::Alert | Kind::Observation | Kind::Lifecycle) {
            return;
        }
        match Record::from_body(entry.body.get()) {
            Ok(record) => {
                let (agent, epoch) = (agent.to_owned(), entry.epoch);
                take(Entry { epoch, agent, sequence: entry.sequence, record });
            }
            Err(error) => drop(wrong.get_or_insert((entry.sequence, error))),
        }
    })?;
    match wrong {
        Some((sequence, error)) => Err(Trouble::Body(sequence, error)),
        None => Ok(last),
    }
}

/// The record in a line of a log; nothing where it is of another kind.
pub(crate) fn record(line: &[u8], agent: &str) -> Option<Entry> {
    let (entry, _) = trackera_journal::entry::read(line).ok()?;
    let record = Record::from_body(entry.body.get()).ok()?;
    Some(Entry { epoch: entry.epoch, agent: agent.to_owned(), sequence: entry.sequence, record })
}

fn identity(directory: &Path) -> Result<(u64, u64), Trouble> {
    match fs::metadata(directory.join("segments")) {
        Ok(found) => Ok((found.dev(), found.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Trouble::Gone(directory.to_owned())),
        Err(error) => Err(Trouble::Directory(directory.to_owned(), error)),
    }
}
