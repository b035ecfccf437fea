//! The verbs about findings: what the agent found, since when, who was told and who knows of it.

mod ack;
mod history;
mod list;
mod show;

use clap::Subcommand;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

/// Look at what the agent found, and acknowledge it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    History(history::Arguments),
    Ack(ack::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::History(arguments) => arguments.run(context),
            Self::Ack(arguments) => arguments.run(context),
        }
    }
}
