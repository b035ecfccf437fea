//! `approve RUN`: agreeing to one run of somebody else, with the plan that this machine makes of its own files.

use anyhow::{Error, anyhow};
use trackera_operations::approval::{Approval, Question};
use trackera_operations::id::RunId;
use trackera_operations::plan::Plan;
use trackera_operations::state::RunState;

use super::{Context, Hand, leave, refused};
use crate::coordination::shared;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions, needs_approval, told, typed};
use crate::settings::InForce;
use crate::world::Settings;
use crate::world::Shared;
use crate::{render, world};

/// Agrees to a run.
///
/// # Errors
/// Refuses what needs nobody's approval, what is over, what differs from what this machine would do, and whoever asks.
pub(super) fn approve(context: &Context<'_>, hand: &Hand, run: &str) -> Result<ExitCode, Failure> {
    let asked = Sought::of(context, run)?;
    let Sought { shared, state, plan } = &asked;
    let requester = &state.started.requester;
    if !shared.allowed().principals().contains(&requester.as_str()) {
        let error = anyhow!("`{requester}`, who asks, is not among the allowed signers, and could be you");
        let hint = "they begin the run again under the name that `allowed_signers` gives them, as `USER=NAME`";
        return Err(refused(error).hint(hint.to_owned()));
    }
    let at = world::now();
    let expires = at.checked_add(plan.approval.expires)?;
    let paper = Approval { question: Question::of(&state.run, plan, requester), at, expires };
    let handed = hand.sign(context, paper)?;
    let by = leave(shared, &handed, Some(requester))?;
    context.screen.print(&render::approve::approved(context.screen.look, &handed.paper, &by))?;
    Ok(ExitCode::Good)
}

/// A run that waits, and the plan that this machine makes of its own files.
pub(super) struct Sought {
    /// Where machines meet.
    pub(super) shared: Shared,
    /// The run.
    pub(super) state: RunState,
    /// The plan.
    pub(super) plan: Plan,
}

impl Sought {
    /// Makes the plan of a run again, and shows it with who asks.
    ///
    /// # Errors
    /// Refuses what needs nobody's approval, what is over, and what differs from what this machine would do.
    pub(super) fn of(context: &Context<'_>, run: &str) -> Result<Self, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let shared = shared(&in_force)?;
        let run: RunId = run.parse().map_err(|error| Failure::usage(Error::new(error)))?;
        let (state, asked) = waiting(&shared, &run)?;
        let (_runtime, actions) = actions(&in_force, &Settings::default())?;
        let procedure = Procedure::find(&in_force, &actions, &asked.name)?;
        let plan = procedure.plan((&in_force, &actions), typed(&asked))?;
        same(&plan, &asked, &state.started.requester)?;
        let talk = context.screen.talk;
        context.screen.say(&render::plan::plan(talk, procedure.title(), &plan, &told(&plan, &actions)));
        context.screen.say(&render::approve::asked(talk, &state));
        Ok(Self { shared, state, plan })
    }
}

/// The run and its plan, if it can wait for an approval.
fn waiting(shared: &Shared, run: &RunId) -> Result<(RunState, Plan), Failure> {
    let told = world::wait(shared.copies().told(run))?;
    let told = told.map_err(|error| Failure::new(ExitCode::Unverified, error))?;
    let Some((state, plan)) = told else {
        let error = anyhow!("no machine told of a run `{run}`");
        return Err(Failure::usage(error).hint("`trackera-ops approve list` shows the runs that wait".to_owned()));
    };
    if state.is_over() {
        return Err(refused(anyhow!("run `{run}` is over, and needs no approval any more")));
    }
    if !needs_approval(&plan) {
        return Err(refused(anyhow!("run `{run}` needs nobody's approval"))
            .hint(format!("`{}` goes on with `trackera-ops run resume {run}`", state.started.requester)));
    }
    Ok((state, plan))
}

/// Holds the plan of this machine against the one that is asked for.
fn same(own: &Plan, asked: &Plan, requester: &str) -> Result<(), Failure> {
    if own.hash() == asked.hash() {
        return Ok(());
    }
    let parts = [
        ("the file that declares it", own.sources.runbook_digest == asked.sources.runbook_digest),
        ("the configuration", own.sources.configuration == asked.sources.configuration),
        ("the allowed signers", own.sources.allowed_signers == asked.sources.allowed_signers),
        ("its parameters", own.parameters == asked.parameters),
        ("its steps", own.steps == asked.steps),
    ];
    let mut differ: Vec<&str> = parts.iter().filter(|(_, is_same)| !is_same).map(|(part, _)| *part).collect();
    if differ.is_empty() {
        differ.push("what must be agreed, locked or reached");
    }
    let error = anyhow!("`{requester}` asks for another plan than this machine makes: {} differ", differ.join(", "));
    let hint = format!(
        "bring both machines to the same revision of the files and of the program; or `{requester}` begins again"
    );
    Err(refused(error).hint(hint))
}
