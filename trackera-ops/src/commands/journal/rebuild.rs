//! `journal rebuild`: the projection for queries, made anew from the logs.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use trackera_journal::fold::fold;
use trackera_journal::project;

use super::{Context, open, unread};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

const AFTER_HELP: &str = "\
The projection holds nothing that the logs do not: delete it whenever you like.

Example:
  trackera-ops journal rebuild --journal /var/lib/trackera/journal --to journal.sqlite
  sqlite3 journal.sqlite \"SELECT at, body FROM entries WHERE kind = 'finding'\"";

/// Build the SQLite projection of one log or of many, ordered by lease and sequence.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The directory of a log; may be given more than once.
    #[arg(long, value_name = "DIRECTORY", required = true, env = "TRACKERA_JOURNAL")]
    journal: Vec<PathBuf>,
    /// The file of the projection; another one there is replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut logs = Vec::new();
        for directory in &self.journal {
            let mut entries = Vec::new();
            open(directory)?.entries(|entry| entries.push(entry)).map_err(unread)?;
            logs.push((directory.display().to_string(), entries));
        }
        let count = project::rebuild(&self.to, &fold(logs)).context("the projection was not built");
        let count = count.map_err(Failure::usage)?;
        context.screen.print(&render::journal::rebuilt(context.screen.look, count, &self.to))?;
        Ok(ExitCode::Good)
    }
}
