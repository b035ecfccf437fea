//! `check`: the main job.

use std::path::PathBuf;

use clap::Args;
use trackera_core::resource::GLOBAL;
use trackera_core::verdict::{Report, Row, judge};

use super::Context;
use crate::baseline::Baseline;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::facts::{At, Source};
use crate::failure::Failure;
use crate::filters::{Asked, Filters};
use crate::render::report::{Checked, Format};
use crate::{render, waivers};

const AFTER_HELP: &str = "\
Exit codes: 0 every rule holds, 1 a rule is broken, 3 none is known to be
broken, but something could not be verified. With --baseline they count what
is new or worse than in the baseline.

Examples:
  trackera-ops check
  trackera-ops check --policies policies --regions eu-central-1,eu-west-1
  trackera-ops check --severity critical,high --output json
  trackera-ops check --from estate.json --now 2026-03-01T00:00:00Z
  trackera-ops check --output html > report.html
  trackera-ops check --baseline last-week.json";

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
    /// An earlier report (`--output json`): show only what changed since, and count only what is new or worse.
    ///
    /// What could not be looked for this time is unknown, never gone. A SARIF report holds every row and marks it.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let mut set = in_force.load_policies()?;
        self.filters.keep_policies(&mut set)?;
        let baseline = self.baseline.as_deref().map(Baseline::read).transpose()?;
        let facts = self.source.facts(context, &in_force, set.demand(), self.at)?;
        let company = in_force.company();
        let mut whole = judge(&set, &facts.circumstances(&company));
        // An exception for a place that nobody looked at is not one that covers nothing.
        let has_seen_all = self.source.live.regions.is_empty();
        let concerns = waivers::concerns(&set, has_seen_all.then_some(whole.verdicts.as_slice()), facts.now);
        self.filters.keep_rows(&mut whole)?;
        let compare = |baseline: Baseline| {
            baseline.compare(&mut whole, (&set, &facts.estate), |row| self.filters.wants(row) && self.looks_at(row))
        };
        let comparison = baseline.map(compare);
        let changed = comparison.as_ref().map(|comparison| comparison.changed(&whole));
        let report = changed.as_ref().unwrap_or(&whole);
        let asked = match self.filters.asked(&set, &whole) {
            Asked::Everything if !has_seen_all => Asked::Part { silent: 0 },
            asked => asked,
        };
        let checked = Checked {
            report,
            whole: &whole,
            comparison: comparison.as_ref(),
            set: &set,
            snapshot: &facts.snapshot,
            concerns: &concerns,
            asked,
            code: code(report),
        };
        if let Some(note) = self.output.untold(report) {
            context.screen.say(&render::failure::note(context.screen.talk, &note));
        }
        context.screen.print(&self.output.render(context.screen.look, &checked)?)?;
        Ok(checked.code)
    }

    /// Tells whether a row is of a place that this check was asked to look at.
    fn looks_at(&self, row: &Row) -> bool {
        let (regions, region) = (&self.source.live.regions, &row.resource.region);
        regions.is_empty() || regions.contains(region) || [GLOBAL, "*"].contains(&region.as_str())
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
