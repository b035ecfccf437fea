//! Leases by name: one for each run, and one for everything that a plan locks.
//!
//! A lease that was given back says so, so that the next run need not watch it for its whole time to live. The clock
//! that counts is the challenger's own; see [`trackera_journal::lease`].

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::ObjectStore;
use object_store::path::Path;
use thiserror::Error;
use trackera_journal::digest::Digest;
use trackera_journal::lease::{Attempt, Conclusion, Lease, LeaseError, LeaseStore, Sighting, Watch};

use crate::clock::Clock;

/// How long a holder may be silent before somebody else takes over.
pub const TIME_TO_LIVE: Duration = Duration::from_secs(60);

const LOOKED_EVERY: Duration = Duration::from_secs(3);
const GIVEN_BACK: &str = "given-back";

/// Why a lock is not held.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else holds it, and lives.
    #[error("`{name}` is held by `{by}`: wait for them to end, or ask them")]
    Held {
        /// The lock.
        name: String,
        /// Who holds it.
        by: String,
    },
    /// It is in doubt: whoever sees this changes nothing more.
    #[error("the lock `{name}` is in doubt")]
    Doubt {
        /// The lock.
        name: String,
        /// Why.
        #[source]
        source: LeaseError,
    },
}

/// Gives locks by name.
#[async_trait]
pub trait Locks: Send + Sync + Debug {
    /// Takes a lock; it may take as long as it takes to see whether a silent holder still lives.
    ///
    /// # Errors
    /// When somebody else holds it, or nobody can tell.
    async fn take(&self, name: &str) -> Result<Box<dyn Held>, LockError>;
}

/// A lock that is held.
#[async_trait]
pub trait Held: Send + Sync + Debug {
    /// The epoch that records carry.
    fn epoch(&self) -> u64;

    /// How often it must be renewed.
    fn every(&self) -> Duration;

    /// Shows that the holder lives.
    ///
    /// # Errors
    /// When the lock is lost, or nobody can tell.
    async fn renew(&mut self) -> Result<(), LockError>;

    /// Gives it back. When that fails, the next one waits longer, and nothing else.
    async fn release(&mut self);
}

/// Locks as leases in a store for coordination.
#[derive(Debug)]
pub struct StoreLocks {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// Where the leases lie.
    pub prefix: Path,
    /// Who takes them: a name that no other process has at the same time, because its journal is locked.
    pub holder: String,
    /// How long a call to the store may take.
    pub timeout: Duration,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Leased {
    name: String,
    leases: LeaseStore,
    lease: Lease,
    clock: Arc<dyn Clock>,
    beat: u64,
}

#[async_trait]
impl Locks for StoreLocks {
    async fn take(&self, name: &str) -> Result<Box<dyn Held>, LockError> {
        // A name may have letters that no path should have.
        let part = Digest::of(name.as_bytes()).to_string();
        let prefix = self.prefix.clone().join(part.get(..32).unwrap_or_default());
        let leases = LeaseStore { store: Arc::clone(&self.store), prefix, timeout: self.timeout };
        let doubt = |source| LockError::Doubt { name: name.to_owned(), source };
        let mut watch = Watch::new(TIME_TO_LIVE);
        let mut first: Option<Sighting> = None;
        loop {
            let asked = self.clock.monotonic();
            let seen = leases.look().await.map_err(doubt)?;
            let conclusion = watch.saw(seen.clone(), asked..self.clock.monotonic());
            if conclusion == Conclusion::Free || seen.token.as_deref() == Some(GIVEN_BACK) || self.is_own(&seen) {
                let monotonic = self.clock.monotonic();
                if let Attempt::Taken(lease) =
                    leases.take(&seen, &self.holder, (&watch, monotonic)).await.map_err(doubt)?
                {
                    let clock = Arc::clone(&self.clock);
                    return Ok(Box::new(Leased { name: name.to_owned(), leases, lease, clock, beat: 0 }));
                }
                continue;
            }
            if first.get_or_insert_with(|| seen.clone()) != &seen {
                let by = seen.holder.map_or_else(String::new, |holder| holder.holder);
                return Err(LockError::Held { name: name.to_owned(), by });
            }
            self.clock.sleep(LOOKED_EVERY).await;
        }
    }
}

impl StoreLocks {
    /// The lock on the journal makes sure that no other process has this name: it was this holder before it ended.
    fn is_own(&self, seen: &Sighting) -> bool {
        seen.holder.as_ref().is_some_and(|holder| holder.holder == self.holder)
    }
}

#[async_trait]
impl Held for Leased {
    fn epoch(&self) -> u64 {
        self.lease.epoch()
    }

    fn every(&self) -> Duration {
        TIME_TO_LIVE / 6
    }

    async fn renew(&mut self) -> Result<(), LockError> {
        self.beat += 1;
        let (token, monotonic) = (self.beat.to_string(), self.clock.monotonic());
        let renewed = self.leases.renew(&mut self.lease, &token, monotonic).await;
        // A store that is silent for a moment takes nothing away as long as nobody else can hold the lock.
        let held = renewed.or_else(|error| match error {
            LeaseError::Store(_) | LeaseError::Timeout => self.lease.check(self.clock.monotonic()).map(drop),
            LeaseError::TakenOver(_) | LeaseError::Expired(_) | LeaseError::Damaged(_) => Err(error),
        });
        held.map_err(|source| LockError::Doubt { name: self.name.clone(), source })
    }

    async fn release(&mut self) {
        let monotonic = self.clock.monotonic();
        drop(self.leases.renew(&mut self.lease, GIVEN_BACK, monotonic).await);
    }
}

/// Nobody else can be there: for rehearsals and for plans that change nothing but this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlocked;

#[async_trait]
impl Locks for Unlocked {
    async fn take(&self, _: &str) -> Result<Box<dyn Held>, LockError> {
        Ok(Box::new(Self))
    }
}

#[async_trait]
impl Held for Unlocked {
    fn epoch(&self) -> u64 {
        0
    }

    fn every(&self) -> Duration {
        Duration::MAX
    }

    async fn renew(&mut self) -> Result<(), LockError> {
        Ok(())
    }

    async fn release(&mut self) {}
}
