//! Taking back what a run did, the last first, also what was only intended; each is seen gone before the next.

use serde_json::Value as Json;

use super::Pause;
use super::forward::promise;
use super::session::{Session, Stop, Subject, span};
use crate::action::{ActionError, Looked, Permit};
use crate::obligation::undo_id;
use crate::plan::{Act, Undo};
use crate::progress::Happening;
use crate::record::{Ended, Event, Intended, Outcome, Way};
use crate::state::Status;

/// How often an undo is tried in one go: it is safe to repeat by its promise.
const TRIES: u8 = 3;

impl Session<'_> {
    /// Undoes what must not outlive the run. One undo that fails ends it: what is below may be stood upon.
    pub(super) async fn unwind(&mut self, ended: Ended) -> Result<(), Stop> {
        let plan = self.plan;
        for step in self.state.order.clone().into_iter().rev() {
            let Some(act) = plan.step(&step).and_then(|step| step.act()) else { continue };
            let is_due = match act.undo {
                Undo::Never => false,
                Undo::OnFailure => ended == Ended::Unwound,
                Undo::AtEnd => true,
            };
            if is_due && self.state.step(&step).is_some_and(|state| state.status != Status::Undone) {
                self.undo(&step, act).await?;
            }
        }
        Ok(())
    }

    /// Undoes one step, until it is seen as it was before.
    pub(super) async fn undo(&mut self, step: &str, act: &Act) -> Result<(), Stop> {
        let Some(intent) = self.state.step(step).and_then(|state| state.intent.clone()) else { return Ok(()) };
        let subject = Subject { step, act, arguments: &intent.arguments, before: intent.before.as_ref() };
        let is_before = |looked: &Looked| is_before(looked, intent.before.as_ref());
        // What was intended may still arrive: only what stays away for the whole span is not there.
        let is_there = |looked: &Looked| !is_before(looked);
        let limit = act.nature.settles_within;
        if is_before(&self.look_until(subject, limit, (is_there, "whether something is there to undo")).await?) {
            return self.undone(step, "seen as it was before").await;
        }
        let mut error = String::new();
        for _ in 0..TRIES {
            match self.undo_once(subject).await? {
                Ok(()) => {
                    let why = "for it to be as it was before";
                    if is_before(&self.look_until(subject, act.timeout, (is_before, why)).await?) {
                        return self.undone(step, "undone, and seen as it was before").await;
                    }
                    error = "it was undone, and is not seen as it was before".to_owned();
                    self.failed(step, (error.clone(), Outcome::Unknown), Way::Undo).await?;
                }
                Err(failure) => error = failure,
            }
        }
        self.leave(subject, &error).await
    }

    async fn undo_once(&mut self, subject: Subject<'_>) -> Result<Result<(), String>, Stop> {
        let Subject { step, act, arguments, before } = subject;
        self.check_credentials(step, act).await?;
        let (arguments, before) = (arguments.clone(), before.cloned());
        self.intend(vec![Event::Intended(Intended { step: step.to_owned(), way: Way::Undo, arguments, before })])
            .await?;
        let action = self.action(step, act)?;
        let what = format!("undo: {}", action.describe(subject.arguments));
        self.ports.progress.tell(Happening::Working { step, what: &what, limit: span(act.timeout) });
        let run = self.state.run.clone();
        let (call, permit) = (self.call(&run, subject), Permit::undoing());
        let undone = self.guarded(span(act.timeout), action.undo(&call, &permit)).await;
        let late = || Err(ActionError::Unanswered("it took longer than it may".to_owned()));
        let Err(error) = undone.unwrap_or_else(late) else { return Ok(Ok(())) };
        self.failed(step, (error.to_string(), Outcome::Unknown), Way::Undo).await?;
        if matches!(error, ActionError::Credentials(_)) {
            return Err(Stop::Paused(Pause::Credentials { step: step.to_owned() }));
        }
        Ok(Err(error.to_string()))
    }

    async fn undone(&mut self, step: &str, how: &str) -> Result<(), Stop> {
        self.write(vec![Event::Undone { step: step.to_owned(), how: how.to_owned() }]).await
    }

    /// An undo that fails is promised, so that whoever comes can list it, and left to a person.
    async fn leave(&mut self, subject: Subject<'_>, error: &str) -> Result<(), Stop> {
        let Subject { step, act, arguments, before } = subject;
        if !self.state.obligations.contains_key(&undo_id(step)) {
            let what = self.action(step, act)?.describe(arguments);
            let obligation = promise((step, act), (arguments, &before.cloned()), (&what, self.ports.clock.now()));
            self.write(vec![Event::Obliged(obligation)]).await?;
        }
        self.ask(step, &format!("it cannot be undone: {error}")).await
    }
}

/// Whether what was seen is what was there before the step.
fn is_before(looked: &Looked, before: Option<&Json>) -> bool {
    match (looked, before) {
        (Looked::Absent, None) => true,
        (Looked::Present(state), Some(before)) => state == before,
        (Looked::Absent | Looked::Present(_) | Looked::Underway(_) | Looked::Done(_) | Looked::Unknown(_), _) => false,
    }
}
