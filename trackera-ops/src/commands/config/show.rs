//! `config show`: what is in force, and where it comes from.

use clap::Args;

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

/// Show what is in force: accounts, regions, people, backups, policies and their parameters.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let set = in_force.load_policies()?;
        let view = render::config::view(&in_force, &set);
        context.print(self.output, &view, |look| render::config::shown(look, &view))
    }
}
