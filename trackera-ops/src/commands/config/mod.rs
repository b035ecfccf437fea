//! The verbs about the configuration.

mod check;
mod init;
mod show;

use clap::Subcommand;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

/// Begin, check and show the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Arguments),
    Check(check::Arguments),
    Show(show::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(arguments) => arguments.run(context),
            Self::Check(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
        }
    }
}
