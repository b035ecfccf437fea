//! The verbs about backups.

mod take;

use clap::Subcommand;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

pub(crate) use take::Taken;

/// Back the product database up, so that a drill can tell exactly what came back.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Take(take::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Take(arguments) => arguments.run(context),
        }
    }
}
