//! What restore drills and backups change in AWS: databases and objects of their own, and nothing else.
//!
//! One guard knows the operations that look, another those that change. A change is tried once, because a service that did
//! not answer may have done it; the caller looks again. What is deleted is first read and compared: name, tags and run must
//! agree. Everything that is made carries its run from the moment it is there, except what AWS Backup restores, which is
//! marked as soon as its job names it.

mod backup;
mod body;
mod databases;
mod download;
mod facts;
mod failure;
mod objects;
mod pages;
mod permissions;
mod reading;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::error::CredentialsError;
use jiff::Timestamp;
use trackera_core::recovery::ports::{Credentials, PortError, Trouble};

use crate::guard::Guard;
use crate::request::{AccountAccess, Settings, TokenCode};
use crate::session::{Held, Session};

pub use permissions::{DatabaseScope, DrillPermissions, Operator};

/// Every operation that looks.
pub const LOOKING: [&str; 9] = [
    backup::JOB,
    backup::JOBS,
    backup::METADATA,
    backup::POINTS,
    databases::INSTANCES,
    databases::SNAPSHOTS,
    objects::GET,
    objects::HEAD,
    objects::VERSIONS,
];

/// Every operation that changes something.
pub const CHANGING: [&str; 11] = [
    backup::START,
    backup::TAG,
    backup::VALIDATE,
    databases::COPY,
    databases::DELETE,
    databases::DELETE_SNAPSHOT,
    databases::MODIFY,
    databases::RESTORE,
    databases::RESTORE_TO_TIME,
    objects::DELETE,
    objects::PUT,
];

/// Not an operation of a service: credentials come from where the configuration says.
const CREDENTIALS: &str = "credentials";

/// The way to what drills and backups change.
#[derive(Clone, Debug)]
pub struct Changes {
    looks: Session,
    changes: Session,
    held: Arc<Held>,
    limit: Duration,
}

impl Changes {
    /// Reads AWS's standard configuration; credentials are asked for when they are needed.
    pub async fn open(settings: &Settings) -> Self {
        Self::opened(settings, None).await
    }

    /// The same through a role, with what the multi-factor device shows where the role asks for one.
    pub async fn enter(settings: &Settings, access: &AccountAccess, code: Option<&TokenCode>) -> Self {
        Self::opened(settings, Some((access, code))).await
    }

    async fn opened(settings: &Settings, access: Option<(&AccountAccess, Option<&TokenCode>)>) -> Self {
        let guards = (Guard::looking(), Guard::changing());
        let (looks, changes, held) = Session::changing(settings, access, guards).await;
        Self { looks, changes, held, limit: settings.call_timeout }
    }
}

#[async_trait]
impl Credentials for Changes {
    async fn expires_at(&self) -> Result<Option<Timestamp>, PortError> {
        told(self.held.expires_at().await)
    }

    async fn renew(&self) -> Result<Option<Timestamp>, PortError> {
        told(self.held.renew().await)
    }
}

fn told(end: Result<Option<SystemTime>, CredentialsError>) -> Result<Option<Timestamp>, PortError> {
    let none = || PortError { operation: CREDENTIALS, trouble: Trouble::Credentials, code: None };
    match end {
        Ok(end) => end.map(Timestamp::try_from).transpose().map_err(|_| none()),
        Err(_) => Err(none()),
    }
}

#[cfg(test)]
mod tests;
