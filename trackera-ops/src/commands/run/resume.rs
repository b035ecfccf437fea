//! `run resume`: goes on with a run that was interrupted.

use anyhow::Error;
use clap::Args;
use trackera_operations::id::RunId;

use super::Context;
use crate::carrying::Carrier;
use crate::cli::Output;
use crate::commands::drill;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::runs::Here;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
What was intended and has no outcome is looked at first, and never blindly done
again. The plan is the one that the run was begun with.

Exit codes: as those of the run itself; 5 when it waits for somebody.

Example:
  trackera-ops run resume product-dump-261121031500";

/// Go on with a run that was interrupted.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The run.
    run: String,
    #[command(flatten)]
    here: Here,
    #[command(flatten)]
    live: Live,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let run: RunId = self.run.parse().map_err(|error| Failure::usage(Error::new(error)))?;
        let carried = Carrier::new(context, &in_force, (&self.here, &self.live))?.resume(&run)?;
        drill::tell(context, self.output, &carried)
    }
}
