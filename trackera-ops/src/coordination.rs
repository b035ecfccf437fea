//! Where the machines of a company meet, with failures as this program tells them.

use anyhow::anyhow;

use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::settings::InForce;
use crate::world::{self, Coordination, Settings, Shared};

/// What is declared.
///
/// # Errors
/// Fails when the declared store is a directory that is not there.
pub(crate) fn coordination(in_force: &InForce, settings: &Settings) -> Result<Coordination, Failure> {
    world::wait(Coordination::of(in_force, settings))?.map_err(|error| Failure::new(ExitCode::Unverified, error))
}

/// What is declared, for whoever approves.
///
/// # Errors
/// Fails when no store or nobody who may sign is declared: there is nowhere to approve, and nobody who could.
pub(crate) fn shared(in_force: &InForce) -> Result<Shared, Failure> {
    let Some(shared) = coordination(in_force, &Settings::default())?.shared() else {
        let error = anyhow!("trackera.yaml declares no store in which machines meet");
        return Err(Failure::usage(error).hint("declare `journal.coordination`".to_owned()));
    };
    if in_force.signers.is_none() {
        let error = anyhow!("trackera.yaml names nobody who may sign");
        return Err(Failure::usage(error).hint("name a file with `journal.allowed_signers`".to_owned()));
    }
    Ok(shared)
}
