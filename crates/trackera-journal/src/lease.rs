//! Leases: who may write, by create-only numbered objects (`epoch/000007`), which every store can do.
//!
//! A holder shows that it lives by changing a token under its epoch. A challenger watches one token unchanged for the
//! whole time to live, by its own monotonic clock, and then tries to create the next epoch: the store lets one win.
//! No clock of one machine is ever compared with that of another.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use serde::{Deserialize, Serialize};

/// A place for one lease in a store without retention.
#[derive(Debug, Clone)]
pub struct LeaseStore {
    /// The store for coordination.
    pub store: Arc<dyn ObjectStore>,
    /// What the lease is about, as a path below which its epochs lie.
    pub prefix: Path,
    /// How long a call to the store may take.
    pub timeout: Duration,
}

/// Who holds an epoch, as its object says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The epoch. It only grows.
    pub epoch: u64,
    /// The name of the holder.
    pub holder: String,
}

/// What a challenger saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The newest epoch and its holder; none where the lease was never taken.
    pub holder: Option<Holder>,
    /// The token under that epoch.
    pub token: Option<String>,
}

/// What a challenger concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Nobody holds the lease: the challenger may try to create the next epoch.
    Free,
    /// Its holder lives, or has not been watched for long enough.
    Held,
}

/// Watches one token over time.
#[derive(Debug, Clone)]
pub struct Watch {
    time_to_live: Duration,
    unchanged: Option<(Sighting, Duration)>,
}

/// A lease as its holder has it.
#[derive(Debug, Clone)]
pub struct Lease {
    holder: Holder,
    time_to_live: Duration,
    renewed_at: Duration,
}

/// What became of an attempt to take a lease.
#[derive(Debug)]
pub enum Attempt {
    /// It is held.
    Taken(Lease),
    /// Somebody else was first.
    Lost,
}

/// Why a lease is in doubt. Whoever holds one and sees this stops writing.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The store refuses or does not answer.
    #[error("the store of leases does not answer")]
    Store(#[source] object_store::Error),
    /// The store did not answer in time.
    #[error("the store of leases did not answer in time")]
    Timeout,
    /// An object of the lease is not what was written.
    #[error("`{0}` in the store of leases is damaged: find out who wrote it")]
    Damaged(String),
    /// A newer epoch exists.
    #[error("the lease of epoch {0} was taken over by a newer epoch: stop writing")]
    TakenOver(u64),
    /// It was not renewed in time.
    #[error("the lease of epoch {0} was not renewed in time, and another may hold it now: stop writing")]
    Expired(u64),
}

impl Watch {
    /// A watch over a lease with this time to live.
    #[must_use]
    pub const fn new(time_to_live: Duration) -> Self {
        Self { time_to_live, unchanged: None }
    }

    /// Takes what was seen, with the moments of the watcher's own monotonic clock at which it asked and was answered. A
    /// span counts from an answer to a question, so that a slow store never makes it longer than it was.
    pub fn saw(&mut self, sighting: Sighting, asked: Range<Duration>) -> Conclusion {
        if sighting.holder.is_none() {
            return Conclusion::Free;
        }
        let since = match &self.unchanged {
            Some((before, since)) if *before == sighting => *since,
            _ => asked.end,
        };
        self.unchanged = Some((sighting, since));
        let is_over = asked.start.saturating_sub(since) > self.time_to_live;
        if is_over { Conclusion::Free } else { Conclusion::Held }
    }
}

impl Lease {
    /// The epoch that every write carries.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.holder.epoch
    }

    /// Whether the holder may still write, by its own monotonic clock. Half the time to live is kept as a margin for
    /// what is already under way.
    ///
    /// # Errors
    /// When it was not renewed in time.
    pub fn check(&self, monotonic: Duration) -> Result<u64, LeaseError> {
        let is_fresh = monotonic.saturating_sub(self.renewed_at) <= self.time_to_live / 2;
        if is_fresh { Ok(self.holder.epoch) } else { Err(LeaseError::Expired(self.holder.epoch)) }
    }
}

impl LeaseStore {
    /// The newest epoch with its token.
    ///
    /// # Errors
    /// When the store does not answer, or its objects are damaged.
    pub async fn look(&self) -> Result<Sighting, LeaseError> {
        let directory = self.prefix.clone().join("epoch");
        let listed = self.within(self.store.list(Some(&directory)).try_collect::<Vec<_>>()).await?;
        let Some(newest) = listed.into_iter().map(|object| object.location).max() else {
            return Ok(Sighting { holder: None, token: None });
        };
        let damaged = || LeaseError::Damaged(newest.to_string());
        let holder: Holder = serde_json::from_slice(&self.get(&newest).await?).map_err(|_| damaged())?;
        if self.epoch_path(holder.epoch) != newest {
            return Err(damaged());
        }
        let token = match self.get(&self.token_path(holder.epoch)).await {
            Ok(bytes) => Some(String::from_utf8(bytes).map_err(|_| damaged())?),
            Err(LeaseError::Store(object_store::Error::NotFound { .. })) => None,
            Err(error) => return Err(error),
        };
        Ok(Sighting { holder: Some(holder), token })
    }

    /// Tries to take the lease after what was seen. The store lets one of all who try win.
    ///
    /// # Errors
    /// When the store does not answer: then it is unknown who holds it, and a next look tells.
    pub async fn take(&self, seen: &Sighting, holder: &str, watch: (&Watch, Duration)) -> Result<Attempt, LeaseError> {
        let (Watch { time_to_live, .. }, monotonic) = watch;
        let epoch = seen.holder.as_ref().map_or(1, |holder| holder.epoch + 1);
        let holder = Holder { epoch, holder: holder.to_owned() };
        let text = serde_json::to_vec(&holder).map_err(|_| LeaseError::Damaged(epoch.to_string()))?;
        let (path, create) = (self.epoch_path(epoch), PutOptions::from(PutMode::Create));
        match self.within(self.store.put_opts(&path, PutPayload::from(text), create)).await {
            Ok(_) => Ok(Attempt::Taken(Lease { holder, time_to_live: *time_to_live, renewed_at: monotonic })),
            Err(LeaseError::Store(
                object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. },
            )) => Ok(Attempt::Lost),
            Err(error) => Err(error),
        }
    }

    /// Shows that the holder lives: a new token, and the time at which its writing began.
    ///
    /// # Errors
    /// When the lease is lost, or the store does not answer.
    pub async fn renew(&self, lease: &mut Lease, token: &str, monotonic: Duration) -> Result<(), LeaseError> {
        let epoch = lease.holder.epoch;
        let next = self.epoch_path(epoch + 1);
        match self.within(self.store.head(&next)).await {
            Ok(_) => return Err(LeaseError::TakenOver(epoch)),
            Err(LeaseError::Store(object_store::Error::NotFound { .. })) => {}
            Err(error) => return Err(error),
        }
        let payload = PutPayload::from(token.as_bytes().to_vec());
        self.within(self.store.put(&self.token_path(epoch), payload)).await?;
        lease.renewed_at = monotonic;
        Ok(())
    }

    async fn get(&self, path: &Path) -> Result<Vec<u8>, LeaseError> {
        let read = async { self.store.get(path).await?.bytes().await };
        Ok(self.within(read).await?.to_vec())
    }

    async fn within<T>(&self, call: impl Future<Output = object_store::Result<T>>) -> Result<T, LeaseError> {
        let answer = tokio::time::timeout(self.timeout, call).await.map_err(|_| LeaseError::Timeout)?;
        answer.map_err(LeaseError::Store)
    }

    fn epoch_path(&self, epoch: u64) -> Path {
        self.prefix.clone().join("epoch").join(format!("{epoch:06}"))
    }

    fn token_path(&self, epoch: u64) -> Path {
        self.prefix.clone().join("token").join(format!("{epoch:06}"))
    }
}

#[cfg(test)]
mod tests;
