//! Steps in their order: each is looked at, intended, performed and done.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value as Json;

use super::Pause;
use super::reconcile::Again;
use super::session::{Session, Stop, Subject, span};
use crate::action::{ActionError, Kind, Looked};
use crate::approval::Approved;
use crate::clock::Patience;
use crate::obligation::{Duty, Obligation, REVIEW, Undoing, undo_id};
use crate::plan::condition::Names;
use crate::plan::reference::resolve;
use crate::plan::{Act, Manual, Step, Undo, Work};
use crate::progress::Happening;
use crate::record::{ApprovalWay, Event, Intended, LONGEST_OUTPUT, Outcome, Way, shortened};
use crate::state::Phase;

/// How long to wait before something that is not possible now is tried again, at most.
const PAUSE_BETWEEN: SignedDuration = SignedDuration::from_secs(10);

/// What became of one try.
enum Tried {
    Done,
    Again(String, Outcome),
    Failed(String, Outcome),
}

impl Session<'_> {
    /// Performs steps until all are done or one has failed; then the phase says so.
    pub(super) async fn forward(&mut self) -> Result<(), Stop> {
        let plan = self.plan;
        for step in &plan.steps {
            // What is undone was only for the run, and the run is at its end already.
            if self.state.is_behind(&step.id) {
                continue;
            }
            self.step(step).await?;
            if self.state.phase != Phase::Forward {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        let holds = step.when.as_ref().map_or(Ok(true), |when| {
            let names = Names::at(self.plan, &step.id, (self.ports.actions, &BTreeMap::new()));
            when.holds(&names, &|reference| self.find(reference), self.state.started_at)
        });
        match (holds, &step.work) {
            (Err(error), _) => self.fail(&step.id, (error.to_string(), Outcome::Unchanged)).await,
            (Ok(false), _) => self.write(vec![Event::Skipped { step: step.id.clone() }]).await,
            (Ok(true), Work::Manual(manual)) => self.manual(&step.id, manual).await,
            (Ok(true), Work::Action(act)) => self.act(&step.id, act).await,
        }
    }

    async fn manual(&mut self, step: &str, manual: &Manual) -> Result<(), Stop> {
        match resolve(&Json::String(manual.ask.clone()), &|reference| self.find(reference)) {
            Ok(ask) => {
                let ask = ask.as_str().unwrap_or(&manual.ask).to_owned();
                Err(Stop::Paused(Pause::Manual { step: step.to_owned(), ask, evidence: manual.evidence }))
            }
            Err(error) => self.fail(step, (error.to_string(), Outcome::Unchanged)).await,
        }
    }

    async fn act(&mut self, step: &str, act: &Act) -> Result<(), Stop> {
        let intent = self.state.step(step).and_then(|state| state.intent.clone());
        let arguments = match &intent {
            Some(intent) => intent.arguments.clone(),
            None => match resolve(&act.arguments, &|reference| self.find(reference)) {
                Ok(arguments) => arguments,
                Err(error) => return self.fail(step, (error.to_string(), Outcome::Unchanged)).await,
            },
        };
        let subject =
            Subject { step, act, arguments: &arguments, before: intent.as_ref().and_then(|it| it.before.as_ref()) };
        let mut last = (String::new(), Outcome::Unchanged);
        for tried in 0..act.tries.max(1) {
            if tried > 0 {
                self.rest(step).await;
            }
            if self.state.step(step).is_some_and(|state| state.is_open) && self.reconcile(subject).await? == Again::No {
                return Ok(());
            }
            match self.attempt(subject).await? {
                Tried::Done => return Ok(()),
                Tried::Failed(error, outcome) => return self.fail(step, (error, outcome)).await,
                Tried::Again(error, outcome) => {
                    self.failed(step, (error.clone(), outcome), Way::Perform).await?;
                    last = (error, outcome);
                }
            }
        }
        // The last try may have had its effect although nobody answered.
        if last.1 == Outcome::Unknown && self.reconcile(subject).await? == Again::No {
            return Ok(());
        }
        self.give_up(subject, last).await
    }

    async fn give_up(&mut self, subject: Subject<'_>, (error, outcome): (String, Outcome)) -> Result<(), Stop> {
        let is_ambiguous = outcome == Outcome::Unknown && subject.act.nature.kind != Kind::Read;
        if is_ambiguous && subject.act.undo == Undo::Never {
            return self.ask(subject.step, &format!("nobody can tell whether it had its effect: {error}")).await;
        }
        self.fail(subject.step, (error, outcome)).await
    }

    async fn attempt(&mut self, subject: Subject<'_>) -> Result<Tried, Stop> {
        let Subject { step, act, arguments, .. } = subject;
        self.check_credentials(step, act).await?;
        let is_read = act.nature.kind == Kind::Read;
        let seen = match is_read {
            true => None,
            false => match self.look(subject).await? {
                Looked::Done(output) => {
                    let how = "seen before anything was done".to_owned();
                    self.write(vec![Event::Reconciled { step: step.to_owned(), output, how }]).await?;
                    return Ok(Tried::Done);
                }
                Looked::Absent => None,
                Looked::Present(state) => Some(state),
                Looked::Underway(what) => return Ok(Tried::Again(what, Outcome::Unchanged)),
                Looked::Unknown(_) if act.nature.kind == Kind::Unsafe => None,
                Looked::Unknown(why) => return Ok(Tried::Again(why, Outcome::Unchanged)),
            },
        };
        let permit = self.permit(step, act).await?;
        // What undoing returns to is what was there before the first intent.
        let known = self.state.step(step).and_then(|state| state.intent.clone());
        let before = known.map_or(seen, |intent| intent.before);
        let subject = Subject { before: before.as_ref(), ..subject };
        let action = self.action(step, act)?;
        let what = action.describe(arguments);
        if !is_read {
            let events = self.intention(subject, &what);
            self.intend(events).await?;
        }
        self.ports.progress.tell(Happening::Working { step, what: &what, limit: span(act.timeout) });
        let run = self.state.run.clone();
        let call = self.call(&run, subject);
        let performed = self.guarded(span(act.timeout), action.perform(&call, &permit)).await;
        let late = || Err(ActionError::Unanswered("it took longer than it may".to_owned()));
        self.answered(subject, performed.unwrap_or_else(late)).await
    }

    async fn answered(&mut self, subject: Subject<'_>, answer: Result<Json, ActionError>) -> Result<Tried, Stop> {
        let Subject { step, .. } = subject;
        Ok(match answer {
            Ok(output) if output.to_string().len() > LONGEST_OUTPUT => {
                Tried::Failed(format!("its output is longer than {LONGEST_OUTPUT} bytes"), Outcome::Unknown)
            }
            Ok(output) => {
                self.write(vec![Event::Done { step: step.to_owned(), output }]).await?;
                Tried::Done
            }
            Err(error @ ActionError::Refused(_)) => Tried::Failed(error.to_string(), Outcome::Unchanged),
            Err(error @ ActionError::NotNow(_)) => Tried::Again(error.to_string(), Outcome::Unchanged),
            Err(error @ ActionError::Unanswered(_)) => Tried::Again(error.to_string(), Outcome::Unknown),
            Err(error @ ActionError::Credentials(_)) => {
                // No failure of the step: nothing was changed, and the run goes on with new ones.
                self.failed(step, (error.to_string(), Outcome::Unchanged), Way::Perform).await?;
                return Err(Stop::Paused(Pause::Credentials { step: step.to_owned() }));
            }
        })
    }

    fn intention(&self, subject: Subject<'_>, what: &str) -> Vec<Event> {
        let Subject { step, act, arguments, before } = subject;
        let (step, arguments, before) = (step.to_owned(), arguments.clone(), before.cloned());
        let promise = act.stays.filter(|_| !self.state.obligations.contains_key(&undo_id(&step))).map(|stays| {
            let until = self.ports.clock.now().saturating_add(stays).unwrap_or(jiff::Timestamp::MAX);
            Event::Obliged(promise((&step, act), (&arguments, &before), (what, until)))
        });
        let intended = Event::Intended(Intended { step, way: Way::Perform, arguments, before });
        promise.into_iter().chain([intended]).collect()
    }

    async fn rest(&mut self, step: &str) {
        self.ports.progress.tell(Happening::Waiting { step, why: "before it is tried again" });
        let mut patience = Patience::new(self.ports.clock, span(PAUSE_BETWEEN));
        self.guarded(std::time::Duration::MAX, async { while patience.wait().await {} }).await;
    }

    /// Writes down that a try did not succeed, and the run goes on.
    pub(super) async fn failed(
        &mut self,
        step: &str,
        (error, outcome): (String, Outcome),
        way: Way,
    ) -> Result<(), Stop> {
        let (step, error) = (step.to_owned(), shortened(&error));
        self.write(vec![Event::Failed { step, way, error, outcome, is_final: false }]).await
    }

    /// Writes down that a step failed, and the run turns back.
    pub(super) async fn fail(&mut self, step: &str, (error, outcome): (String, Outcome)) -> Result<(), Stop> {
        let (step, error) = (step.to_owned(), shortened(&error));
        self.write(vec![Event::Failed { step, way: Way::Perform, error, outcome, is_final: true }]).await
    }

    /// What is written down when an approval is used for the first time.
    pub(super) fn agreed(&self, approved: &Approved) -> Vec<Event> {
        let agreed = approved.agreed().clone();
        let review = match (&agreed.way, &self.plan.approval.break_glass) {
            (ApprovalWay::BreakGlass { .. }, Some(rule)) => {
                let until = self.ports.clock.now().saturating_add(rule.review_within).unwrap_or(jiff::Timestamp::MAX);
                let by = self.state.started.requester.clone();
                Some(Event::Obliged(Obligation { id: REVIEW.to_owned(), duty: Duty::Review { by }, until }))
            }
            _ => None,
        };
        std::iter::once(Event::Approved(agreed)).chain(review).collect()
    }
}

/// The promise to undo a step.
pub(super) fn promise(
    (step, act): (&str, &Act),
    (arguments, before): (&Json, &Option<Json>),
    (what, until): (&str, jiff::Timestamp),
) -> Obligation {
    let undoing = Undoing {
        step: step.to_owned(),
        action: act.action.clone(),
        arguments: arguments.clone(),
        before: before.clone(),
        timeout: act.timeout,
        what: shortened(what),
    };
    Obligation { id: undo_id(step), duty: Duty::Undo(Box::new(undoing)), until }
}
