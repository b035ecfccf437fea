//! `journal export`: the log as it is, for other tools.

use clap::Args;

use super::{Context, Log, unread};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

/// How many entries are in memory at once.
const CHUNK: u64 = 1 << 12;

const AFTER_HELP: &str = "\
Example:
  trackera-ops journal export --journal /var/lib/trackera/journal > journal.jsonl";

/// Print every entry as one line of JSON, byte for byte as it was signed.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: Log,
    /// The first entry, counted from zero.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    from: u64,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let reader = self.log.reader()?;
        // A damaged log is not exported as if it were whole.
        let mut end = 0;
        reader.entries(|entry| end = entry.sequence + 1).map_err(unread)?;
        let mut first = self.from;
        while first < end {
            let next = end.min(first + CHUNK);
            let lines = reader.lines(first..next).map_err(unread)?;
            context.screen.write(|out| {
                lines.iter().try_for_each(|line| out.write_all(line).and_then(|()| out.write_all(b"\n")))
            })?;
            first = next;
        }
        Ok(ExitCode::Good)
    }
}
