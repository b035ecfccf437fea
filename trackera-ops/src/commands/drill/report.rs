//! `drill report`: what came of a run of a drill.

use anyhow::anyhow;
use clap::Args;

use super::Context;
use crate::drills::reports;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::runs::Reading;

const AFTER_HELP: &str = "\
Exit codes: as those of the run itself. 0 the backup came back, 1 it did not,
3 nobody can tell, 5 something was left behind.

Examples:
  trackera-ops drill report product-dump
  trackera-ops drill report product-dump-261121031500 --output json";

/// Show what came of a drill, or of one run of it.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The drill, for its last run; or the run.
    which: String,
    #[command(flatten)]
    reading: Reading,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let reports = reports(&self.reading.here.read()?)?;
        let found = reports.iter().rfind(|report| report.run == self.which || report.drill == self.which);
        let Some(report) = found else {
            let error = anyhow!("no run of `{}` stands in the journal of this machine", self.which.escape_debug());
            return Err(Failure::usage(error).hint("`trackera-ops drill list` shows the drills".to_owned()));
        };
        context.print(self.reading.output, report, |look| render::drill::report(look, report))?;
        Ok(super::code(report))
    }
}
