//! Who agreed to a run. [`Approved`] cannot be made but by checking, and without it nothing destructive is performed.

mod alone;
mod office;
mod paper;
mod register;

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;
use trackera_journal::digest::Digest;

use crate::id::RunId;
use crate::plan::Plan;
use crate::record::Agreed;
use crate::state::RunState;

pub use self::alone::{Alone, Asked, Reviewed, SHORTEST_REASON};
pub use self::office::{LONGEST_STANDING, Office};
pub use self::paper::{
    Approval, Bound, Emergency, Handed, Paper, PaperError, Question, Review, Standing, Suspension, statement,
};
pub use self::register::Filed;

/// What is to be approved.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The plan, whole: the check recomputes its hash.
    pub plan: &'a Plan,
    /// Who asks.
    pub requester: &'a str,
    /// When the run was begun.
    pub started_at: Timestamp,
    /// Every run that is known here.
    pub history: &'a [RunState],
}

/// A run that may do what its plan says.
#[derive(Debug)]
#[must_use]
pub struct Approved {
    run: RunId,
    plan: Digest,
    agreed: Agreed,
}

impl Approved {
    pub(crate) fn new(request: &Request<'_>, agreed: Agreed) -> Self {
        Self { run: request.run.clone(), plan: request.plan.hash(), agreed }
    }

    /// Who agreed, and how.
    #[must_use]
    pub const fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    /// Whether it is for this run of this plan, at this moment.
    #[must_use]
    pub fn covers(&self, run: &RunId, plan: Digest, at: Timestamp) -> bool {
        self.run == *run && self.plan == plan && at <= self.agreed.until
    }
}

/// Why a run may not go on.
#[derive(Debug, Error)]
pub enum NotApproved {
    /// Not enough people agreed yet; with what was wrong with what was there.
    #[error("{needed} more {} must approve this run", if *.needed == 1 { "person" } else { "people" })]
    Missing {
        /// How many are missing.
        needed: u8,
        /// Why what was found counts for nothing.
        disregarded: Vec<String>,
    },
    /// What was said cannot be read.
    #[error("approvals cannot be read")]
    Unread(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Finds who agreed. It is asked before every step that needs it, so that a suspension counts at once.
#[async_trait]
pub trait Approvals: Send + Sync + Debug {
    /// The approval of a run.
    ///
    /// # Errors
    /// When there is none, or nobody can tell.
    async fn approved(&self, request: &Request<'_>) -> Result<Approved, NotApproved>;
}

/// Nobody approves anything: for plans that need no approval.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

#[async_trait]
impl Approvals for Nobody {
    async fn approved(&self, request: &Request<'_>) -> Result<Approved, NotApproved> {
        Err(NotApproved::Missing { needed: request.plan.approval.people.max(1), disregarded: Vec::new() })
    }
}

#[cfg(test)]
mod alone_tests;
#[cfg(test)]
mod tests;
