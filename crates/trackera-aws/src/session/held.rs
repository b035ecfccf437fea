//! Credentials whose end can be seen, and that can be renewed before it.
//!
//! The SDK's own cache tells nobody what it holds, so clients are made without it and ask here.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Answer;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::sdk_config::SharedTimeSource;

/// Credentials that end sooner are asked for again, as the SDK's cache has it.
const TOO_SOON: Duration = Duration::from_secs(10);

/// A source of credentials and what it gave last.
#[derive(Debug)]
pub(crate) struct Held {
    source: SharedCredentialsProvider,
    time: SharedTimeSource,
    limit: Duration,
    held: Mutex<Option<Credentials>>,
}

impl Held {
    /// Nothing is asked yet.
    pub(super) fn new(source: SharedCredentialsProvider, time: SharedTimeSource, limit: Duration) -> Self {
        Self { source, time, limit, held: Mutex::new(None) }
    }

    /// When the credentials in use end; `None` for those that do not.
    pub(crate) async fn expires_at(&self) -> Result<Option<SystemTime>, CredentialsError> {
        self.give().await.map(|credentials| credentials.expiry())
    }

    /// Asks for new ones. Where there are none, those in use stay in use.
    pub(crate) async fn renew(&self) -> Result<Option<SystemTime>, CredentialsError> {
        self.ask().await.map(|credentials| credentials.expiry())
    }

    async fn give(&self) -> Result<Credentials, CredentialsError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lasts = |credentials: &Credentials| credentials.expiry().is_none_or(|end| end > self.time.now() + TOO_SOON);
        match held.filter(lasts) {
            Some(credentials) => Ok(credentials),
            None => self.ask().await,
        }
    }

    async fn ask(&self) -> Result<Credentials, CredentialsError> {
        let given = tokio::time::timeout(self.limit, self.source.provide_credentials()).await;
        let credentials = given.map_err(|_| CredentialsError::provider_timed_out(self.limit))??;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials.clone());
        Ok(credentials)
    }
}

impl ProvideCredentials for Held {
    fn provide_credentials<'a>(&'a self) -> Answer<'a>
    where
        Self: 'a,
    {
        Answer::new(self.give())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use aws_types::sdk_config::TimeSource;

    use super::*;

    /// A clock that a test sets, and a source whose credentials last a hundred seconds.
    #[derive(Clone, Debug, Default)]
    struct World {
        seconds: std::sync::Arc<AtomicU64>,
        asked: std::sync::Arc<AtomicU64>,
    }

    impl TimeSource for World {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds.load(Ordering::Relaxed))
        }
    }

    impl ProvideCredentials for World {
        fn provide_credentials<'a>(&'a self) -> Answer<'a>
        where
            Self: 'a,
        {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let end = self.now() + Duration::from_secs(100);
            Answer::ready(Ok(Credentials::new("key", "secret", None, Some(end), "test")))
        }
    }

    fn held(world: &World) -> Held {
        let source = SharedCredentialsProvider::new(world.clone());
        Held::new(source, SharedTimeSource::new(world.clone()), Duration::from_secs(1))
    }

    fn second(seconds: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[tokio::test]
    async fn the_end_that_is_told_is_that_of_the_credentials_in_use() {
        let world = World::default();
        let held = held(&world);
        assert_eq!(held.expires_at().await.unwrap(), second(100));
        world.seconds.store(50, Ordering::Relaxed);
        assert_eq!(held.provide_credentials().await.unwrap().expiry(), second(100));
        assert_eq!((held.expires_at().await.unwrap(), world.asked.load(Ordering::Relaxed)), (second(100), 1));
    }

    #[tokio::test]
    async fn credentials_that_end_are_asked_for_again_and_can_be_renewed_before() {
        let world = World::default();
        let held = held(&world);
        assert_eq!(held.expires_at().await.unwrap(), second(100));
        world.seconds.store(20, Ordering::Relaxed);
        assert_eq!(held.renew().await.unwrap(), second(120));
        assert_eq!(held.provide_credentials().await.unwrap().expiry(), second(120));
        world.seconds.store(111, Ordering::Relaxed);
        assert_eq!(held.expires_at().await.unwrap(), second(211));
    }
}
