//! Actions that fail as the world does, and a fuse that ends the runner at one boundary.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::sync::Notify;
use trackera_core::schema::Type;

use crate::action::{Action, ActionError, Call, Looked, Nature, Permit};

/// What goes wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The runner dies at its boundary with this number; boundaries lie before and after each record and each call.
    Kill {
        /// The boundary.
        at: u64,
        /// Whether half a line is written as it dies.
        torn: bool,
    },
    /// The change with this number is answered so, instead of by what it does.
    Call {
        /// Which change, counted over performing and undoing.
        at: u64,
        /// The answer.
        answer: Answer,
    },
}

/// How a change is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is refused, and has no effect.
    Refused,
    /// It is throttled, and has no effect.
    Throttled,
    /// It has its effect, and the answer is lost.
    Lost,
    /// It has no effect, and nobody says so.
    Silent,
    /// It has its effect, and no answer ever comes.
    Hangs,
    /// It is not let in, and has no effect.
    LoggedOut,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 6] = [Self::Refused, Self::Throttled, Self::Lost, Self::Silent, Self::Hangs, Self::LoggedOut];
}

/// Counts boundaries and changes, and acts at one of them. It is shared by everything of one trial.
#[derive(Debug)]
pub(super) struct Fuse {
    fault: [Fault; 2],
    boundaries: AtomicU64,
    changes: AtomicU64,
    pub(super) died: Notify,
}

impl Fuse {
    pub(super) fn new(fault: [Fault; 2]) -> Self {
        Self { fault, boundaries: AtomicU64::new(0), changes: AtomicU64::new(0), died: Notify::new() }
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        (self.boundaries.load(Ordering::SeqCst), self.changes.load(Ordering::SeqCst))
    }

    /// A boundary: the runner dies here by never coming back.
    pub(super) async fn pass(&self) {
        let number = self.boundaries.fetch_add(1, Ordering::SeqCst);
        if self.fault.iter().any(|fault| matches!(fault, Fault::Kill { at, .. } if *at == number)) {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Whether the death since a boundary was one that leaves half a line.
    pub(super) fn tears(&self, since: u64) -> bool {
        let passed = since..self.counts().0;
        self.fault.iter().any(|fault| matches!(fault, Fault::Kill { at, torn: true } if passed.contains(at)))
    }

    fn answer(&self) -> Option<Answer> {
        let number = self.changes.fetch_add(1, Ordering::SeqCst);
        self.fault.iter().find_map(|fault| match fault {
            Fault::Call { at, answer } if *at == number => Some(*answer),
            Fault::None | Fault::Kill { .. } | Fault::Call { .. } => None,
        })
    }
}

/// An action with the faults of a trial around it.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) inner: Arc<dyn Action>,
    pub(super) fuse: Arc<Fuse>,
}

impl Faulty {
    async fn change<T: Send>(
        &self,
        change: impl Future<Output = Result<T, ActionError>> + Send,
    ) -> Result<T, ActionError> {
        self.fuse.pass().await;
        let answer = self.fuse.answer();
        let said = || "as the trial wants it".to_owned();
        let changed = match answer {
            Some(Answer::Refused) => Err(ActionError::Refused(said())),
            Some(Answer::Throttled) => Err(ActionError::NotNow(said())),
            Some(Answer::Silent) => Err(ActionError::Unanswered(said())),
            Some(Answer::LoggedOut) => Err(ActionError::Credentials(said())),
            Some(Answer::Lost | Answer::Hangs) | None => change.await,
        };
        self.fuse.pass().await;
        match answer {
            Some(Answer::Lost) => Err(ActionError::Unanswered(said())),
            Some(Answer::Hangs) => std::future::pending().await,
            _ => changed,
        }
    }
}

#[async_trait]
impl Action for Faulty {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn nature(&self) -> Nature {
        self.inner.nature()
    }

    fn describe(&self, arguments: &Json) -> String {
        self.inner.describe(arguments)
    }

    fn outputs(&self) -> &'static [&'static str] {
        self.inner.outputs()
    }

    fn needs_credentials(&self) -> bool {
        self.inner.needs_credentials()
    }

    fn output_type(&self, field: &str) -> Option<Type> {
        self.inner.output_type(field)
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        self.inner.look(call).await
    }

    async fn perform(&self, call: &Call<'_>, permit: &Permit) -> Result<Json, ActionError> {
        self.change(self.inner.perform(call, permit)).await
    }

    async fn undo(&self, call: &Call<'_>, permit: &Permit) -> Result<(), ActionError> {
        self.change(self.inner.undo(call, permit)).await
    }
}
