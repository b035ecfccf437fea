//! Databases and their backups.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// An RDS database instance.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["rds:DescribeDBInstances"]))]
#[serde(deny_unknown_fields)]
pub struct DbInstance {
    /// Its ARN.
    pub arn: String,
    /// The database engine, such as `postgres`.
    pub engine: String,
    /// The engine's version.
    pub engine_version: String,
    /// `available`, `creating`, `backing-up`, `stopped`, ...
    pub db_instance_status: String,
    /// When it was made.
    pub instance_create_time: Option<Timestamp>,
    /// Whether its storage is encrypted at rest.
    pub storage_encrypted: bool,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
    /// Whether its name resolves to a public address from outside its network.
    pub publicly_accessible: bool,
    /// The groups that guard it.
    #[schemars(extend("x-relation" = "aws.ec2.security_group"))]
    pub vpc_security_groups: Vec<String>,
    /// The subnets that it may stand in.
    #[schemars(extend("x-relation" = "aws.ec2.subnet"))]
    pub subnets: Vec<String>,
    /// Whether people and programs may sign in with IAM in the place of a password.
    pub iam_database_authentication_enabled: bool,
    /// The logs that it sends to CloudWatch.
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// The cluster that it belongs to; what is said of storage and backups is then said there.
    pub db_cluster_identifier: Option<String>,
    /// Its parameter group.
    pub parameter_group: Option<String>,
    /// Whether the parameter group is in force: `in-sync`, `pending-reboot` or `applying`.
    pub parameter_apply_status: Option<String>,
    /// Values of its parameter group that policies ask for, by name; a parameter that is not set has no entry.
    #[schemars(extend("x-operations" = ["rds:DescribeDBParameters"]))]
    pub parameters: Observed<BTreeMap<String, String>>,
    /// What the service is about to do to it, or asks to be done.
    #[schemars(extend("x-operations" = ["rds:DescribePendingMaintenanceActions"]))]
    pub pending_maintenance: Observed<Vec<PendingMaintenance>>,
    /// When standard support for the major version of its engine ends; null when no end is announced.
    #[schemars(extend("x-operations" = ["rds:DescribeDBMajorEngineVersions"]))]
    pub standard_support_ends_at: Observed<Option<Timestamp>>,
    /// Whether a standby is kept in another availability zone.
    pub multi_az: bool,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
    /// Whether minor versions are installed by themselves.
    pub auto_minor_version_upgrade: bool,
    /// For how many days automated backups are kept; 0 means there are none.
    pub backup_retention_period: i64,
    /// The newest moment that it can be restored to; null when there are no automated backups.
    pub latest_restorable_time: Option<Timestamp>,
    /// The instance that it replicates, an id or, across regions, an ARN.
    pub read_replica_source: Option<String>,
    /// Its snapshots in the same region, automated and manual.
    #[schemars(extend("x-operations" = ["rds:DescribeDBSnapshots"], "x-relation" = "aws.rds.db_snapshot"))]
    pub snapshots: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for DbInstance {
    const NAME: &'static str = "aws.rds.db_instance";
    const SCOPE: Scope = Scope::Region;
}

/// A snapshot of an RDS instance that the account owns.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["rds:DescribeDBSnapshots"]))]
#[serde(deny_unknown_fields)]
pub struct DbSnapshot {
    /// Its ARN.
    pub arn: String,
    /// The instance that it was taken of, which may be gone.
    pub db_instance_identifier: String,
    /// `automated`, `manual` or `awsbackup`.
    #[schemars(extend("x-values" = ["automated", "manual", "awsbackup", "shared", "public"]))]
    pub snapshot_type: String,
    /// `creating`, `available`, `copying`, `failed`, ...
    pub status: String,
    /// When it was taken; null while it is being taken.
    pub snapshot_create_time: Option<Timestamp>,
    /// When the data in it was current: for a copy, when the original was taken.
    pub original_snapshot_create_time: Option<Timestamp>,
    /// Whether it is encrypted at rest.
    pub encrypted: bool,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
    /// The region that it was copied from.
    pub source_region: Option<String>,
    /// Who may restore it besides the owner: account ids, or `all` for everybody.
    #[schemars(extend("x-operations" = ["rds:DescribeDBSnapshotAttributes"]))]
    pub shared_with: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for DbSnapshot {
    const NAME: &'static str = "aws.rds.db_snapshot";
    const SCOPE: Scope = Scope::Region;
}

/// The automated backups of an instance, kept in its own region or replicated into another.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["rds:DescribeDBInstanceAutomatedBackups"]))]
#[serde(deny_unknown_fields)]
pub struct AutomatedBackup {
    /// The instance that they are of.
    pub db_instance_identifier: String,
    /// `active`, `retained` after the instance is gone, `creating` or `replicating`.
    pub status: String,
    /// The region that the instance is in.
    pub source_region: String,
    /// For how many days they are kept.
    pub backup_retention_period: i64,
    /// Whether they are encrypted at rest.
    pub encrypted: bool,
    /// The newest moment that can be restored.
    pub latest_restorable_time: Option<Timestamp>,
}

impl Kind for AutomatedBackup {
    const NAME: &'static str = "aws.rds.automated_backup";
    const SCOPE: Scope = Scope::Region;
}

/// Something that the service is about to do to a database, or asks to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PendingMaintenance {
    /// `system-update`, `db-upgrade`, `hardware-maintenance`, `ca-certificate-rotation`, ...
    pub action: String,
    /// When it will be done in the next maintenance window after; null when nobody decided yet.
    pub auto_applied_after_date: Option<Timestamp>,
    /// When it will be done whatever anybody decides.
    pub forced_apply_date: Option<Timestamp>,
}
