//! Who leads: one agent of a share looks and tells, and another takes over when it is silent.
//!
//! Whoever leads goes on while the store of leases does not answer. If another one reaches it and takes over, both say the
//! same under the same keys until this one learns of it; an agent that falls silent because a store is away would be
//! worse. Whoever cannot write down what it decides lets the lease go.

use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::path::Path;
use tokio::sync::watch;
use trackera_journal::lease::{Attempt, Conclusion, Lease, LeaseError, LeaseStore, Sighting, Watch};

use super::{Event, Inputs};
use crate::clock::Clock;

/// How long a leader may be silent.
const TIME_TO_LIVE: Duration = Duration::from_secs(30);
const RENEWED_EVERY: Duration = Duration::from_secs(5);
const LOOKED_EVERY: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(4);

/// One agent among those that could lead a share.
#[derive(Debug)]
pub(crate) struct Candidate {
    store: LeaseStore,
    name: String,
    clock: Arc<Clock>,
    /// Whether the agent can write down what it decides.
    writes: watch::Receiver<bool>,
}

/// What a look at the lease led to.
enum Turn {
    Leads(Lease),
    Waits,
}

impl Candidate {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        prefix: &Path,
        (share, name): (&str, &str),
        (clock, writes): (Arc<Clock>, watch::Receiver<bool>),
    ) -> Self {
        let prefix = prefix.clone().join("leases").join(share);
        Self { store: LeaseStore { store, prefix, timeout: PATIENCE }, name: name.to_owned(), clock, writes }
    }

    /// Waits for the lease, holds it, and waits again when it is lost.
    pub(crate) async fn stand(self, inputs: Inputs) {
        let mut watch = Watch::new(TIME_TO_LIVE);
        while !inputs.is_over() {
            if !*self.writes.borrow() {
                tokio::time::sleep(LOOKED_EVERY).await;
                continue;
            }
            match self.turn(&mut watch).await {
                Ok(Turn::Leads(lease)) => {
                    inputs.send(Event::Leads(lease.epoch())).await;
                    self.hold(lease, &inputs).await;
                    inputs.send(Event::Follows).await;
                    watch = Watch::new(TIME_TO_LIVE);
                }
                Ok(Turn::Waits) => tokio::time::sleep(LOOKED_EVERY).await,
                Err(error) => {
                    tracing::warn!("who leads cannot be told: {:#}", anyhow::Error::new(error));
                    tokio::time::sleep(LOOKED_EVERY).await;
                }
            }
        }
    }

    async fn turn(&self, watch: &mut Watch) -> Result<Turn, LeaseError> {
        let asked = self.clock.monotonic();
        let sighting = self.store.look().await?;
        let conclusion = watch.saw(sighting.clone(), asked..self.clock.monotonic());
        // The lock on the log makes sure that no other process has this name: it was this agent before it ended.
        let is_own = |sighting: &Sighting| sighting.holder.as_ref().is_some_and(|holder| holder.holder == self.name);
        match conclusion {
            Conclusion::Held if !is_own(&sighting) => Ok(Turn::Waits),
            Conclusion::Held | Conclusion::Free => {
                let taken = self.store.take(&sighting, &self.name, (watch, self.clock.monotonic())).await?;
                Ok(match taken {
                    Attempt::Taken(lease) => Turn::Leads(lease),
                    Attempt::Lost => Turn::Waits,
                })
            }
        }
    }

    async fn hold(&self, mut lease: Lease, inputs: &Inputs) {
        let (mut beat, mut wrote_at) = (0_u64, self.clock.monotonic());
        while !inputs.is_over() {
            if *self.writes.borrow() {
                wrote_at = self.clock.monotonic();
            } else if self.clock.monotonic().saturating_sub(wrote_at) > TIME_TO_LIVE {
                tracing::error!("this agent cannot write down what it decides, and lets the lead go");
                return;
            }
            beat += 1;
            match self.store.renew(&mut lease, &beat.to_string(), self.clock.monotonic()).await {
                Ok(()) => {}
                Err(LeaseError::TakenOver(epoch)) => {
                    tracing::warn!("another agent took the lead over after epoch {epoch}");
                    return;
                }
                Err(error) => {
                    tracing::warn!("the lease cannot be renewed, this agent goes on: {:#}", anyhow::Error::new(error));
                }
            }
            tokio::time::sleep(RENEWED_EVERY).await;
        }
    }
}
