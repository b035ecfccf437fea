//! Clusters of databases and their snapshots.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// An RDS or Aurora cluster.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["rds:DescribeDBClusters"]))]
#[serde(deny_unknown_fields)]
pub struct DbCluster {
    /// Its ARN.
    pub arn: String,
    /// The database engine, such as `aurora-postgresql`.
    pub engine: String,
    /// The engine's version.
    pub engine_version: String,
    /// `available`, `creating`, `backing-up`, `stopped`, ...
    pub status: String,
    /// Whether its storage is encrypted at rest.
    pub storage_encrypted: bool,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
    /// The groups that guard it.
    #[schemars(extend("x-relation" = "aws.ec2.security_group"))]
    pub vpc_security_groups: Vec<String>,
    /// Its instances.
    #[schemars(extend("x-relation" = "aws.rds.db_instance"))]
    pub members: Vec<String>,
    /// Whether its instances stand in more than one availability zone.
    pub multi_az: bool,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
    /// Whether people and programs may sign in with IAM in the place of a password.
    pub iam_database_authentication_enabled: bool,
    /// For how many days automated backups are kept.
    pub backup_retention_period: i64,
    /// The newest moment that it can be restored to.
    pub latest_restorable_time: Option<Timestamp>,
    /// The cluster or instance that it replicates, an ARN.
    pub replication_source: Option<String>,
    /// The logs that it sends to CloudWatch.
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// Its parameter group.
    pub parameter_group: String,
    /// Values of its parameter group that policies ask for, by name; a parameter that is not set has no entry.
    #[schemars(extend("x-operations" = ["rds:DescribeDBClusterParameters"]))]
    pub parameters: Observed<BTreeMap<String, String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for DbCluster {
    const NAME: &'static str = "aws.rds.db_cluster";
    const SCOPE: Scope = Scope::Region;
}

/// A snapshot of a cluster that the account owns.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["rds:DescribeDBClusterSnapshots"]))]
#[serde(deny_unknown_fields)]
pub struct DbClusterSnapshot {
    /// Its ARN.
    pub arn: String,
    /// The cluster that it was taken of, which may be gone.
    pub db_cluster_identifier: String,
    /// `automated`, `manual` or `awsbackup`.
    pub snapshot_type: String,
    /// `creating`, `available`, `copying`, `failed`, ...
    pub status: String,
    /// When it was taken; null while it is being taken.
    pub snapshot_create_time: Option<Timestamp>,
    /// Whether it is encrypted at rest.
    pub storage_encrypted: bool,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
    /// Who may restore it besides the owner: account ids, or `all` for everybody.
    #[schemars(extend("x-operations" = ["rds:DescribeDBClusterSnapshotAttributes"]))]
    pub shared_with: Observed<Vec<String>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Kind for DbClusterSnapshot {
    const NAME: &'static str = "aws.rds.db_cluster_snapshot";
    const SCOPE: Scope = Scope::Region;
}
