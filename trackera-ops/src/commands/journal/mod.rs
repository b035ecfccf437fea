//! The verbs about the journal: what was observed, decided and done, and whether anybody changed it since.

mod cosign;
mod export;
mod prove;
mod rebuild;
mod show;
mod status;
mod verify;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Subcommand;
use trackera_journal::damage::Damage;
use trackera_journal::keys::VerifierKey;
use trackera_journal::reader::{ReadError, Reader};
use trackera_journal::verify::Verified;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::world;

/// Read, verify and sign the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Status(status::Arguments),
    Show(show::Arguments),
    Verify(verify::Arguments),
    Prove(prove::Arguments),
    Cosign(cosign::Arguments),
    Export(export::Arguments),
    Rebuild(rebuild::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Status(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Verify(arguments) => arguments.run(context),
            Self::Prove(arguments) => arguments.run(context),
            Self::Cosign(arguments) => arguments.run(context),
            Self::Export(arguments) => arguments.run(context),
            Self::Rebuild(arguments) => arguments.run(context),
        }
    }
}

/// Which log.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Log {
    /// The directory of the log.
    #[arg(long, value_name = "DIRECTORY", env = "TRACKERA_JOURNAL")]
    pub(crate) journal: PathBuf,
}

impl Log {
    fn reader(&self) -> Result<Reader, Failure> {
        open(&self.journal)
    }
}

/// Whose log it is. The key comes from elsewhere than the log: whoever could change the one could change the other.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Key {
    /// The public key of the log, `NAME+ID+KEY`.
    #[arg(long, value_name = "KEY", env = "TRACKERA_JOURNAL_KEY")]
    pub(crate) key: VerifierKey,
}

/// A log in a directory.
fn open(directory: &std::path::Path) -> Result<Reader, Failure> {
    let reader = world::journal(directory);
    reader.ok_or_else(|| {
        let error = anyhow!("there is no journal in `{}`", directory.display());
        Failure::usage(error).hint("name the directory that the agent writes its log into".to_owned())
    })
}

/// Verifies a log that something is to be built on.
fn sound(reader: &Reader, key: &Key) -> Result<Verified, Failure> {
    let verified = reader.verify(&key.key).map_err(unread)?;
    verified.damages.first().map_or(Ok(()), |damage| Err(damaged(damage)))?;
    Ok(verified)
}

/// A damaged log is a failure; one that cannot be read proves nothing either way.
fn unread(error: ReadError) -> Failure {
    match error {
        ReadError::Damage(damage) => damaged(&damage),
        error @ ReadError::Io(..) => Failure::new(ExitCode::Unverified, error),
    }
}

fn damaged(damage: &Damage) -> Failure {
    Failure::new(ExitCode::Failed, anyhow!("the journal is damaged: {damage}")).hint(damage.hint().to_owned())
}
