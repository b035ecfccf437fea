//! `waiver sign`: an approver's own signature over an exception, written into its file.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Loaded, Which, by_hand};
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;
use crate::waiver_file::sign;

const AFTER_HELP: &str = "\
The approver signs everything that the waiver allows: whoever changes it
afterwards makes it excuse nothing. The signature is made by `ssh-keygen -Y
sign`, so agents and FIDO2 keys work. Once `journal.allowed_signers` stands in
trackera.yaml, the key must be listed there for the approver, and not for the
owner.

Exit codes: 0 the waiver is signed, 2 it is not, and nothing changed.

Example:
  trackera-ops waiver sign volumes-have-an-owner vol-0a1b2c --sign-with ~/.ssh/id_ed25519.pub";

/// Sign an exception that you approve of.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE")]
    sign_with: PathBuf,
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(context, &self.policies)?;
        let written = loaded.written()?;
        let one = self.which.find(&loaded, &written)?;
        let signature = super::signature(one.waiver, &self.sign_with)?;
        let text = sign(&one.file.text, &one.text, &signature).ok_or_else(|| by_hand(&one.file.name))?;
        let proven = loaded.prove(one.changed(text, |item| item.signature = Some(signature)))?;
        proven.check_signature()?;
        proven.write()?;
        context.screen.print(&render::waivers::signed(context.screen.look, &one.place(), one.waiver))?;
        Ok(ExitCode::Good)
    }
}
