//! What a run writes into the journal. Everything that survives a crash is here; the state of a run is the fold of it.
//!
//! Records hold names, digests and aggregates, never secrets or personal data. A name, once written, never changes its
//! meaning; fields are added with a default, and a change that an old reader would misread takes a new version.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_journal::digest::Digest;
use trackera_journal::kind::Kind;

use crate::id::RunId;
use crate::obligation::Obligation;

/// The version of the records that this program writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The longest text that a record takes from elsewhere, in characters.
pub const LONGEST_TEXT: usize = 500;

/// The largest output of a step, in bytes of JSON.
pub const LONGEST_OUTPUT: usize = 16 * 1024;

/// One thing that became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The run.
    pub run: RunId,
    /// Its place in the run, counted from zero without gaps.
    pub index: u64,
    /// When, by the clock of the machine that carries the run out.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was begun.
    #[serde(rename = "run.started")]
    Started(Started),
    /// Those who must agree have agreed.
    #[serde(rename = "run.approved")]
    Approved(Agreed),
    /// A change is about to be made, or taken back.
    #[serde(rename = "run.intended")]
    Intended(Intended),
    /// A step is done.
    #[serde(rename = "run.done")]
    Done {
        /// The step.
        step: String,
        /// What it gave.
        output: Json,
    },
    /// A step's effect was found to stand.
    #[serde(rename = "run.reconciled")]
    Reconciled {
        /// The step.
        step: String,
        /// What it would have given.
        output: Json,
        /// How it is known.
        how: String,
    },
    /// A step did not apply.
    #[serde(rename = "run.skipped")]
    Skipped {
        /// The step.
        step: String,
    },
    /// A try did not succeed.
    #[serde(rename = "run.failed")]
    Failed {
        /// The step.
        step: String,
        /// Which way it was tried.
        way: Way,
        /// What went wrong, shortened.
        error: String,
        /// Whether anything can have been changed.
        outcome: Outcome,
        /// Whether the step failed with it, and the run is unwound.
        is_final: bool,
    },
    /// A step's surroundings were seen as they were before it.
    #[serde(rename = "run.undone")]
    Undone {
        /// The step.
        step: String,
        /// How it is known.
        how: String,
    },
    /// Something is promised.
    #[serde(rename = "run.obliged")]
    Obliged(Obligation),
    /// A promise was kept.
    #[serde(rename = "run.settled")]
    Settled {
        /// The promise.
        obligation: String,
        /// How it is known.
        how: String,
    },
    /// A person said something: resumed, ruled, or answered.
    #[serde(rename = "run.noted")]
    Noted {
        /// Who.
        by: String,
        /// What, shortened.
        text: String,
    },
    /// Only a person can tell how it goes on.
    #[serde(rename = "run.needs_operator")]
    NeedsOperator {
        /// The step.
        step: String,
        /// Why.
        why: String,
    },
    /// It is over.
    #[serde(rename = "run.closed")]
    Closed {
        /// How it ended.
        ending: Ended,
    },
    /// A person gave it up; promises stay.
    #[serde(rename = "run.abandoned")]
    Abandoned {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// How a run was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The plan's name.
    pub name: String,
    /// The plan's hash, by which it is kept as evidence.
    pub plan: Digest,
    /// The version of the plan's form.
    pub plan_version: u32,
    /// How it is meant.
    pub mode: String,
    /// The digest of its parameters.
    pub parameters: Digest,
    /// Who asked for it.
    pub requester: String,
    /// The program and its version.
    pub program: String,
}

/// Who agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Who, with the fingerprints of their keys.
    pub by: Vec<(String, String)>,
    /// By which way.
    pub way: ApprovalWay,
    /// The digest of what was signed.
    pub statement: Digest,
    /// Until when it counts.
    pub until: Timestamp,
}

/// By which way somebody agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalWay {
    /// For this run.
    Run,
    /// For every run of a schedule.
    Standing,
    /// Alone, after the delay.
    BreakGlass {
        /// Why, as it was typed, shortened.
        reason: String,
    },
}

/// A change that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intended {
    /// The step.
    pub step: String,
    /// Whether it is performed or undone.
    pub way: Way,
    /// The arguments, resolved.
    pub arguments: Json,
    /// What was there before.
    pub before: Option<Json>,
}

/// Whether a step is performed or undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It is performed.
    Perform,
    /// It is undone.
    Undo,
}

/// What is known after a try that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was changed.
    Unchanged,
    /// Nobody can tell.
    Unknown,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every step was done, and what was only for the run is gone.
    Good,
    /// A step failed, and everything that can be undone is as it was before.
    Unwound,
}

#[derive(Debug, Serialize, Deserialize)]
struct Body<R> {
    version: u32,
    run: R,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Why a body is no record of a run.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It comes from a later version.
    #[error("the record has version {0}, and this program reads up to {VERSION}: read it with a newer version")]
    Newer(u32),
    /// It is of no form that this program knows.
    #[error("the record is of no known form")]
    Form(#[source] serde_json::Error),
}

impl Record {
    /// The kinds of entries that hold records of runs; entries of these kinds may hold something else as well.
    pub const KINDS: [Kind; 4] = [Kind::Plan, Kind::Approval, Kind::Intent, Kind::Outcome];

    /// The kind of entry that the journal keeps it as.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match &self.event {
            Event::Started(_) => Kind::Plan,
            Event::Approved(_) => Kind::Approval,
            Event::Intended(_) | Event::Obliged(_) => Kind::Intent,
            Event::Done { .. }
            | Event::Reconciled { .. }
            | Event::Skipped { .. }
            | Event::Failed { .. }
            | Event::Undone { .. }
            | Event::Settled { .. }
            | Event::Noted { .. }
            | Event::NeedsOperator { .. }
            | Event::Closed { .. }
            | Event::Abandoned { .. } => Kind::Outcome,
        }
    }

    /// The body of its entry, one line of JSON.
    ///
    /// # Errors
    /// Never for the records of this program; the signature is that of the JSON writer.
    pub fn to_body(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Body { version: VERSION, run: self })
    }

    /// Reads the body of an entry; none where the entry tells of no run.
    ///
    /// # Errors
    /// Fails for a later version, and for a record of no known form.
    pub fn from_body(body: &str) -> Result<Option<Self>, BodyError> {
        let value: Json = serde_json::from_str(body).map_err(BodyError::Form)?;
        if value.get("run").is_none_or(|run| run.get("event").is_none()) {
            return Ok(None);
        }
        let Versioned { version } = serde_json::from_str(body).map_err(BodyError::Form)?;
        if version > VERSION {
            return Err(BodyError::Newer(version));
        }
        serde_json::from_str(body).map(|Body { run, .. }| Some(run)).map_err(BodyError::Form)
    }
}

/// A text that is short enough to keep, on one line.
#[must_use]
pub fn shortened(text: &str) -> String {
    let text = text.replace(|letter: char| letter.is_control(), " ");
    match text.char_indices().nth(LONGEST_TEXT) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
