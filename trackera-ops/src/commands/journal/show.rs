//! `journal show`: what stands in the log.

use clap::Args;
use jiff::Timestamp;
use trackera_journal::entry::Entry;
use trackera_journal::kind::Kind;

use super::{Context, Log, unread};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

const AFTER_HELP: &str = "\
The chain of the entries is checked; their signatures are checked by `journal
verify`.

Examples:
  trackera-ops journal show --journal /var/lib/trackera/journal
  trackera-ops journal show --journal /var/lib/trackera/journal --kind finding --since 2026-03-01T00:00:00Z";

/// Show entries, the newest last.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: Log,
    /// Only entries of these kinds.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<Kind>,
    /// Only entries that were written at this moment or later.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// How many entries, counted from the newest.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    last: usize,
    /// How the entries are printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut entries = std::collections::VecDeque::new();
        let keep = |entry: Entry| {
            if self.wants(&entry) {
                entries.push_back(entry);
            }
            if entries.len() > self.last {
                entries.pop_front();
            }
        };
        self.log.reader()?.entries(keep).map_err(unread)?;
        let lines: Vec<render::journal::Line> = entries.iter().map(render::journal::Line::of).collect();
        context.print(self.output, &lines, |look| render::journal::lines(look, &lines))
    }

    fn wants(&self, entry: &Entry) -> bool {
        (self.kind.is_empty() || self.kind.contains(&entry.kind)) && self.since.is_none_or(|since| entry.at >= since)
    }
}
