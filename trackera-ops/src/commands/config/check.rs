//! `config check`: the configuration together with the policies that it names and sets parameters of.

use clap::Args;

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

/// Check the configuration and the policies, offline.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 all is valid, 2 something is wrong.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let set = in_force.load_policies()?;
        in_force.request(set.demand(), &[])?;
        context.screen.print(&render::config::valid(context.screen.look, &in_force, &set))?;
        Ok(ExitCode::Good)
    }
}
