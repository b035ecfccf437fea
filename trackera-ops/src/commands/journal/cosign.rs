//! `journal cosign`: an admin's own signature below the newest checkpoint.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use trackera_journal::cosign::{CHECKPOINT_NAMESPACE, sign};

use super::{Context, Key, Log, sound, unread};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

const AFTER_HELP: &str = "\
The whole log is verified first: nobody signs what they have not seen. The
signature is made by `ssh-keygen -Y sign`, so agents and FIDO2 keys work.

Example:
  trackera-ops journal cosign --journal /var/lib/trackera/journal \\
    --key agent.example+1a2b3c4d+AbCd... --sign-with ~/.ssh/id_ed25519.pub";

/// Verify the log, and sign its newest checkpoint with your SSH key.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    key: Key,
    /// Your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE")]
    sign_with: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let reader = self.log.reader()?;
        let verified = sound(&reader, &self.key)?;
        if verified.checkpoints == 0 {
            let error = anyhow!("the log has no checkpoint yet: there is nothing to sign");
            return Err(Failure::new(ExitCode::Unverified, error));
        }
        let note = reader.note(verified.signed).map_err(unread)?;
        let signature = sign(&self.sign_with, CHECKPOINT_NAMESPACE, note.as_bytes()).map_err(Failure::usage)?;
        reader.keep_cosignature(verified.signed, &signature).map_err(unread)?;
        context.screen.print(&render::journal::cosigned(context.screen.look, &verified))?;
        Ok(ExitCode::Good)
    }
}
