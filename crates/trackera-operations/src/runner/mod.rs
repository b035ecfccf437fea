//! Carries a plan out: look, intent, perform, done; and after whatever went wrong, look again before anything else.
//!
//! The runner alone tries again, waits and gives up. It never performs where it cannot tell, unless performing twice is
//! as good as once; and it never ends well before what was only for the run is seen gone.

mod begin;
mod forward;
mod reconcile;
mod rulings;
mod session;
mod unwind;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;
use trackera_journal::digest::Digest;

pub use self::begin::{carry_out, resume, run, turn_back};
pub use self::rulings::{Ruling, abandon, answer, reviewed, rule};
use crate::action::Actions;
use crate::approval::Approvals;
use crate::clock::Clock;
use crate::id::RunId;
use crate::locks::{LockError, Locks};
use crate::plan::reference::ReferenceError;
use crate::progress::Progress;
use crate::record::Ended;
use crate::recorder::{Recorder, RecorderError};
use crate::state::{Phase, RunState};

/// Everything that a run needs of the world.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a> {
    /// What steps can name.
    pub actions: &'a Actions,
    /// Where it is written down.
    pub recorder: &'a dyn Recorder,
    /// Who agreed.
    pub approvals: &'a dyn Approvals,
    /// Who else may not run.
    pub locks: &'a dyn Locks,
    /// For how long calls are still let in.
    pub credentials: &'a dyn Credentials,
    /// The clocks.
    pub clock: &'a dyn Clock,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

/// The credentials that actions use; renewing them where that needs nobody is theirs.
#[async_trait]
pub trait Credentials: Send + Sync + Debug {
    /// For how long they are still good; none where they never end.
    async fn left(&self) -> Option<Duration>;
}

/// Credentials that never end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lasting;

#[async_trait]
impl Credentials for Lasting {
    async fn left(&self) -> Option<Duration> {
        None
    }
}

/// Which run is begun, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Its name, which no run had before.
    pub run: RunId,
    /// Who asks: as `allowed_signers` names them.
    pub requester: String,
    /// The program and its version.
    pub program: String,
}

/// What became of a run in one go of the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Where it is now.
    pub ending: Ending,
    /// Everything that is known of it.
    pub state: RunState,
}

/// Where a run is when the runner ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every step is done, and what was only for the run is gone.
    Good,
    /// A step failed, and what can be undone is as it was before.
    Unwound {
        /// The step.
        step: String,
        /// Its error.
        error: String,
    },
    /// Only a person can tell how it goes on; `rule`, then `resume`.
    NeedsOperator {
        /// The step.
        step: String,
        /// Why.
        why: String,
    },
    /// A promise was kept, and the run is not over: `resume` ends it.
    Kept,
    /// It waits; `resume` goes on.
    Paused(Pause),
}

impl Ending {
    /// Where a run is, as far as its records tell; none while it can go on by itself.
    #[must_use]
    pub fn of(state: &RunState) -> Option<Self> {
        let (question, failure) = (state.question.clone(), state.failure.clone().unwrap_or_default());
        match (&state.phase, question) {
            (Phase::Closed(Ended::Good), _) => Some(Self::Good),
            (Phase::Closed(Ended::Unwound), _) => Some(Self::Unwound { step: failure.0, error: failure.1 }),
            (Phase::Forward | Phase::Unwinding, Some((step, why))) => Some(Self::NeedsOperator { step, why }),
            (Phase::Forward | Phase::Unwinding | Phase::Abandoned { .. }, _) => None,
        }
    }
}

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Somebody must approve it.
    Approval {
        /// The step that needs it.
        step: String,
        /// What is missing, and what was disregarded.
        why: String,
    },
    /// The credentials end too soon.
    Credentials {
        /// The step that needs them.
        step: String,
    },
    /// A person must do something and say so with `answer`.
    Manual {
        /// The step.
        step: String,
        /// What they are asked, with resolved values.
        ask: String,
        /// Whether the answer must bring evidence.
        evidence: bool,
    },
}

/// Why a run was not begun, or stopped where it was. Nothing is lost: what is recorded is where `resume` goes on.
#[derive(Debug, Error)]
pub enum RunError {
    /// It cannot be written down, or read.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
    /// Somebody else is at it, or nobody can tell.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// There is a run with this name.
    #[error("there is a run `{0}` already: give the new one another name, or resume that one")]
    Exists(RunId),
    /// There is no run with this name.
    #[error("there is no run `{0}` here")]
    NoRun(RunId),
    /// It is over.
    #[error("run `{0}` is over")]
    Over(RunId),
    /// Another version made the plan.
    #[error("the plan has version {0}, and this program carries out version {version}: abandon the run with a reason", version = crate::plan::VERSION)]
    Version(u32),
    /// What is kept as the plan has another hash.
    #[error("the plan of the run has hash {found}, and the run was begun with {wanted}: abandon it with a reason")]
    Hash {
        /// What the run was begun with.
        wanted: Digest,
        /// What was found.
        found: Digest,
    },
    /// The program has no such action, or one of another nature.
    #[error("step `{step}` needs the action `{action}` as the plan pins it, and this program {}", if *.is_known { "has another one of this name" } else { "has none of this name" })]
    Action {
        /// The step.
        step: String,
        /// The action.
        action: String,
        /// Whether there is one with this name.
        is_known: bool,
    },
    /// A lock's name refers to nothing.
    #[error("a lock of the plan cannot be named")]
    LockName(#[from] ReferenceError),
    /// The plan has no such step, or it is not where this could be said of it.
    #[error("{0}")]
    NotNow(String),
}

#[cfg(test)]
pub(crate) mod tests;
