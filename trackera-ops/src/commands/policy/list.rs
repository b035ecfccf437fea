//! `policy list`: every rule in one line.

use clap::Args;

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

/// List all policies by severity.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let set = context.in_force(&self.policies)?.load_policies()?;
        context.print(self.output, &render::policy::list_json(&set), |look| render::policy::list(look, &set))
    }
}
