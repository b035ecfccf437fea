//! Where the machines of a company meet: who holds what, what it takes to take a run over, and who agreed.
//!
//! Without a declared store nobody else can be there, nobody can take a run over, and nobody approves.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use trackera_aws::Settings;
use trackera_files::InForce;
use trackera_journal::mailbox::Mailbox;
use trackera_journal::signers::AllowedSigners;
use trackera_operations::approval::{Approvals, Nobody, Office};
use trackera_operations::locks::{Locks, StoreLocks, Unlocked};
use trackera_operations::recorder::{Copies, Outside};

use super::{Machine, declared_store, mailbox};

/// Where runs stand in the store, beside what agents keep there.
const BELOW: &str = "operations";

/// The store that the configuration declares, if it does.
#[derive(Debug)]
pub struct Coordination(Option<Shared>);

/// A store for coordination, and whose signatures count.
#[derive(Debug)]
pub struct Shared {
    place: Mailbox,
    allowed: AllowedSigners,
}

impl Coordination {
    /// What is declared.
    ///
    /// # Errors
    /// Fails when the declared store is a directory that is not there.
    pub async fn of(in_force: &InForce, settings: &Settings) -> anyhow::Result<Self> {
        let Some(declared) = in_force.journal().coordination else { return Ok(Self(None)) };
        let place = mailbox(&declared_store(declared.value(), in_force), settings, BELOW).await;
        let place = place.context("the store of `journal.coordination` cannot be used")?;
        let allowed = in_force.signers.as_ref().map(|signers| signers.allowed.clone()).unwrap_or_default();
        Ok(Self(Some(Shared { place, allowed })))
    }

    /// The store, if there is one.
    #[must_use]
    pub const fn as_shared(&self) -> Option<&Shared> {
        self.0.as_ref()
    }

    /// The store, if there is one.
    #[must_use]
    pub fn shared(self) -> Option<Shared> {
        self.0
    }

    /// Who else may not run now; `holder` is a name that no other process has.
    #[must_use]
    pub fn locks(&self, holder: String) -> Box<dyn Locks> {
        match &self.0 {
            None => Box::new(Unlocked),
            Some(Shared { place, .. }) => Box::new(StoreLocks {
                store: Arc::clone(&place.store),
                prefix: place.prefix.clone().join("locks"),
                holder,
                timeout: place.timeout,
                clock: Arc::new(Machine::new()),
            }),
        }
    }

    /// Where records go besides the journal of this machine.
    #[must_use]
    pub fn outside(&self) -> Outside {
        self.0.as_ref().map_or(Outside::Nowhere, |shared| Outside::Store(shared.copies()))
    }

    /// Where runs leave notices for the agent to announce, if machines meet.
    #[must_use]
    pub fn notices(&self) -> Option<Mailbox> {
        self.0.as_ref().map(Shared::notices)
    }

    /// Who agreed.
    #[must_use]
    pub fn approvals(&self) -> Box<dyn Approvals> {
        match &self.0 {
            None => Box::new(Nobody),
            Some(shared) => Box::new(shared.office()),
        }
    }
}

impl Shared {
    /// What other machines told of their runs.
    #[must_use]
    pub fn copies(&self) -> Copies {
        let Mailbox { store, prefix, timeout } = &self.place;
        Copies::new(Arc::clone(store), prefix.clone(), *timeout)
    }

    /// Where runs leave notices for the agent to announce.
    #[must_use]
    pub fn notices(&self) -> Mailbox {
        Mailbox { prefix: self.place.prefix.clone().join("notices"), ..self.place.clone() }
    }

    /// Where papers lie.
    #[must_use]
    pub fn office(&self) -> Office {
        Office {
            store: Arc::clone(&self.place.store),
            prefix: self.place.prefix.clone().join("office"),
            timeout: self.place.timeout,
            allowed: self.allowed.clone(),
            suspended: BTreeSet::new(),
            clock: Arc::new(Machine::new()),
        }
    }

    /// Whose signatures count.
    #[must_use]
    pub const fn allowed(&self) -> &AllowedSigners {
        &self.allowed
    }
}
