//! `finding list`: what is open now.

use clap::Args;

use super::Context;
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::findings::{Logs, outcome, standings};
use crate::render::finding;
use crate::world;

const AFTER_HELP: &str = "\
The chain of the entries is checked; their signatures are checked by `journal
verify`. With the logs of all agents, findings stand as the agents see them.

Exit codes: 0 nothing is open, 1 a rule is broken, 2 usage, 3 something could
not be verified, or a log cannot be relied on.

Examples:
  trackera-ops finding list --journal /var/lib/trackera/journal
  trackera-ops finding list --journal /var/lib/trackera/journal --all --output json";

/// List the open findings, the worst first.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    logs: Logs,
    /// List also those that are closed.
    #[arg(long)]
    all: bool,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let standings = standings(&self.logs.read()?);
        let code = outcome(&standings);
        let now = world::now();
        let shown = standings.iter().filter(|one| self.all || one.is_open());
        let lines: Vec<finding::Line<'_>> = shown.map(|one| finding::Line::of(one, now)).collect();
        context.print(self.output, &lines, |look| finding::list(look, &lines))?;
        Ok(code)
    }
}
