//! `finding show`: one finding with everything that is known of it.

use clap::Args;

use super::Context;
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::findings::{Logs, find, outcome, standings};
use crate::render::finding;
use crate::world;

const AFTER_HELP: &str = "\
Exit codes: 0 it is closed, 1 its rule is broken, 2 there is no such finding, 3
it could not be verified, or a log cannot be relied on.

Examples:
  trackera-ops finding show 4f2a91 --journal /var/lib/trackera/journal
  trackera-ops finding show volumes-are-encrypted/vol-0a1b2c --journal /var/lib/trackera/journal";

/// Show one finding.
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
        let standings = standings(&self.logs.read()?);
        let one = find(&standings, &self.id)?;
        let line = finding::Line::of(one, world::now());
        context.print(self.output, &line, |look| finding::one(look, &line))?;
        Ok(outcome([one]))
    }
}
