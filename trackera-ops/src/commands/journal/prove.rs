//! `journal prove`: that one entry stands in the log, for somebody who has the log's public key and nothing else.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use trackera_journal::keys::VerifierKey;
use trackera_journal::proof::{self, ProveError};

use super::{Context, open, unread};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::{render, world};

/// No proof is longer, in bytes: an entry is at most 64 KiB.
const LONGEST: u64 = 1 << 20;

const AFTER_HELP: &str = "\
Examples:
  trackera-ops journal prove 4711 --journal /var/lib/trackera/journal > entry-4711.json
  trackera-ops journal prove --check entry-4711.json --key agent.example+1a2b3c4d+AbCd...";

/// Prove that an entry stands in the log, or check such a proof.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The entry, counted from zero.
    #[arg(required_unless_present = "check", requires = "journal")]
    sequence: Option<u64>,
    /// The directory of the log.
    #[arg(long, value_name = "DIRECTORY", env = "TRACKERA_JOURNAL")]
    journal: Option<PathBuf>,
    /// A proof to check.
    #[arg(long, value_name = "FILE", conflicts_with = "sequence", requires = "key")]
    check: Option<PathBuf>,
    /// The public key of the log, `NAME+ID+KEY`.
    #[arg(long, value_name = "KEY", env = "TRACKERA_JOURNAL_KEY")]
    key: Option<VerifierKey>,
}

/// An entry and its proof (C2SP tlog-proof).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    entry: String,
    proof: String,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match (&self.check, &self.key, self.sequence, &self.journal) {
            (Some(file), Some(key), ..) => check(context, file, key),
            (None, _, Some(sequence), Some(journal)) => prove(context, sequence, journal),
            _ => Err(Failure::usage(anyhow!("name an entry and its log, or a proof and the key of its log"))),
        }
    }
}

fn prove(context: &Context<'_>, sequence: u64, journal: &Path) -> Result<ExitCode, Failure> {
    let (line, proof) = open(journal)?.prove(sequence).map_err(|error| match error {
        ProveError::Read(error) => unread(error),
        ProveError::Unsigned(_) => Failure::new(ExitCode::Unverified, error),
        ProveError::OutOfTree(_) => Failure::usage(error),
    })?;
    let proof = Proof { entry: String::from_utf8(line).context("the entry is no text")?, proof };
    context.screen.print(&render::json::pretty(&proof)?)?;
    Ok(ExitCode::Good)
}

fn check(context: &Context<'_>, file: &Path, key: &VerifierKey) -> Result<ExitCode, Failure> {
    let named = || format!("cannot use the proof `{}`", file.display());
    let bytes = world::read(file, LONGEST).with_context(named).map_err(Failure::usage)?;
    let given: Proof = serde_json::from_slice(&bytes).with_context(named).map_err(Failure::usage)?;
    let proven = proof::verify(given.entry.as_bytes(), &given.proof, key);
    let (sequence, checkpoint) = proven.map_err(|error| Failure::new(ExitCode::Failed, error))?;
    context.screen.print(&render::journal::proven(context.screen.look, sequence, &checkpoint))?;
    Ok(ExitCode::Good)
}
