//! Where the machines of a company meet: who holds what, what it takes to take a run over, and who agreed.
//!
//! Without a declared store nobody else can be there, nobody can take a run over, and nobody approves.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use trackera_core::company::record::Store;
use trackera_journal::mailbox::Mailbox;
use trackera_journal::signers::AllowedSigners;
use trackera_operations::approval::{Approvals, Nobody, Office};
use trackera_operations::locks::{Locks, StoreLocks, Unlocked};
use trackera_operations::recorder::{Copies, Outside};

use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::settings::InForce;
use crate::world::{self, Settings};

/// Where runs stand in the store, beside what agents keep there.
const BELOW: &str = "operations";

/// The store that the configuration declares, if it does.
#[derive(Debug)]
pub(crate) struct Coordination(Option<Shared>);

/// A store for coordination, and whose signatures count.
#[derive(Debug)]
pub(crate) struct Shared {
    place: Mailbox,
    allowed: AllowedSigners,
}

impl Coordination {
    /// What is declared.
    ///
    /// # Errors
    /// Fails when the declared store is a directory that is not there.
    pub(crate) fn of(in_force: &InForce, settings: &Settings) -> Result<Self, Failure> {
        let declared = in_force.configuration.as_ref().and_then(|(_, read)| read.journal.coordination.as_ref());
        let store = match declared.map(|store| store.value().clone()) {
            None => return Ok(Self(None)),
            Some(Store::Directory(named)) => Store::Directory(in_force.place(&named).display().to_string()),
            Some(bucket @ Store::Bucket { .. }) => bucket,
        };
        let place = world::wait(world::coordination(&store, settings, BELOW))?;
        let place = place.context("the store of `journal.coordination` cannot be used");
        let place = place.map_err(|error| Failure::new(ExitCode::Unverified, error))?;
        let allowed = in_force.signers.as_ref().map(|signers| signers.allowed.clone()).unwrap_or_default();
        Ok(Self(Some(Shared { place, allowed })))
    }

    /// Who else may not run now; `holder` is a name that no other process has.
    pub(crate) fn locks(&self, holder: String) -> Box<dyn Locks> {
        match &self.0 {
            None => Box::new(Unlocked),
            Some(Shared { place, .. }) => Box::new(StoreLocks {
                store: Arc::clone(&place.store),
                prefix: place.prefix.clone().join("locks"),
                holder,
                timeout: place.timeout,
                clock: Arc::new(world::Machine::new()),
            }),
        }
    }

    /// Where records go besides the journal of this machine.
    pub(crate) fn outside(&self) -> Outside {
        self.0.as_ref().map_or(Outside::Nowhere, |shared| Outside::Store(shared.copies()))
    }

    /// Who agreed.
    pub(crate) fn approvals(&self) -> Box<dyn Approvals> {
        match &self.0 {
            None => Box::new(Nobody),
            Some(shared) => Box::new(shared.office()),
        }
    }
}

impl Shared {
    /// What is declared, for whoever approves.
    ///
    /// # Errors
    /// Fails when no store or nobody who may sign is declared: there is nowhere to approve, and nobody who could.
    pub(crate) fn declared(in_force: &InForce) -> Result<Self, Failure> {
        let Coordination(Some(shared)) = Coordination::of(in_force, &Settings::default())? else {
            let error = anyhow!("trackera.yaml declares no store in which machines meet");
            return Err(Failure::usage(error).hint("declare `journal.coordination`".to_owned()));
        };
        if in_force.signers.is_none() {
            let error = anyhow!("trackera.yaml names nobody who may sign");
            return Err(Failure::usage(error).hint("name a file with `journal.allowed_signers`".to_owned()));
        }
        Ok(shared)
    }

    /// What other machines told of their runs.
    pub(crate) fn copies(&self) -> Copies {
        let Mailbox { store, prefix, timeout } = &self.place;
        Copies::new(Arc::clone(store), prefix.clone(), *timeout)
    }

    /// Where papers lie.
    pub(crate) fn office(&self) -> Office {
        Office {
            store: Arc::clone(&self.place.store),
            prefix: self.place.prefix.clone().join("office"),
            timeout: self.place.timeout,
            allowed: self.allowed.clone(),
            suspended: BTreeSet::new(),
            clock: Arc::new(world::Machine::new()),
        }
    }

    /// Whose signatures count.
    pub(crate) const fn allowed(&self) -> &AllowedSigners {
        &self.allowed
    }
}
