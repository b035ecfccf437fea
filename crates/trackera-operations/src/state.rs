//! What is known of a run: the fold of its records, and nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;
use trackera_journal::digest::Digest;

use crate::id::RunId;
use crate::obligation::{self, Obligation, Open};
use crate::record::{Agreed, Ended, Event, Intended, Outcome, Record, Started, Way};

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// Its name.
    pub run: RunId,
    /// How it was begun.
    pub started: Started,
    /// When.
    pub started_at: Timestamp,
    /// When it was heard of last.
    pub changed_at: Timestamp,
    /// Who agreed, in the order in which they did.
    pub approvals: Vec<Agreed>,
    /// What became of its steps, as far as they were come to.
    pub steps: BTreeMap<String, StepState>,
    /// The steps with an intent, in the order of their first one: they are undone in the reverse of it.
    pub order: Vec<String>,
    /// What was promised and is not kept yet, by name.
    pub obligations: BTreeMap<String, Obligation>,
    /// Where it is.
    pub phase: Phase,
    /// The step that failed, and its error.
    pub failure: Option<(String, String)>,
    /// The step that only a person can tell about, and why.
    pub question: Option<(String, String)>,
    /// The index of its next record.
    pub next: u64,
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Steps are performed.
    Forward,
    /// A step failed, and the steps before it are undone.
    Unwinding,
    /// It is over.
    Closed(Ended),
    /// A person gave it up.
    Abandoned {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// What became of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepState {
    /// How far it is.
    pub status: Status,
    /// Its first intent: what undoing returns to.
    pub intent: Option<Intended>,
    /// Whether its last intent has no outcome that is known.
    pub is_open: bool,
    /// How many times it was intended to perform it.
    pub attempts: u32,
    /// What it gave.
    pub output: Option<Json>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When its first intent was, or its only record.
    pub begun_at: Option<Timestamp>,
    /// When it was seen to be done; undoing it later does not change that.
    pub done_at: Option<Timestamp>,
    /// When its last record was.
    pub changed_at: Option<Timestamp>,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It is not done.
    #[default]
    Waiting,
    /// It is done.
    Done,
    /// It did not apply.
    Skipped,
    /// It failed.
    Failed,
    /// It is as it was before.
    Undone,
}

/// Records that tell no story.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// A record is missing.
    #[error("record {expected} of run `{run}` is missing: record {found} follows the one before it")]
    Gap {
        /// The run.
        run: RunId,
        /// The index that should follow.
        expected: u64,
        /// The index that follows.
        found: u64,
    },
    /// A run does not begin with its start.
    #[error("run `{0}` does not begin with its start")]
    NoStart(RunId),
}

impl RunState {
    /// The run that a first record begins.
    ///
    /// # Errors
    /// When it begins none.
    pub fn begin(record: &Record) -> Result<Self, FoldError> {
        let (Event::Started(started), 0) = (&record.event, record.index) else {
            return Err(FoldError::NoStart(record.run.clone()));
        };
        Ok(Self {
            run: record.run.clone(),
            started: started.clone(),
            started_at: record.at,
            changed_at: record.at,
            approvals: Vec::new(),
            steps: BTreeMap::new(),
            order: Vec::new(),
            obligations: BTreeMap::new(),
            phase: Phase::Forward,
            failure: None,
            question: None,
            next: 1,
        })
    }

    /// Takes in the next record; one that was taken in before changes nothing.
    ///
    /// # Errors
    /// When a record is missing before it.
    pub fn apply(&mut self, record: &Record) -> Result<(), FoldError> {
        if record.index < self.next {
            return Ok(());
        }
        if record.index > self.next {
            return Err(FoldError::Gap { run: self.run.clone(), expected: self.next, found: record.index });
        }
        self.next += 1;
        self.changed_at = record.at;
        self.take(&record.event, record.at);
        Ok(())
    }

    fn take(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Started(_) => {}
            Event::Approved(agreed) => self.approvals.push(agreed.clone()),
            Event::Intended(intended) => self.intend(intended, at),
            Event::Done { step, output } | Event::Reconciled { step, output, .. } => {
                let state = self.answer(step, at);
                (state.status, state.output, state.error) = (Status::Done, Some(output.clone()), None);
                state.done_at = Some(at);
            }
            Event::Skipped { step } => self.answer(step, at).status = Status::Skipped,
            Event::Failed { step, error, outcome, is_final, way } => {
                let state = self.answer(step, at);
                (state.is_open, state.error) = (*outcome == Outcome::Unknown, Some(error.clone()));
                if *is_final && *way == Way::Perform {
                    state.status = Status::Failed;
                    self.phase = Phase::Unwinding;
                    self.failure = Some((step.clone(), error.clone()));
                }
            }
            Event::Undone { step, .. } => {
                self.answer(step, at).status = Status::Undone;
                self.obligations.remove(&obligation::undo_id(step));
            }
            Event::Obliged(obligation) => drop(self.obligations.insert(obligation.id.clone(), obligation.clone())),
            Event::Settled { obligation, .. } => drop(self.obligations.remove(obligation)),
            Event::Noted { .. } => self.question = None,
            Event::NeedsOperator { step, why } => self.question = Some((step.clone(), why.clone())),
            Event::Closed { ending } => self.phase = Phase::Closed(*ending),
            Event::Abandoned { by, reason } => {
                self.phase = Phase::Abandoned { by: by.clone(), reason: reason.clone() };
            }
        }
    }

    fn intend(&mut self, intended: &Intended, at: Timestamp) {
        if !self.order.contains(&intended.step) {
            self.order.push(intended.step.clone());
        }
        let state = self.steps.entry(intended.step.clone()).or_default();
        state.begun_at = state.begun_at.or(Some(at));
        state.changed_at = Some(at);
        state.is_open = true;
        state.attempts += u32::from(intended.way == Way::Perform);
        state.intent.get_or_insert_with(|| intended.clone());
    }

    fn answer(&mut self, step: &str, at: Timestamp) -> &mut StepState {
        let state = self.steps.entry(step.to_owned()).or_default();
        state.begun_at = state.begun_at.or(Some(at));
        (state.is_open, state.changed_at) = (false, Some(at));
        state
    }

    /// What is known of a step.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&StepState> {
        self.steps.get(id)
    }

    /// Whether the run is past a step: it is done, did not apply, or was undone again.
    #[must_use]
    pub fn is_behind(&self, step: &str) -> bool {
        self.steps.get(step).is_some_and(|it| matches!(it.status, Status::Done | Status::Skipped | Status::Undone))
    }

    /// Whether nothing more will be done for it.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Closed(_) | Phase::Abandoned { .. })
    }

    /// Whether a person has to decide something: the exit code for that is 5.
    #[must_use]
    pub const fn needs_operator(&self) -> bool {
        self.question.is_some() && !self.is_over()
    }

    /// What was promised and is not kept yet.
    #[must_use]
    pub fn open(&self) -> Vec<Open> {
        let open = |obligation: &Obligation| Open { run: self.run.clone(), obligation: obligation.clone() };
        self.obligations.values().map(open).collect()
    }

    /// The plan's hash.
    #[must_use]
    pub const fn plan(&self) -> Digest {
        self.started.plan
    }
}

/// Folds the records of many runs, in the order of their starts.
///
/// # Errors
/// When the records of a run tell no story.
pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<Vec<RunState>, FoldError> {
    let mut runs: Vec<RunState> = Vec::new();
    let mut places: BTreeMap<RunId, usize> = BTreeMap::new();
    for record in records {
        let known = places.get(&record.run).and_then(|place| runs.get_mut(*place));
        match known {
            Some(run) => run.apply(record)?,
            None => {
                places.insert(record.run.clone(), runs.len());
                runs.push(RunState::begin(record)?);
            }
        }
    }
    Ok(runs)
}
