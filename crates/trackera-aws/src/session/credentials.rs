//! Credentials that are asked for once, before the first call.
//!
//! Without this, every single call would search the whole chain again when there are no credentials, and would run into
//! its time limit instead of saying so.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Answer;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_types::error::display::DisplayErrorContext;
use tracing::debug;

/// A source that gave credentials; the first ones are handed on without asking again.
#[derive(Debug)]
pub(super) struct AskedOnce {
    source: SharedCredentialsProvider,
    first: Mutex<Option<Credentials>>,
}

/// A source that gave none.
#[derive(Debug)]
pub(super) struct Unavailable {
    reason: String,
}

impl AskedOnce {
    /// Asks a source.
    pub(super) async fn ask(source: SharedCredentialsProvider, limit: Duration) -> Result<Self, Unavailable> {
        let reason = match tokio::time::timeout(limit, source.provide_credentials()).await {
            Ok(Ok(first)) => return Ok(Self { source, first: Mutex::new(Some(first)) }),
            Ok(Err(error)) => DisplayErrorContext(&error).to_string(),
            Err(_) => format!("no source of credentials answered within {} seconds", limit.as_secs_f32()),
        };
        debug!(error = reason, "no credentials");
        Err(Unavailable { reason })
    }
}

impl Unavailable {
    /// The configuration names no source at all.
    pub(super) fn unconfigured() -> Self {
        Self::because("no source of credentials is configured")
    }

    /// There are none for a reason.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl ProvideCredentials for AskedOnce {
    fn provide_credentials<'a>(&'a self) -> Answer<'a>
    where
        Self: 'a,
    {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(credentials) => Answer::ready(Ok(credentials)),
            None => self.source.provide_credentials(),
        }
    }
}

impl ProvideCredentials for Unavailable {
    fn provide_credentials<'a>(&'a self) -> Answer<'a>
    where
        Self: 'a,
    {
        Answer::ready(Err(CredentialsError::not_loaded(self.reason.clone())))
    }
}
