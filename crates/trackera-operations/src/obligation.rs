//! Durable promises: what must still be done when nobody thinks of the run any more.
//!
//! A promise is on disk before the effect that it cleans up after, so that a process that knows nothing of the run can
//! list it and carry it out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::id::RunId;

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Its name within its run.
    pub id: String,
    /// What was promised.
    pub duty: Duty,
    /// By when.
    pub until: Timestamp,
}

/// What was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// To undo a step.
    Undo(Box<Undoing>),
    /// That somebody else looks at a run that one person carried out alone.
    Review {
        /// Who went on alone.
        by: String,
    },
}

/// What undoing a step takes; it needs no plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoing {
    /// The step.
    pub step: String,
    /// The action.
    pub action: String,
    /// Its arguments, resolved.
    pub arguments: Json,
    /// What was there before.
    pub before: Option<Json>,
    /// How long undoing it may take.
    pub timeout: SignedDuration,
    /// In one line.
    pub what: String,
}

/// A promise that is not kept yet, with its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The run.
    pub run: RunId,
    /// The promise.
    pub obligation: Obligation,
}

/// The name of the promise that somebody else looks at what one person did alone.
pub const REVIEW: &str = "review";

/// The name of the promise to undo a step.
#[must_use]
pub fn undo_id(step: &str) -> String {
    format!("undo-{step}")
}
