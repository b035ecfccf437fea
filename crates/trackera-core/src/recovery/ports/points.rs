//! Recovery points of a backup service, which restores them itself and wants to hear whether they were good.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DrillName, Isolation, Mark, PortError};

/// The recovery points of an account, in all regions.
#[async_trait]
pub trait RecoveryPoints: Send + Sync {
    /// What a vault holds, of one resource or of all.
    async fn points(&self, region: &str, vault: &str, resource: Option<&str>) -> Result<Vec<RecoveryPoint>, PortError>;

    /// Begins a restore and gives the id of its job. The name is also the token of the call, so that a repetition begins
    /// nothing anew.
    async fn restore_point(&self, restore: &PointRestore) -> Result<String, PortError>;

    /// A job by its id; `None` was seen not to be there.
    async fn job(&self, region: &str, id: &str) -> Result<Option<RestoreJob>, PortError>;

    /// The jobs that made, or are making, something of this name, and those of this point that do not say yet what they
    /// make; newest first.
    async fn jobs(&self, region: &str, of: (&DrillName, &str)) -> Result<Vec<RestoreJob>, PortError>;

    /// Marks what a job made: the service sets no tags of ours. Refuses what the job did not make.
    async fn mark_restored(&self, region: &str, job: &str, name: &DrillName, mark: &Mark) -> Result<(), PortError>;

    /// Tells the service whether what a job made was good.
    async fn validate(&self, region: &str, job: &str, validation: &Validation) -> Result<(), PortError>;
}

/// A recovery point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryPoint {
    /// Its ARN.
    pub arn: String,
    /// The region that it is in.
    pub region: String,
    /// The vault that holds it.
    pub vault: String,
    /// What it is of.
    pub resource_arn: String,
    /// The kind of what it is of, as `RDS`.
    pub resource_type: String,
    /// Whether it can be restored, in the service's word; only `COMPLETED` can.
    pub status: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// The key that it is encrypted with.
    pub kms_key: Option<String>,
    /// The vault that it was copied from.
    pub source_vault_arn: Option<String>,
}

/// A database to restore from a recovery point: never public, never protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointRestore {
    /// The point.
    pub point: RecoveryPoint,
    /// What the instance is called.
    pub name: DrillName,
    /// The class to run on.
    pub class: String,
    /// Who reaches it, and how it is set up.
    pub isolation: Isolation,
    /// The role that the service restores with.
    pub role_arn: String,
}

/// A restore by the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreJob {
    /// Its id.
    pub id: String,
    /// What it restores.
    pub point_arn: String,
    /// How far it is.
    pub state: JobState,
    /// What it made; `None` while the service does not say.
    pub created_arn: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// What it was told of the result, in the service's word.
    pub validation: Option<String>,
}

/// How far a restore by the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It has not ended; a word that nobody knows is one of these.
    Running(String),
    /// What it made is there.
    Completed,
    /// It ended without, in the service's word.
    Failed(String),
}

/// Whether what was restored was good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validation {
    /// It was.
    Successful,
    /// It was not, and why: one line of aggregates.
    Failed(String),
}
