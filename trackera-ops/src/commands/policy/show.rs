//! `policy show`: one rule with all that is in force for it.

use clap::Args;

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

/// Show one policy: what it says, its parameters in force, and what it reads.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  trackera-ops policy show sg-only-declared-ports")]
pub(crate) struct Arguments {
    /// The policy's id.
    #[arg(value_name = "POLICY")]
    id: String,
    #[command(flatten)]
    policies: Policies,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let set = context.in_force(&self.policies)?.load_policies()?;
        let policy = super::find(&set, &self.id)?;
        let json = render::policy::policy_json(policy);
        context.print(self.output, &json, |look| render::policy::policy(look, policy, &set))
    }
}
