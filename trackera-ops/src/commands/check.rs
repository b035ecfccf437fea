//! `check`: the main job.

use clap::Args;
use trackera_core::verdict::{Report, judge};

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::facts::{At, Source};
use crate::failure::Failure;
use crate::filters::{Asked, Filters};
use crate::render::check::Checked;
use crate::{render, waivers};

const AFTER_HELP: &str = "\
Exit codes: 0 every rule holds, 1 a rule is broken, 3 none is known to be
broken, but something could not be verified.

Examples:
  trackera-ops check
  trackera-ops check --policies policies --regions eu-central-1,eu-west-1
  trackera-ops check --severity critical,high --output json
  trackera-ops check --from estate.json --now 2026-03-01T00:00:00Z";

/// Check the estate against the policies: which rules hold, which do not, and why.
///
/// Only what the policies need is read, and nothing is ever changed. What cannot be read is unknown, never a pass.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    filters: Filters,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let mut set = in_force.load_policies()?;
        self.filters.keep_policies(&mut set)?;
        let facts = self.source.facts(context, &in_force, set.demand(), self.at)?;
        let company = in_force.company();
        let mut report = judge(&set, &facts.circumstances(&company));
        // An exception for a place that nobody looked at is not one that covers nothing.
        let has_seen_all = self.source.live.regions.is_empty();
        let concerns = waivers::concerns(&set, has_seen_all.then_some(report.verdicts.as_slice()), facts.now);
        self.filters.keep_rows(&mut report)?;
        let asked = match self.filters.asked(&set, &report) {
            Asked::Everything if !has_seen_all => Asked::Part { silent: 0 },
            asked => asked,
        };
        let code = code(&report);
        let checked = Checked { set: &set, snapshot: &facts.snapshot, concerns: &concerns, asked, code };
        context.screen.print(&match self.output {
            Output::Json => render::json::pretty(&report)?,
            Output::Table => render::check::report(context.screen.look, &report, &checked),
        })?;
        Ok(code)
    }
}

/// A failure outranks what could not be verified.
fn code(report: &Report) -> ExitCode {
    match (report.has_failed(), report.is_incomplete()) {
        (true, _) => ExitCode::Failed,
        (false, true) => ExitCode::Unverified,
        (false, false) => ExitCode::Good,
    }
}
