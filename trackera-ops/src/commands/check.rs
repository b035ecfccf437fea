//! `check`: the main job.

use std::path::PathBuf;

use clap::Args;
use trackera_core::estate::Estate;
use trackera_core::policy::PolicySet;
use trackera_core::resource::GLOBAL;
use trackera_core::verdict::{Assessment, Circumstances, Report, Row, Summary};

use super::Context;
use crate::baseline::{Baseline, Comparison};
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::facts::{At, Facts, Source};
use crate::failure::Failure;
use crate::filters::{Asked, Filters};
use crate::render::report::{Checked, Contents, Format};
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
        let mut source = self.source.ahead(&in_force, self.at)?;
        let mut set = in_force.load_foretelling(|drafts| source.foretell(&in_force, self.filters.kinds(drafts)))?;
        self.filters.keep_policies(&mut set)?;
        let baseline = self.baseline.as_deref().map(Baseline::read).transpose()?;
        let Facts { estate, now } = source.facts(context, &in_force, set.demand(), self.at)?;
        let company = in_force.company();
        let circumstances = Circumstances { estate: &estate, company: &company, now };
        let mut assessment = Assessment::new(&set, &circumstances);
        // An exception for a place that nobody looked at is not one that covers nothing.
        let has_seen_all = self.source.live.regions.is_empty();
        let concerns = waivers::concerns(&set, has_seen_all.then_some(&assessment), now);
        self.filters.keep_rows(&mut assessment)?;
        let compared = baseline.map(|baseline| self.compare(baseline, &assessment, (&set, &estate)));
        let (whole, report) = match &compared {
            None => (Contents::from(&assessment), Contents::from(&assessment)),
            Some(Compared { whole, changed, .. }) => (whole.into(), changed.into()),
        };
        let asked = match self.filters.asked(&set, &whole.summary) {
            Asked::Everything if !has_seen_all => Asked::Part { silent: 0 },
            asked => asked,
        };
        let checked = Checked {
            code: code(&report.summary),
            report,
            whole,
            comparison: compared.as_ref().map(|compared| &compared.comparison),
            set: &set,
            estate: &estate,
            concerns: &concerns,
            asked,
        };
        if let Some(note) = self.output.untold(checked.report.gaps) {
            context.screen.say(&render::failure::note(context.screen.talk, &note));
        }
        context.screen.write(|out| self.output.write(context.screen.look, &checked, out))?;
        Ok(checked.code)
    }

    fn compare(
        &self,
        baseline: Baseline,
        assessment: &Assessment<'_>,
        (set, estate): (&PolicySet, &Estate),
    ) -> Compared {
        let mut whole = assessment.report();
        let wanted = |row: &Row| self.filters.wants(&row.brief()) && self.looks_at(row);
        let comparison = baseline.compare(&mut whole, (set, estate), wanted);
        Compared { changed: comparison.changed(&whole), whole, comparison }
    }

    /// Tells whether a row is of a place that this check was asked to look at.
    fn looks_at(&self, row: &Row) -> bool {
        let (regions, region) = (&self.source.live.regions, &row.resource.region);
        regions.is_empty() || regions.contains(region) || [GLOBAL, "*"].contains(&region.as_str())
    }
}

/// A report beside an earlier one.
struct Compared {
    comparison: Comparison,
    whole: Report,
    changed: Report,
}

/// A failure outranks what could not be verified.
fn code(summary: &Summary) -> ExitCode {
    match (summary.has_failed(), summary.is_incomplete()) {
        (true, _) => ExitCode::Failed,
        (false, true) => ExitCode::Unverified,
        (false, false) => ExitCode::Good,
    }
}
