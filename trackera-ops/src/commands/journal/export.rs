//! `journal export`: the log for other tools, as it is, or its findings as columns.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};

use super::{Context, Log, unread};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::findings::recorded;
use crate::{columns, render, world};

/// How many entries are in memory at once.
const CHUNK: u64 = 1 << 12;

const AFTER_HELP: &str = "\
Findings as columns lie in one directory for each day, `day=YYYY-MM-DD`, which
query engines read as one table. Exported again, they are replaced.

Examples:
  trackera-ops journal export --journal /var/lib/trackera/journal > journal.jsonl
  trackera-ops journal export --journal /var/lib/trackera/journal --format parquet --to findings
  duckdb -c \"SELECT policy, count(*) FROM 'findings/*/*.parquet' GROUP BY policy\"";

/// The form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Every entry as one line of JSON, byte for byte as it was signed.
    #[default]
    Jsonl,
    /// The changes of findings as columns (Apache Parquet).
    Parquet,
}

/// Print every entry as one line of JSON, byte for byte as it was signed, or write findings as columns.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: Log,
    /// The first entry, counted from zero.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    from: u64,
    /// The form.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The directory that columns are written to.
    #[arg(long, value_name = "DIRECTORY", required_if_eq("format", "parquet"))]
    to: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match (self.format, &self.to) {
            (Format::Jsonl, None) => self.lines(context),
            (Format::Parquet, Some(directory)) => self.columns(context, directory),
            _ => Err(Failure::usage(anyhow!("--to is for --format parquet; lines are printed"))),
        }
    }

    fn lines(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
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

    fn columns(&self, context: &Context<'_>, directory: &Path) -> Result<ExitCode, Failure> {
        let name = self.log.journal.display().to_string();
        let mut entries = Vec::new();
        self.log.reader()?.entries(|entry| entries.push(entry)).map_err(unread)?;
        let wanted = entries.into_iter().filter(|entry| entry.sequence >= self.from);
        let records: Vec<_> =
            wanted.filter_map(|entry| recorded(&name, entry).transpose()).collect::<Result<_, Failure>>()?;
        let files = columns::files(&records)?;
        let written = world::write_documents(directory, &files);
        let written = written.with_context(|| format!("cannot write into `{}`", directory.display()));
        written.map_err(Failure::usage)?;
        context.screen.print(&render::journal::exported(context.screen.look, files.len(), directory))?;
        Ok(ExitCode::Good)
    }
}
