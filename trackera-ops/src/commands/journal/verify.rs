//! `journal verify`: whether anybody changed the log.

use clap::Args;

use super::{Context, Key, Log, unread};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

const AFTER_HELP: &str = "\
Exit codes: 0 nothing is wrong, 1 the log is damaged or was changed, 3 it could
not be read. Entries after the last checkpoint are in order, but not signed yet.

Example:
  trackera-ops journal verify --journal /var/lib/trackera/journal --key agent.example+1a2b3c4d+AbCd...";

/// Verify every line, the chain, the tree, every checkpoint and all evidence, offline.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    key: Key,
    /// How the outcome is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let verified = self.log.reader()?.verify(&self.key.key).map_err(unread)?;
        let view = render::journal::Verification::of(&verified);
        context.print(self.output, &view, |look| view.table(look))?;
        Ok(if verified.is_sound() { ExitCode::Good } else { ExitCode::Failed })
    }
}
