//! Where the records of runs are kept: a port, and the journal behind it.

mod copies;
mod journal;

use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;
use trackera_journal::digest::Digest;
use trackera_journal::entry::DraftError;
use trackera_journal::evidence::EvidenceError;
use trackera_journal::log::AppendError;
use trackera_journal::reader::ReadError;

pub use self::copies::Copies;
pub use self::journal::{JournalRecorder, Outside};
use crate::id::RunId;
use crate::plan::Plan;
use crate::record::{BodyError, Record};
use crate::state::{FoldError, RunState, fold};

/// How safe a record must be before the runner goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On this machine's disk; a copy may follow.
    Here,
    /// Also in a store outside, so that somebody else can take the run over: what is on disk before an effect.
    Outside,
}

/// Why something was not recorded, or not read.
#[derive(Debug, Error)]
pub enum RecorderError {
    /// The journal cannot be written.
    #[error("the journal cannot be written")]
    Append(#[from] AppendError),
    /// A record does not fit into an entry.
    #[error("a record does not fit into the journal")]
    Draft(#[from] DraftError),
    /// A record cannot be put into words.
    #[error("a record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Read(#[from] ReadError),
    /// A plan cannot be kept or read.
    #[error("the plan cannot be kept or read")]
    Evidence(#[from] EvidenceError),
    /// An entry is not what this program writes.
    #[error("entry {0} of the journal is no record of a run")]
    Body(u64, #[source] BodyError),
    /// The records of a run tell no story.
    #[error("the records of a run cannot be followed")]
    Fold(#[from] FoldError),
    /// The store outside refuses, or does not answer: nothing may be changed before it does.
    #[error("the store outside does not take the run's records, and nothing is changed before it does")]
    Outside(#[source] object_store::Error),
    /// The store outside did not answer in time.
    #[error("the store outside did not take the run's records in time, and nothing is changed before it does")]
    Timeout,
    /// Somebody else carries the run out.
    #[error("somebody else went on with run `{0}` after its record {1}: end this one, and look at `run show`")]
    Overtaken(RunId, u64),
    /// Something else is there where a plan or a record should be.
    #[error("`{0}` in the store outside is damaged: find out who wrote it")]
    Damaged(String),
    /// A plan is not kept here.
    #[error("plan {0} is not kept here")]
    NoPlan(Digest),
}

/// Keeps the records of runs. What it took is durable when it returns.
#[async_trait]
pub trait Recorder: Send + Sync + Debug {
    /// Keeps a plan under its hash.
    ///
    /// # Errors
    /// When it cannot be kept.
    async fn keep(&self, plan: &Plan) -> Result<(), RecorderError>;

    /// The plan with this hash.
    ///
    /// # Errors
    /// When it is not there, or is not what its hash says.
    async fn plan(&self, hash: Digest) -> Result<Plan, RecorderError>;

    /// Appends records of one run, all or none, under the epoch of the run's lease.
    ///
    /// # Errors
    /// When they are not as safe as they must be. Those that are on disk already are found when it is opened again.
    async fn append(&self, records: &[Record], durability: Durability, epoch: u64) -> Result<(), RecorderError>;

    /// Brings what another machine recorded of a run here, as far as a store outside has it.
    ///
    /// # Errors
    /// When the store does not answer, or tells another story than what is here.
    async fn catch_up(&self, run: &RunId) -> Result<(), RecorderError>;

    /// Every record of every run, in their order.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn records(&self) -> Result<Vec<Record>, RecorderError>;
}

/// What is known of every run, in the order of their starts.
///
/// # Errors
/// When the records cannot be read, or tell no story.
pub async fn runs(recorder: &dyn Recorder) -> Result<Vec<RunState>, RecorderError> {
    Ok(fold(&recorder.records().await?)?)
}
