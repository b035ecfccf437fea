//! `journal status`: how far the log is, and who signed it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use trackera_journal::cosign::Signers;
use trackera_journal::signers::AllowedSigners;

use super::{Context, Key, Log, sound, unread};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::{render, world};

/// No file of allowed signers is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Show how many entries there are, what the last checkpoint signs, and whose cosignatures count.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    key: Key,
    /// Who may cosign, in the form of OpenSSH's `allowed_signers`.
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
    /// Whose signatures count for nothing: a principal or the fingerprint of a key; may be given more than once.
    #[arg(long, value_name = "SIGNER")]
    suspended: Vec<String>,
    /// How the status is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let reader = self.log.reader()?;
        let verified = sound(&reader, &self.key)?;
        let cosigned = match &self.allowed_signers {
            None => None,
            Some(path) => {
                let allowed = allowed_signers(path)?;
                let suspended: BTreeSet<String> = self.suspended.iter().cloned().collect();
                let signers = Signers { allowed: &allowed, suspended: &suspended, at: world::now() };
                Some(reader.cosignatures(&signers).map_err(unread)?)
            }
        };
        let view = render::journal::Status::of(&verified, cosigned);
        context.print(self.output, &view, |look| view.table(look))
    }
}

fn allowed_signers(path: &std::path::Path) -> Result<AllowedSigners, Failure> {
    let named = |error: anyhow::Error| error.context(format!("cannot use the allowed signers `{}`", path.display()));
    let bytes = world::read(path, LONGEST).map_err(|error| Failure::usage(named(error.into())))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage(named(anyhow!("it is no text"))))?;
    AllowedSigners::parse(&text, &world::time_zone()).map_err(|error| Failure::usage(named(error.into())))
}
