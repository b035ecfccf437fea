//! `policy test`: the examples that policies carry.

use clap::Args;
use trackera_core::policy::run_cases;

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

/// Run the examples that policies carry, offline.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 every example goes as it says, 1 at least one does not, 2 a policy is wrong.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    /// Only the examples of this policy.
    #[arg(value_name = "POLICY")]
    policy: Option<String>,
    /// How the outcome is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut in_force = context.in_force(&self.policies)?;
        // Examples speak of the parameters that stand beside them, not of those that a company sets.
        in_force.configuration = None;
        let mut set = in_force.load_policies()?;
        if let Some(id) = &self.policy {
            super::find(&set, id)?;
            set.retain(|policy| policy.id.as_ref() == id);
        }
        let outcomes = run_cases(&set);
        let has_failed = outcomes.iter().any(|outcome| !outcome.passed());
        context.screen.print(&match self.output {
            Output::Json => render::json::pretty(&render::policy::examples_json(&outcomes))?,
            Output::Table => render::policy::examples(context.screen.look, &outcomes, set.policies.len()),
        })?;
        Ok(if has_failed { ExitCode::Failed } else { ExitCode::Good })
    }
}
