//! The journal of this machine, in which runs are written down: opened when something is done, read when something is shown.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use serde::Serialize;
use trackera_core::recovery::drill::Record as History;
use trackera_journal::commit::Journal;
use trackera_journal::entry::{Draft, Entry};
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::reader::Reader;
use trackera_operations::drill::history;
use trackera_operations::record::Record;
use trackera_operations::state::{RunState, fold};

use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::world;

/// Where the journal of this machine is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Here {
    /// The directory of this machine's own journal and its key [default: `trackera` below `$XDG_STATE_HOME` or
    /// `~/.local/state`].
    #[arg(long, value_name = "DIRECTORY", env = "TRACKERA_STATE")]
    state: Option<PathBuf>,
}

/// Which journal is read, and how what stands there is printed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Reading {
    #[command(flatten)]
    pub(crate) here: Here,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// Where a run is written down, how what came of it is printed, and how AWS is reached.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Going {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) live: Live,
}

/// What the journal of this machine tells.
#[derive(Debug)]
pub(crate) struct Runs {
    reader: Option<Reader>,
}

/// The journal of this machine, opened for writing. Nobody else writes while this is held.
#[derive(Debug)]
pub(crate) struct Open {
    /// The journal.
    pub(crate) journal: Arc<Journal>,
    key: SignerKey,
}

impl Here {
    fn named(&self) -> Option<PathBuf> {
        self.state.clone().or_else(world::usual_state)
    }

    fn directory(&self) -> Result<PathBuf, Failure> {
        let unknown = || Failure::usage(anyhow!("nobody says where this machine keeps its journal")).hint(hint());
        self.named().ok_or_else(unknown)
    }

    /// What the journal tells of drills; nothing where there is none.
    ///
    /// # Errors
    /// Fails when it cannot be relied on.
    pub(crate) fn history(&self) -> Result<Option<History>, Failure> {
        let reader = self.named().and_then(|directory| world::home(directory).reader());
        Runs { reader }.history()
    }

    /// Opens the journal for reading; one that was never written to is empty.
    ///
    /// # Errors
    /// Fails when nobody says where it is.
    pub(crate) fn read(&self) -> Result<Runs, Failure> {
        Ok(Runs { reader: world::home(self.directory()?).reader() })
    }

    /// Opens the journal for writing; its key is made the first time.
    ///
    /// # Errors
    /// Fails when it is damaged, somebody else writes into it, or the key cannot be used.
    pub(crate) fn open(&self) -> Result<Open, Failure> {
        let directory = self.directory()?;
        let opened = world::home(directory.clone()).open();
        let (journal, key, _) =
            opened.with_context(|| format!("cannot write the journal in `{}`", directory.display()))?;
        Ok(Open { journal: Arc::new(journal), key })
    }
}

fn hint() -> String {
    "name a directory with --state".to_owned()
}

fn damaged(error: anyhow::Error) -> Failure {
    let hint = "`trackera-ops journal verify` names everything that is wrong with it".to_owned();
    Failure::new(ExitCode::Unverified, error).hint(hint)
}

impl Runs {
    /// Every entry, in its order.
    ///
    /// # Errors
    /// Fails when the journal cannot be relied on.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let mut entries = Vec::new();
        let Some(reader) = &self.reader else { return Ok(entries) };
        reader.entries(|entry| entries.push(entry)).map_err(|error| damaged(error.into()))?;
        Ok(entries)
    }

    /// What is told of drills; nothing where there is no journal.
    ///
    /// # Errors
    /// Fails when the journal cannot be relied on.
    pub(crate) fn history(&self) -> Result<Option<History>, Failure> {
        self.reader.as_ref().map(history).transpose().map_err(|error| damaged(error.into()))
    }

    /// Whether somebody writes into the journal now.
    ///
    /// # Errors
    /// Fails when nobody can tell.
    pub(crate) fn is_written(&self) -> Result<bool, Failure> {
        let asked = self.reader.as_ref().map(Reader::is_written).transpose();
        Ok(asked.context("cannot tell whether somebody writes into the journal")?.unwrap_or_default())
    }

    /// What is known of every run, in the order of their starts.
    ///
    /// # Errors
    /// Fails when the journal cannot be relied on, or tells no story.
    pub(crate) fn states(&self) -> Result<Vec<RunState>, Failure> {
        fold(&self.records()?).map_err(|error| Failure::new(ExitCode::Unverified, error))
    }

    /// Every record of every run, in their order.
    ///
    /// # Errors
    /// Fails when the journal cannot be relied on.
    pub(crate) fn records(&self) -> Result<Vec<Record>, Failure> {
        let unread = |error: anyhow::Error| Failure::new(ExitCode::Unverified, error);
        let mut records = Vec::new();
        for entry in self.entries()?.iter().filter(|entry| Record::KINDS.contains(&entry.kind)) {
            let record = Record::from_body(entry.body.get()).with_context(|| format!("entry {}", entry.sequence));
            records.extend(record.map_err(unread)?);
        }
        Ok(records)
    }
}

impl Open {
    /// Writes one entry of its own.
    ///
    /// # Errors
    /// Fails when it cannot be made durable.
    pub(crate) fn write(&self, at: Timestamp, kind: Kind, body: &impl Serialize) -> Result<(), Failure> {
        let draft = Draft::new(at, kind, body)?;
        self.journal.append(vec![draft]).context("cannot write into the journal of this machine")?;
        Ok(())
    }

    /// Signs everything that was written.
    ///
    /// # Errors
    /// Fails when the signature cannot be kept.
    pub(crate) fn sign(&self) -> Result<(), Failure> {
        self.journal.checkpoint(&self.key).context("cannot sign the journal of this machine")?;
        Ok(())
    }

    /// A name that nobody else has who writes at the same time: that of the key, which belongs to this journal alone.
    pub(crate) fn writer(&self) -> String {
        world::writer(&self.key)
    }

    /// What it tells.
    pub(crate) fn runs(&self) -> Runs {
        Runs { reader: Some(self.journal.reader()) }
    }
}
