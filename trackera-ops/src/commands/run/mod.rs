//! The verbs about runs: what was begun on this machine, how far each is, and how it goes on.

mod abandon;
mod list;
mod resume;
mod show;

use anyhow::anyhow;
use clap::Subcommand;
use trackera_operations::state::RunState;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::runs::Runs;

pub(crate) use list::Line;

/// Look at runs, go on with one that was interrupted, or give one up.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Resume(resume::Arguments),
    Abandon(abandon::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Resume(arguments) => arguments.run(context),
            Self::Abandon(arguments) => arguments.run(context),
        }
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
