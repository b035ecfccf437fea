//! Beginning a run, going on with one, and keeping a promise that one left.

use super::session::{Session, Stop};
use super::{Ending, Finished, Ports, RunError, Start};
use crate::id::RunId;
use crate::locks::Held;
use crate::obligation::{Duty, Open, Undoing};
use crate::plan::{Act, Plan, Undo, VERSION};
use crate::record::{Ended, Event, Outcome, Started};
use crate::recorder::runs;
use crate::state::{Phase, RunState};

/// Begins a run of a plan that was linted and shown, and carries it out as far as it comes.
///
/// # Errors
/// When it cannot be begun, or cannot go on without harm; what is recorded stays.
pub async fn run(plan: &Plan, start: &Start, ports: &Ports<'_>) -> Result<Finished, RunError> {
    check(plan, ports)?;
    if runs(ports.recorder).await?.iter().any(|state| state.run == start.run) {
        return Err(RunError::Exists(start.run.clone()));
    }
    let held = take(plan, &start.run, ports).await?;
    ports.recorder.keep(plan).await?;
    let started = Event::Started(Started {
        name: plan.name.clone(),
        plan: plan.hash(),
        plan_version: plan.version,
        mode: plan.mode.clone(),
        parameters: plan.parameters_digest(),
        requester: start.requester.clone(),
        program: start.program.clone(),
    });
    let mut session = Session::begin(plan, ports, (&start.run, started), held).await?;
    let ending = session.go().await;
    session.end(ending).await
}

/// Goes on with a run, also one that nobody ended: what was intended and has no outcome is looked at first.
///
/// # Errors
/// When there is no such run, it is over, or it cannot go on without harm.
pub async fn resume(run: &RunId, by: &str, ports: &Ports<'_>) -> Result<Finished, RunError> {
    ports.recorder.catch_up(run).await?;
    let state = known(run, ports).await?;
    if state.is_over() {
        return Err(RunError::Over(run.clone()));
    }
    let plan = planned(&state, ports).await?;
    let held = take(&plan, run, ports).await?;
    // Somebody may have gone on with it until the lock was theirs no more.
    ports.recorder.catch_up(run).await?;
    let state = known(run, ports).await?;
    let mut session = Session::new(&plan, ports, state, held);
    let ending = session.proceed(by).await;
    session.end(ending).await
}

/// Turns a run back that nobody goes on with: what it made is undone, and it is over.
///
/// # Errors
/// When there is no such run, it is over, or it cannot be undone without harm.
pub async fn turn_back(run: &RunId, (by, why): (&str, &str), ports: &Ports<'_>) -> Result<Finished, RunError> {
    ports.recorder.catch_up(run).await?;
    let state = known(run, ports).await?;
    if state.is_over() {
        return Err(RunError::Over(run.clone()));
    }
    let plan = planned(&state, ports).await?;
    let held = take(&plan, run, ports).await?;
    ports.recorder.catch_up(run).await?;
    let mut session = Session::new(&plan, ports, known(run, ports).await?, held);
    let ending = session.give_way(by, why).await;
    session.end(ending).await
}

/// Keeps a promise that a run left, whatever became of the run; any process with the actions can.
///
/// # Errors
/// When the run is held by somebody, or the promise is nothing that a program can keep.
pub async fn carry_out(open: &Open, by: &str, ports: &Ports<'_>) -> Result<Finished, RunError> {
    let state = known(&open.run, ports).await?;
    let Duty::Undo(undoing) = &open.obligation.duty else {
        return Err(RunError::NotNow(format!("`{}` is for a person to keep", open.obligation.id)));
    };
    // A promise says all that keeping it takes, so that a program can keep it that cannot carry the plan out any more.
    let plan = planned(&state, ports).await.unwrap_or_else(|_| Plan::unknown(&state.started));
    let held = take(&plan, &open.run, ports).await?;
    ports.recorder.catch_up(&open.run).await?;
    let state = known(&open.run, ports).await?;
    let mut session = Session::new(&plan, ports, state, held);
    let ending = session.keep_promise(undoing, by).await;
    session.end(ending).await
}

pub(super) async fn known(run: &RunId, ports: &Ports<'_>) -> Result<RunState, RunError> {
    let found = runs(ports.recorder).await?.into_iter().find(|state| state.run == *run);
    found.ok_or_else(|| RunError::NoRun(run.clone()))
}

/// The plan of a run, if this program can go on with exactly that one.
async fn planned(state: &RunState, ports: &Ports<'_>) -> Result<Plan, RunError> {
    if state.started.plan_version != VERSION {
        return Err(RunError::Version(state.started.plan_version));
    }
    let plan = ports.recorder.plan(state.plan()).await?;
    let (wanted, found) = (state.plan(), plan.hash());
    if wanted != found {
        return Err(RunError::Hash { wanted, found });
    }
    check(&plan, ports)?;
    Ok(plan)
}

/// What the plan pins must be what this program does.
fn check(plan: &Plan, ports: &Ports<'_>) -> Result<(), RunError> {
    if plan.version != VERSION {
        return Err(RunError::Version(plan.version));
    }
    for step in &plan.steps {
        let Some(act) = step.act() else { continue };
        let action = ports.actions.get(&act.action);
        if action.is_none_or(|action| action.nature() != act.nature) {
            let (step, action, is_known) = (step.id.clone(), act.action.clone(), action.is_some());
            return Err(RunError::Action { step, action, is_known });
        }
    }
    Ok(())
}

/// Takes the locks of the run and of its plan, in one order for everybody; gives all back when one is not to be had.
async fn take(plan: &Plan, run: &RunId, ports: &Ports<'_>) -> Result<Vec<Box<dyn Held>>, RunError> {
    let mut names = plan.lock_names()?;
    names.sort_unstable();
    names.dedup();
    let mut held: Vec<Box<dyn Held>> = Vec::new();
    for name in std::iter::once(format!("run/{run}")).chain(names) {
        match ports.locks.take(&name).await {
            Ok(lock) => held.push(lock),
            Err(error) => {
                for mut lock in held {
                    lock.release().await;
                }
                return Err(error.into());
            }
        }
    }
    Ok(held)
}

fn unknown_action(step: &str, action: &str) -> RunError {
    RunError::Action { step: step.to_owned(), action: action.to_owned(), is_known: false }
}

impl Session<'_> {
    async fn proceed(&mut self, by: &str) -> Result<(), Stop> {
        self.note(by, "resumed").await?;
        self.go().await
    }

    async fn give_way(&mut self, by: &str, why: &str) -> Result<(), Stop> {
        self.note(by, why).await?;
        let next = self.plan.steps.iter().find(|step| !self.state.is_behind(&step.id));
        if let (Phase::Forward, Some(next)) = (&self.state.phase, next) {
            // Whether the step was under way is told by its intent; undoing looks at it either way.
            self.fail(&next.id, (why.to_owned(), Outcome::Unknown)).await?;
        }
        self.go().await
    }

    async fn keep_promise(&mut self, undoing: &Undoing, by: &str) -> Result<(), Stop> {
        let step = undoing.step.as_str();
        let action = self.ports.actions.get(&undoing.action);
        let action = action.ok_or_else(|| unknown_action(step, &undoing.action))?;
        let act = Act {
            action: undoing.action.clone(),
            nature: action.nature(),
            arguments: undoing.arguments.clone(),
            timeout: undoing.timeout,
            tries: 1,
            credentials: undoing.timeout,
            undo: Undo::AtEnd,
            stays: None,
            needs_approval: false,
        };
        self.note(by, &format!("keeps the promise to undo `{step}`")).await?;
        let is_under_way = self.plan.steps.iter().any(|step| !self.state.is_behind(&step.id));
        if self.state.phase == Phase::Forward && is_under_way {
            // What later steps would stand upon goes away: the run can only turn back.
            self.fail(step, ("its time was over before the run was".to_owned(), Outcome::Unknown)).await?;
        }
        self.undo(step, &act).await
    }

    /// Carries the rest of the run out.
    pub(super) async fn go(&mut self) -> Result<(), Stop> {
        if self.state.phase == Phase::Forward {
            self.forward().await?;
        }
        let ended = if self.state.phase == Phase::Unwinding { Ended::Unwound } else { Ended::Good };
        self.unwind(ended).await?;
        self.write(vec![Event::Closed { ending: ended }]).await
    }

    /// Gives the locks back and tells where the run is.
    async fn end(mut self, came: Result<(), Stop>) -> Result<Finished, RunError> {
        for lock in &mut self.held {
            lock.release().await;
        }
        let ending = match came {
            Ok(()) | Err(Stop::NeedsOperator) => Ending::of(&self.state),
            Err(Stop::Paused(pause)) => Some(Ending::Paused(pause)),
            Err(Stop::Error(error)) => return Err(error),
        };
        Ok(Finished { ending: ending.unwrap_or(Ending::Kept), state: self.state })
    }
}
