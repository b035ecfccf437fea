//! Carries runs out: opens the journal of this machine and the way to AWS, and writes down what came of drills.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use trackera_core::recovery::drill::{Drill, Report};
use trackera_journal::kind::Kind;
use trackera_operations::action::Actions;
use trackera_operations::drill::report;
use trackera_operations::general::general_actions;
use trackera_operations::id::RunId;
use trackera_operations::plan::Plan;
use trackera_operations::plan::lint::lint;
use trackera_operations::progress::Silent;
use trackera_operations::recorder::{JournalRecorder, Recorder as _, RecorderError};
use trackera_operations::runner::{self, Ending, Finished, Lasting, Pause, Ports, Ruling, RunError, Start};
use trackera_operations::state::RunState;

use crate::commands::Context;
use crate::coordination::coordination;
use crate::drills;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::render::Screen;
use crate::render::run::Watching;
use crate::runs::{Here, Open, Runs};
use crate::settings::InForce;
use crate::world;

/// The longest part of a procedure's name that is part of the name of its runs.
const LONGEST_NAME: usize = 27;

/// The way to carry runs out.
pub(crate) struct Carrier<'a> {
    context: &'a Context<'a>,
    in_force: &'a InForce,
    open: Open,
    live: &'a Live,
    coordination: world::Coordination,
}

/// What became of a run in one go.
pub(crate) struct Carried {
    /// What is known of it.
    pub(crate) report: Report,
    /// What it waits for, if it is not over.
    pub(crate) waits: Option<String>,
}

/// What became of a run of a drill, or of a runbook.
pub(crate) enum Resumed {
    /// Of a drill.
    Drill(Box<Carried>),
    /// Of a runbook.
    Procedure(Box<Finished>),
}

impl<'a> Carrier<'a> {
    /// Opens the journal of this machine.
    ///
    /// # Errors
    /// Fails when it cannot be written, or the declared store for coordination cannot be used.
    pub(crate) fn new(
        context: &'a Context<'a>,
        in_force: &'a InForce,
        (here, live): (&Here, &'a Live),
    ) -> Result<Self, Failure> {
        let coordination = coordination(in_force, &live.settings())?;
        Ok(Self { context, in_force, open: here.open()?, live, coordination })
    }

    /// A name that no run of this machine has: the procedure's, and the first free second from `now` on.
    ///
    /// # Errors
    /// Fails when the procedure has no name that a run can have, or the journal cannot be read.
    pub(crate) fn name(&self, procedure: &str, now: Timestamp) -> Result<RunId, Failure> {
        let states = self.open.runs().states()?;
        let (mut moment, mut name) = (now, run_name(procedure, now)?);
        while states.iter().any(|state| state.run == name) {
            moment += SignedDuration::from_secs(1);
            name = run_name(procedure, moment)?;
        }
        Ok(name)
    }

    /// Begins a run of a drill.
    ///
    /// # Errors
    /// Fails when it cannot be begun, or cannot go on without harm.
    pub(crate) fn begin(&self, drill: &Drill, plan: &Plan, run: RunId) -> Result<Carried, Failure> {
        let start = Start { run, requester: world::user(), program: program() };
        self.carry(drill, plan, Go::Begin(&start))
    }

    /// Begins a run of a runbook.
    ///
    /// # Errors
    /// Fails when it cannot be begun, or cannot go on without harm.
    pub(crate) fn begin_procedure(&self, plan: &Plan, run: RunId) -> Result<Finished, Failure> {
        let start = Start { run, requester: world::user(), program: program() };
        let finished = self.go((None, plan), Go::Begin(&start))?;
        self.open.sign()?;
        Ok(finished)
    }

    /// Goes on with a run. What a drill makes of it is told by its declaration, which must be there still; a runbook's
    /// plan was kept when it was begun.
    ///
    /// # Errors
    /// Fails when there is no such run, when it is over, or cannot go on without harm.
    pub(crate) fn resume(&self, run: &RunId) -> Result<Resumed, Failure> {
        let state = self.state(run)?;
        let plan = world::wait(self.recorder().plan(state.plan()))??;
        if is_of_runbook(&plan) {
            let finished = self.go((None, &plan), Go::Resume(run))?;
            self.open.sign()?;
            return Ok(Resumed::Procedure(Box::new(finished)));
        }
        let declared = drills::find(self.in_force, &state.started.name)?;
        Ok(Resumed::Drill(Box::new(self.carry(&declared.drill, &plan, Go::Resume(run))?)))
    }

    /// What is known of a run, also by what another machine told of it.
    ///
    /// # Errors
    /// Fails when there is no such run.
    pub(crate) fn state(&self, run: &RunId) -> Result<RunState, Failure> {
        self.catch_up(run)?;
        let states = self.open.runs().states()?;
        states.into_iter().find(|state| state.run == *run).ok_or_else(|| {
            let error = anyhow!("there is no run `{run}` in the journal of this machine");
            Failure::usage(error).hint("`trackera-ops run list` shows the runs".to_owned())
        })
    }

    /// Says that a person did what a step asked for, and keeps what shows it.
    ///
    /// # Errors
    /// Fails when the run does not wait for that, and when evidence is asked for and none is brought.
    pub(crate) fn answer(&self, run: &RunId, evidence: Option<&[u8]>) -> Result<(), Failure> {
        let state = self.state(run)?;
        let plan = world::wait(self.recorder().plan(state.plan()))??;
        let waits = plan.steps.iter().find(|step| !state.is_behind(&step.id));
        let Some(step) = waits.filter(|step| step.act().is_none()) else {
            return Err(Failure::usage(anyhow!("run `{run}` waits for nobody to do something")));
        };
        let kept = evidence.map(|content| self.open.journal.reader().evidence().keep(content)).transpose();
        let digest = kept.context("the evidence cannot be kept")?.map(|kept| kept.digest);
        let said = self.say(async |ports| runner::answer(run, &step.id, (&world::user(), digest), ports).await);
        let hint = digest.map(|digest| format!("the evidence is kept in the journal of this machine as {digest}"));
        said.map(drop).map_err(|failure| failure.hint(hint))
    }

    /// Gives a run up.
    ///
    /// # Errors
    /// Fails when there is no such run, when it is over, or when no reason is given.
    pub(crate) fn abandon(&self, run: &RunId, reason: &str) -> Result<RunState, Failure> {
        self.catch_up(run)?;
        self.say(async |ports| runner::abandon(run, (&world::user(), reason), ports).await)
    }

    /// Writes down what a person found out about a step.
    ///
    /// # Errors
    /// Fails when the run does not ask this of the step.
    pub(crate) fn rule(&self, run: &RunId, (step, ruling): (&str, Ruling), reason: &str) -> Result<RunState, Failure> {
        self.catch_up(run)?;
        self.say(async |ports| runner::rule(run, step, ruling, (&world::user(), reason), ports).await)
    }

    /// Writes down that somebody else looked at a run that one person carried out alone.
    ///
    /// # Errors
    /// Fails when no review is due, and when somebody is at the run.
    pub(crate) fn reviewed(&self, run: &RunId, said: (&str, &str)) -> Result<RunState, Failure> {
        self.catch_up(run)?;
        self.say(async |ports| runner::reviewed(run, said, ports).await)
    }

    /// Writes down what a person says of a run, and signs the journal.
    fn say(&self, said: impl AsyncFnOnce(&Ports<'_>) -> Result<RunState, RunError>) -> Result<RunState, Failure> {
        let (actions, recorder, clock) = (Actions::default(), self.recorder(), world::Machine::new());
        let (approvals, locks) = (self.coordination.approvals(), self.coordination.locks(self.open.writer()));
        let ports = Ports {
            actions: &actions,
            recorder: &recorder,
            approvals: &*approvals,
            locks: &*locks,
            credentials: &Lasting,
            clock: &clock,
            progress: &Silent,
        };
        let said = world::wait(said(&ports))?;
        self.open.sign()?;
        said.map_err(stopped)
    }

    fn carry(&self, drill: &Drill, plan: &Plan, go: Go<'_>) -> Result<Carried, Failure> {
        let finished = self.go((Some(drill), plan), go)?;
        self.conclude(drill, plan, &finished)
    }

    fn go(&self, (drill, plan): (Option<&Drill>, &Plan), go: Go<'_>) -> Result<Finished, Failure> {
        let (runtime, changes) = world::changes(&self.live.settings())?;
        let reports = drills::reports(&self.open.runs())?;
        let carried = drill.map(|drill| world::Carried { drill, journal: &self.open.journal, reports: &reports });
        let actions =
            world::actions(carried, &changes, self.in_force).and(general_actions(self.coordination.notices()));
        let credentials = world::Renewing(changes);
        if let Some(contradiction) = lint(plan, &actions).first() {
            return Err(Failure::from(anyhow!("the plan contradicts itself: {contradiction}")));
        }
        let (recorder, clock) = (self.recorder(), world::Machine::new());
        let (approvals, locks) = (self.coordination.approvals(), self.coordination.locks(self.open.writer()));
        let watching = Watching::begin(self.context.screen);
        let ports = Ports {
            actions: &actions,
            recorder: &recorder,
            approvals: &*approvals,
            locks: &*locks,
            credentials: &credentials,
            clock: &clock,
            progress: &watching,
        };
        let finished = runtime.block_on(async {
            match go {
                Go::Begin(start) => runner::run(plan, start, &ports).await,
                Go::Resume(run) => runner::resume(run, &world::user(), &ports).await,
            }
        });
        watching.end();
        finished.map_err(stopped)
    }

    /// How AWS is reached.
    pub(crate) fn settings(&self) -> world::Settings {
        self.live.settings()
    }

    /// What the journal of this machine tells.
    pub(crate) fn runs(&self) -> Runs {
        self.open.runs()
    }

    /// Where progress is shown.
    pub(crate) fn screen(&self) -> &Screen {
        self.context.screen
    }

    /// The instances that the configuration and the drills name.
    pub(crate) fn named(&self) -> Result<BTreeSet<String>, Failure> {
        Ok(world::named_instances(self.in_force, &drills::all(self.in_force)?))
    }

    /// Writes down what is about to be done.
    pub(crate) fn intend(&self, intent: &impl Serialize) -> Result<(), Failure> {
        self.open.write(world::now(), Kind::Intent, intent)
    }

    /// Writes down an outcome, and signs the journal.
    pub(crate) fn write(&self, outcome: &impl Serialize) -> Result<(), Failure> {
        self.open.write(world::now(), Kind::Outcome, outcome)?;
        self.open.sign()
    }

    /// What deletes what drills have made; it needs no secrets.
    pub(crate) fn actions(&self, changes: &Arc<world::Changes>) -> Actions {
        world::actions(None, changes, self.in_force)
    }

    /// Writes down what came of a run that is over, and signs the journal.
    fn conclude(&self, drill: &Drill, plan: &Plan, finished: &Finished) -> Result<Carried, Failure> {
        let report = report(drill, plan, &finished.state);
        if finished.state.is_over() {
            self.open.write(world::now(), Kind::Outcome, &report.to_body()?)?;
        }
        self.open.sign()?;
        Ok(Carried { report, waits: waits(&finished.ending) })
    }

    /// Writes down what came of a run that was ended in passing, if it is one of a drill that is declared still.
    pub(crate) fn report_what_is_over(&self, finished: &Finished) -> Result<(), Failure> {
        let state = &finished.state;
        let declared = drills::all(self.in_force)?.into_iter().find(|one| one.drill.id == state.started.name);
        let Some(declared) = declared.filter(|_| state.is_over()) else { return Ok(()) };
        if self.runs().history()?.unwrap_or_default().reports.iter().any(|report| report.run == state.run.as_str()) {
            return Ok(());
        }
        let plan = world::wait(self.recorder().plan(state.plan()))??;
        self.conclude(&declared.drill, &plan, finished).map(drop)
    }

    /// Where runs are written down.
    pub(crate) fn recorder(&self) -> JournalRecorder {
        JournalRecorder::new(Arc::clone(&self.open.journal), self.coordination.outside())
    }

    /// Brings here what another machine did of a run.
    fn catch_up(&self, run: &RunId) -> Result<(), Failure> {
        world::wait(self.recorder().catch_up(run))?.map_err(|error| stopped(error.into()))
    }
}

enum Go<'a> {
    Begin(&'a Start),
    Resume(&'a RunId),
}

/// The procedure's name, as much of it as fits, and a moment.
///
/// # Errors
/// Fails when the procedure has no name that a run can have.
fn run_name(procedure: &str, now: Timestamp) -> Result<RunId, Failure> {
    let short: String = procedure.chars().take(LONGEST_NAME).collect();
    Ok(format!("{}-{}", short.trim_end_matches('-'), now.strftime("%y%m%d%H%M%S")).parse()?)
}

/// Whether a plan was made of a runbook. Every plan of a drill, and no other one, locks the drill.
fn is_of_runbook(plan: &Plan) -> bool {
    !plan.locks.contains(&format!("drill/{}", plan.name))
}

fn program() -> String {
    format!("trackera-ops {}", env!("CARGO_PKG_VERSION"))
}

/// What a run waits for that is not over.
pub(crate) fn waits(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Good | Ending::Unwound { .. } | Ending::Kept => None,
        Ending::NeedsOperator { step, why } => Some(format!("step `{step}` needs an operator: {why}")),
        Ending::Paused(Pause::Approval { step, why }) => {
            Some(format!("step `{step}` needs an approval: {why}; another admin says `trackera-ops approve`"))
        }
        Ending::Paused(Pause::Credentials { step }) => {
            Some(format!("step `{step}` needs credentials that are valid for longer"))
        }
        Ending::Paused(Pause::Manual { step, ask, .. }) => Some(format!("step `{step}` is for a person: {ask}")),
    }
}

/// Why a run stopped where it was.
pub(crate) fn stopped(error: RunError) -> Failure {
    match &error {
        RunError::Lock(_) | RunError::Recorder(RecorderError::Overtaken(..)) => Failure::new(ExitCode::Refused, error),
        RunError::Recorder(RecorderError::Outside(_) | RecorderError::Timeout) => {
            Failure::new(ExitCode::Unverified, error)
        }
        RunError::Exists(_) | RunError::NoRun(_) | RunError::Over(_) | RunError::NotNow(_) => Failure::usage(error),
        RunError::Version(_) | RunError::Hash { .. } | RunError::Action { .. } => {
            Failure::new(ExitCode::Operator, error)
        }
        RunError::Recorder(_) | RunError::LockName(_) => Failure::from(error),
    }
}
