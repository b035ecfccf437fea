//! `approve suspend`: from now on somebody's signatures count for nothing; either admin can say so of the other.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use trackera_core::source::suggest;
use trackera_operations::approval::Suspension;

use super::{Context, leave, refused, signed, silent};
use crate::coordination::shared;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::settings::InForce;
use crate::{render, world};

/// How the fingerprint of a key begins.
const FINGERPRINT: &str = "SHA256:";

const AFTER_HELP: &str = "\
For a laptop that is lost, and for a colleague who is not themselves. It counts
at once, for everything that is not done yet; of two who accuse each other,
neither counts. Who is suspended lifts nothing, their own suspension least of
all.

Exit codes: 0 it counts, 2 usage, 3 the store does not answer, 4 refused.

Examples:
  trackera-ops approve suspend jonas --sign-with ~/.ssh/id_ed25519.pub
  trackera-ops approve suspend jonas --lift --sign-with ~/.ssh/id_ed25519.pub";

/// Let a signer count for nothing from now on.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// Whom: a name as `allowed_signers` has it, or the fingerprint of a key (`SHA256:...`).
    signer: String,
    /// Let them count again.
    #[arg(long)]
    lift: bool,
    /// Your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE")]
    sign_with: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let shared = shared(&in_force)?;
        let names = shared.allowed().principals();
        if !names.contains(&self.signer.as_str()) && !self.signer.starts_with(FINGERPRINT) {
            let error = anyhow!("nobody who may sign is called `{}`", self.signer.escape_debug());
            return Err(Failure::usage(error).hint(suggest(&self.signer, names)));
        }
        let is_suspended = world::wait(shared.office().suspended())?.map_err(silent)?.contains(&self.signer);
        if self.lift && !is_suspended {
            return Err(refused(anyhow!("`{}` is not suspended", self.signer.escape_debug())));
        }
        let paper = Suspension { whom: self.signer.clone(), lifted: self.lift, at: world::now() };
        let handed = signed(&self.sign_with, paper)?;
        let by = leave(&shared, &handed, None)?;
        context.screen.print(&render::approve::suspended(context.screen.look, &handed.paper, &by))?;
        Ok(ExitCode::Good)
    }
}
