//! `policy calls`: what one look at the estate costs in calls to AWS.

use std::path::PathBuf;

use clap::Args;
use trackera_core::estate::poll_plan;

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::facts::{At, Source};
use crate::failure::Failure;
use crate::filters::PolicyFilters;
use crate::render;

const AFTER_HELP: &str = "\
Calls that are tried again, and asking again until the credential report is ready, come on top.

Examples:
  trackera-ops policy calls
  trackera-ops estate collect --to estate.json
  trackera-ops policy calls --from estate.json
  trackera-ops policy calls --from estate.json --severity critical";

/// Show which calls a check makes, how often, and how many that is for an estate as it was seen.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    /// A snapshot to count the calls for.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    filters: PolicyFilters,
    /// How the calls are printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let mut set = in_force.load_policies()?;
        self.filters.keep(&mut set)?;
        let plan = match &self.from {
            Some(from) => {
                let source = Source { from: Some(from.clone()), ..Source::default() };
                let facts = source.facts(context, &in_force, set.demand(), At { now: None })?;
                Some(poll_plan(&set.demand(), &facts.estate))
            }
            None => None,
        };
        let calls = render::calls::Calls::new(&set.demand(), plan.as_ref());
        context.print(self.output, &calls, |look| calls.table(look))
    }
}
