//! `finding history`: everything that happened to a finding, and who was told.

use clap::Args;

use super::Context;
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::findings::{self, Logs};
use crate::render::finding;

const AFTER_HELP: &str = "\
Every line names the log and the entry in it: `journal prove` proves that it
stands there.

Example:
  trackera-ops finding history 4f2a91 --journal /var/lib/trackera/journal";

/// Show every change of a finding and every announcement of it, in their order.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The finding: six or more digits of its id, or `POLICY/RESOURCE`.
    id: String,
    #[command(flatten)]
    logs: Logs,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let recorded = self.logs.read()?;
        let key = findings::ever(&recorded, &self.id)?;
        let history = findings::history(&recorded, key);
        let lines: Vec<finding::Event<'_>> = history.into_iter().map(|one| finding::Event::of(one, key)).collect();
        context.print(self.output, &lines, |look| finding::history(look, &lines))
    }
}
