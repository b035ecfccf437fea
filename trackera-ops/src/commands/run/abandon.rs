//! `run abandon`: gives a run up; what it promised to remove stays promised.

use anyhow::{Context as _, Error};
use clap::Args;
use trackera_operations::id::RunId;

use super::Context;
use crate::carrying::Carrier;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::render;
use crate::runs::Here;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
For a run that no program can go on with, such as one of another version. What
it made is not removed; what it promised to remove stays promised, and `run
list` names it.

Example:
  trackera-ops run abandon product-dump-261121031500 --reason \"the machine was replaced\"";

/// Give a run up, with a reason.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The run.
    run: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    here: Here,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let run: RunId = self.run.parse().map_err(|error| Failure::usage(Error::new(error)))?;
        let live = Live::default();
        let state = Carrier::new(context, &in_force, (&self.here, &live))?.abandon(&run, &self.reason)?;
        let left: Vec<String> = state.obligations.values().map(|one| one.id.clone()).collect();
        let said = render::run::abandoned(context.screen.look, &self.run, &left);
        context.screen.print(&said).context("cannot say so")?;
        Ok(if left.is_empty() { ExitCode::Good } else { ExitCode::Operator })
    }
}
