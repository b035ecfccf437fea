//! What people say of a run: that a step is done or is not, that a manual step is answered, that all is given up.

use serde_json::{Value as Json, json};
use trackera_journal::digest::Digest;

use super::begin::known;
use super::{Ports, RunError};
use crate::id::RunId;
use crate::obligation::{Duty, REVIEW};
use crate::plan::Work;
use crate::record::{Event, Outcome, Record, Way, shortened};
use crate::recorder::Durability;
use crate::state::{Phase, RunState, Status};

/// What a person found out about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It had its effect, with this output.
    Done(Json),
    /// It had no effect, and may be performed.
    NotDone,
    /// The run shall turn back.
    TurnBack,
    /// It is undone.
    Undone,
}

/// Answers the question of a run that needs an operator; `resume` then goes on.
///
/// # Errors
/// When the run asks nothing of this step, or it cannot be written down.
pub async fn rule(
    run: &RunId,
    step: &str,
    ruling: Ruling,
    (by, reason): (&str, &str),
    ports: &Ports<'_>,
) -> Result<RunState, RunError> {
    let state = known(run, ports).await?;
    let asked = state.question.as_ref().filter(|_| !state.is_over()).map(|(step, _)| step.as_str());
    let is_back = state.phase != Phase::Forward || state.steps.get(step).is_some_and(|it| it.status == Status::Done);
    let fits = match &ruling {
        Ruling::Done(_) | Ruling::NotDone | Ruling::TurnBack => !is_back,
        Ruling::Undone => is_back,
    };
    if asked != Some(step) || !fits {
        return Err(RunError::NotNow(format!("run `{run}` does not ask this of step `{step}`: see `run show`")));
    }
    let (step, how) = (step.to_owned(), shortened(&format!("{by} says so: {reason}")));
    let failed = |is_final, outcome| {
        let (step, error) = (step.clone(), how.clone());
        Event::Failed { step, way: Way::Perform, error, outcome, is_final }
    };
    let event = match ruling {
        Ruling::Done(output) => Event::Reconciled { step, output, how },
        Ruling::NotDone => failed(false, Outcome::Unchanged),
        Ruling::TurnBack => failed(true, Outcome::Unknown),
        Ruling::Undone => Event::Undone { step, how },
    };
    write(state, vec![noted(by, reason), event], ports).await
}

/// Answers a manual step; the evidence itself is kept elsewhere, by its digest.
///
/// # Errors
/// When the run does not wait for this step, or the step asks for evidence and none is brought.
pub async fn answer(
    run: &RunId,
    step: &str,
    (by, evidence): (&str, Option<Digest>),
    ports: &Ports<'_>,
) -> Result<RunState, RunError> {
    let state = known(run, ports).await?;
    let plan = ports.recorder.plan(state.plan()).await?;
    let not_now = |why: &str| RunError::NotNow(format!("step `{step}` of run `{run}` {why}"));
    let next = plan
        .steps
        .iter()
        .find(|step| !state.steps.get(&step.id).is_some_and(|it| matches!(it.status, Status::Done | Status::Skipped)));
    let manual = match next.filter(|next| next.id == step && state.phase == Phase::Forward).map(|next| &next.work) {
        Some(Work::Manual(manual)) => manual,
        _ => return Err(not_now("does not wait for an answer")),
    };
    if manual.evidence && evidence.is_none() {
        return Err(not_now("asks for evidence"));
    }
    let output = json!({"by": by, "evidence": evidence});
    let events = vec![noted(by, &format!("answers `{step}`")), Event::Done { step: step.to_owned(), output }];
    write(state, events, ports).await
}

/// Writes down that somebody else looked at a run that one person carried out alone; their signature is judged by the
/// office, before this.
///
/// # Errors
/// When no review of the run is due, it is their own, or it cannot be written down.
pub async fn reviewed(run: &RunId, (by, found): (&str, &str), ports: &Ports<'_>) -> Result<RunState, RunError> {
    let state = known(run, ports).await?;
    let alone = state.obligations.get(REVIEW).and_then(|promise| match &promise.duty {
        Duty::Review { by } => Some(by.as_str()),
        Duty::Undo(_) => None,
    });
    match alone {
        None => return Err(RunError::NotNow(format!("no review of run `{run}` is due"))),
        Some(alone) if alone == by => {
            return Err(RunError::NotNow(format!("`{by}` went on alone with run `{run}`: somebody else looks at it")));
        }
        Some(_) => {}
    }
    let how = shortened(&format!("`{by}` looked at it: {found}"));
    write_under_lock(state, vec![Event::Settled { obligation: REVIEW.to_owned(), how }], ports).await
}

/// Gives a run up. What it promised stays promised, and nothing of it is undone by this.
///
/// # Errors
/// When it is over, somebody carries it out now, or no reason is given.
pub async fn abandon(run: &RunId, (by, reason): (&str, &str), ports: &Ports<'_>) -> Result<RunState, RunError> {
    if reason.trim().is_empty() {
        return Err(RunError::NotNow("say why: a run is abandoned with a reason".to_owned()));
    }
    let state = known(run, ports).await?;
    let (by, reason) = (by.to_owned(), shortened(reason));
    write(state, vec![Event::Abandoned { by, reason }], ports).await
}

fn noted(by: &str, text: &str) -> Event {
    Event::Noted { by: by.to_owned(), text: shortened(text) }
}

/// Writes down what was said of a run that is not over.
async fn write(state: RunState, events: Vec<Event>, ports: &Ports<'_>) -> Result<RunState, RunError> {
    if state.is_over() {
        return Err(RunError::Over(state.run));
    }
    write_under_lock(state, events, ports).await
}

async fn write_under_lock(state: RunState, events: Vec<Event>, ports: &Ports<'_>) -> Result<RunState, RunError> {
    let mut lock = ports.locks.take(&format!("run/{}", state.run)).await?;
    let written = append(state, events, (ports, lock.epoch())).await;
    lock.release().await;
    written
}

async fn append(state: RunState, events: Vec<Event>, (ports, epoch): (&Ports<'_>, u64)) -> Result<RunState, RunError> {
    let now = known(&state.run, ports).await?;
    if now.next != state.next {
        return Err(RunError::NotNow(format!("run `{}` went on in the meantime: look again", state.run)));
    }
    let at = ports.clock.now();
    let record = |(index, event)| Record { run: state.run.clone(), index, at, event };
    let records: Vec<Record> = (state.next..).zip(events).map(record).collect();
    ports.recorder.append(&records, Durability::Here, epoch).await?;
    known(&state.run, ports).await
}
