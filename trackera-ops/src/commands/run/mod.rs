//! The verbs about runs: what was begun on this machine, how far each is, and how it goes on.

mod abandon;
mod list;
mod resume;
mod rule;
mod show;
mod watch;

use anyhow::anyhow;
use clap::Subcommand;
use trackera_operations::runner::{Ending, Finished, Pause};
use trackera_operations::state::RunState;

use super::{Context, drill};
use crate::carrying::{Carrier, Resumed, waits};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::runs::Runs;
use crate::{asking, render};

pub(crate) use list::Line;

/// Look at runs and follow them, go on with one that was interrupted, tell what it asks, or give one up.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Watch(watch::Arguments),
    Rule(rule::Arguments),
    Resume(resume::Arguments),
    Abandon(abandon::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Watch(arguments) => arguments.run(context),
            Self::Rule(arguments) => arguments.run(context),
            Self::Resume(arguments) => arguments.run(context),
            Self::Abandon(arguments) => arguments.run(context),
        }
    }
}

/// Goes on with a run of a runbook for as long as somebody at the terminal does what it asks for, and tells what became
/// of it.
pub(super) fn follow(
    context: &Context<'_>,
    carrier: &Carrier<'_>,
    (mut finished, output): (Finished, Output),
) -> Result<ExitCode, Failure> {
    while let Ending::Paused(pause @ Pause::Manual { .. }) = &finished.ending {
        let Some(evidence) = asking::manual(context.screen, pause)? else { break };
        carrier.answer(&finished.state.run, evidence.as_deref())?;
        match carrier.resume(&finished.state.run)? {
            Resumed::Procedure(went_on) => finished = *went_on,
            Resumed::Drill(carried) => return drill::tell(context, output, &carried),
        }
    }
    tell(context, output, &finished)
}

/// Tells what became of a run in one go.
fn tell(context: &Context<'_>, output: Output, finished: &Finished) -> Result<ExitCode, Failure> {
    let Finished { ending, state } = finished;
    if let Some(why) = waits(ending) {
        context.screen.say(&render::run::waits(context.screen.talk, state.run.as_str(), &why));
    }
    let shown = render::run::Shown::new(Line::from(state), state);
    context.print(output, &shown, |look| render::run::show(look, &shown))?;
    Ok(code(state))
}

/// How a command ends that tells of a run.
fn code(state: &RunState) -> ExitCode {
    match Ending::of(state) {
        Some(Ending::Good) if state.obligations.is_empty() => ExitCode::Good,
        Some(Ending::Unwound { .. }) if state.obligations.is_empty() => ExitCode::Failed,
        _ => ExitCode::Operator,
    }
}

/// The run with this name.
fn find(runs: &Runs, name: &str) -> Result<RunState, Failure> {
    let found = runs.states()?.into_iter().find(|state| state.run.as_str() == name);
    found.ok_or_else(|| {
        let error = anyhow!("there is no run `{}` in the journal of this machine", name.escape_debug());
        Failure::usage(error).hint("`trackera-ops run list` shows the runs".to_owned())
    })
}
