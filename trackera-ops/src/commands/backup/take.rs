//! `backup take`: a dump, and apart from it the manifest of the very same snapshot.

use anyhow::anyhow;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use trackera_core::recovery::manifest::{Backup, Compression, Format};
use trackera_journal::kind::Kind;

use super::Context;
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::runs::Here;
use crate::settings::InForce;
use crate::world::Taking;
use crate::{render, world};

const AFTER_HELP: &str = "\
The database is read in one snapshot, which the dump and its manifest share:
for every table the number of its rows and the sum of their hashes. The
manifest goes to another place than the dump, and last, so that a backup
without one never looks whole.

Exit codes: 0 the backup is taken, 1 it is not and nothing of it is left on this
machine, 2 usage.

Example:
  trackera-ops backup take";

/// The form of a dump.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Form {
    /// One archive, restored in parallel.
    #[default]
    Custom,
    /// A file for each table, written and restored in parallel.
    Directory,
    /// A script of SQL.
    Plain,
}

/// Take a backup of the product database, with a manifest.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The form of the dump.
    #[arg(long, value_enum, default_value_t)]
    form: Form,
    /// Leave the dump uncompressed.
    #[arg(long)]
    uncompressed: bool,
    #[command(flatten)]
    here: Here,
    #[command(flatten)]
    live: Live,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// A backup that was taken.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    /// Its name: that of the database, and the moment.
    pub(crate) name: String,
    /// Where its files are.
    pub(crate) files: String,
    /// Where its manifest is.
    pub(crate) manifest: String,
    /// When its content was current, by the database's clock.
    pub(crate) taken_at: Timestamp,
    /// How many bytes its files have.
    pub(crate) bytes: u64,
    /// How many tables it holds.
    pub(crate) tables: usize,
    /// How many rows.
    pub(crate) rows: u64,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let database = in_force.database().ok_or_else(|| {
            let error = anyhow!("the configuration declares no product database");
            Failure::usage(error).hint("add the section `database:` to trackera.yaml".to_owned())
        })?;
        let Some(dumps) = database.dumps.clone() else {
            let error = anyhow!("the configuration does not say where dumps go");
            return Err(Failure::usage(error).hint("add `dumps:` to the section `database:`".to_owned()));
        };
        // Opened first: what cannot be written down is not begun.
        let open = self.here.open()?;
        let name = format!("{}-{}", database.name, world::now().strftime("%Y%m%dT%H%M%SZ"));
        let taking = Taking {
            database: &database,
            dumps: &dumps,
            beside: &in_force.place(""),
            name: &name,
            format: self.format(),
            compression: if self.uncompressed { Compression::None } else { Compression::Zstd },
        };
        let say = |text: &str| context.screen.say(&format!("{text}\n"));
        let backup = world::take_backup(&taking, &self.live.settings(), &say);
        let backup = backup.map_err(|error| Failure::new(ExitCode::Failed, error))?;
        let taken = taken(&taking, &backup);
        open.write(world::now(), Kind::Outcome, &serde_json::json!({ "backup": taken }))?;
        open.sign()?;
        context.print(self.output, &taken, |look| render::backup::taken(look, &taken))
    }

    fn format(&self) -> Format {
        match self.form {
            Form::Custom => Format::Custom,
            Form::Directory => Format::Directory,
            Form::Plain => Format::Plain,
        }
    }
}

fn taken(taking: &Taking<'_>, backup: &Backup) -> Taken {
    let (to, kept) = (&taking.dumps.to, taking.dumps.manifests.value());
    Taken {
        name: taking.name.to_owned(),
        files: format!("{}/{}{}/", to.bucket, to.prefix, taking.name),
        manifest: format!("{}/{}{}.json", kept.bucket, kept.prefix, taking.name),
        taken_at: backup.manifest.taken_at,
        bytes: backup.dump.files.iter().map(|file| file.bytes).sum(),
        tables: backup.manifest.tables.len(),
        rows: backup.manifest.rows(),
    }
}
