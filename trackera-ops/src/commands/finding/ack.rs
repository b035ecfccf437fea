//! `finding ack`: a person's signed word that they know of a finding, left where the agent looks for it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use trackera_core::company::record::Store;
use trackera_journal::cosign::{Signers, sign};
use trackera_watch::acknowledgement::{Acknowledgement, NAMESPACE};

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::findings::{Logs, Standing, find, standings};
use crate::render::finding;
use crate::settings::InForce;
use crate::world;

const AFTER_HELP: &str = "\
An acknowledgement holds until the finding is closed: nobody is reminded of it,
and it is not handed on to others. The signature is made by `ssh-keygen -Y sign`,
so agents and FIDO2 keys work; the key must be among the allowed signers that
trackera.yaml names. The agent that leads writes it into its journal.

Example:
  trackera-ops finding ack 4f2a91 --journal /var/lib/trackera/journal --sign-with ~/.ssh/id_ed25519.pub";

const NO_PLACE: &str = "is the agent running here, and does `journal.coordination` in trackera.yaml name its store?";

/// An acknowledgement that is ready to be left.
struct Signed {
    id: String,
    by: String,
    name: String,
    message: Vec<u8>,
}

/// Acknowledge open findings with your SSH key.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The findings: six or more digits of their ids, or `POLICY/RESOURCE`.
    #[arg(required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    logs: Logs,
    /// Your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE")]
    sign_with: PathBuf,
    /// The agent's own directory, where it takes acknowledgements when trackera.yaml declares no coordination.
    #[arg(long, value_name = "DIRECTORY", default_value = "/var/lib/trackera")]
    directory: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&Policies { policies: Vec::new() })?;
        let standings = standings(&self.logs.read()?);
        let meant: Vec<&Standing> =
            self.ids.iter().map(|id| find(&standings, id).and_then(waiting)).collect::<Result<_, _>>()?;
        let signed: Vec<Signed> =
            meant.into_iter().map(|one| self.sign(&in_force, one)).collect::<Result<_, Failure>>()?;
        let messages = signed.iter().map(|one| (one.name.clone(), one.message.clone())).collect();
        let left = world::leave(&self.store(&in_force), messages).context("the acknowledgement was not left");
        left.map_err(|error| Failure::new(ExitCode::Unverified, error).hint(NO_PLACE.to_owned()))?;
        for Signed { id, by, .. } in &signed {
            context.screen.print(&finding::acknowledged(context.screen.look, id, by))?;
        }
        Ok(ExitCode::Good)
    }

    fn sign(&self, in_force: &InForce, one: &Standing) -> Result<Signed, Failure> {
        let (id, opening) = (one.key.digest(), one.finding.opening);
        let given = Acknowledgement { finding: id.clone(), opening, at: world::now() };
        let signature = sign(&self.sign_with, NAMESPACE, given.statement().as_bytes()).map_err(Failure::usage)?;
        let by = signer(in_force, &given, &signature)?;
        Ok(Signed { id, by, name: given.name(&signature), message: given.message(signature)? })
    }

    /// Where acknowledgements go.
    fn store(&self, in_force: &InForce) -> Store {
        let declared = in_force.configuration.as_ref().and_then(|(_, read)| read.journal.coordination.as_ref());
        match declared.map(|store| store.value().clone()) {
            Some(store) => world::declared_store(&store, in_force),
            None => Store::Directory(self.directory.join("coordination").display().to_string()),
        }
    }
}

/// Only what is open and nobody knows of waits for a person.
fn waiting(one: &Standing) -> Result<&Standing, Failure> {
    let id = one.key.digest();
    if !one.is_open() {
        return Err(Failure::usage(anyhow!("the finding `{id}` is not open")));
    }
    match &one.finding.acknowledged_by {
        None => Ok(one),
        Some(by) => Err(Failure::usage(anyhow!("`{by}` acknowledged the finding `{id}` already"))),
    }
}

/// Who the agent will take the signature for.
fn signer(in_force: &InForce, given: &Acknowledgement, signature: &str) -> Result<String, Failure> {
    let hint = "name your key in the file that `journal.allowed_signers` in trackera.yaml names".to_owned();
    let Some(signers) = &in_force.signers else {
        let error = anyhow!("trackera.yaml names no allowed signers, so the agent would believe nobody");
        return Err(Failure::usage(error).hint(hint));
    };
    let nobody = BTreeSet::new();
    let signers = Signers { allowed: &signers.allowed, suspended: &nobody, at: given.at };
    let found = signers.signer_of((NAMESPACE, given.statement().as_bytes()), signature);
    let found = found.context("the agent would not believe your signature");
    found.map(|(principal, _)| principal).map_err(|error| Failure::usage(error).hint(hint))
}
