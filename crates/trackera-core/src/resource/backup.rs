//! AWS Backup.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// A vault that AWS Backup keeps backups in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["backup:ListBackupVaults"]))]
#[serde(deny_unknown_fields)]
pub struct BackupVault {
    /// Its ARN.
    pub arn: String,
    /// The key it is encrypted with.
    pub encryption_key_arn: Option<String>,
    /// Whether a lock keeps its backups from being deleted early.
    pub locked: bool,
    /// From when on nobody can take the lock off; null when those who have the right always can.
    pub lock_date: Option<Timestamp>,
    /// For how many days a lock keeps each backup at least.
    pub min_retention_days: Option<i64>,
    /// How many backups it holds.
    pub number_of_recovery_points: i64,
}

impl Kind for BackupVault {
    const NAME: &'static str = "aws.backup.vault";
    const SCOPE: Scope = Scope::Region;
}

/// A plan: what AWS Backup does when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["backup:ListBackupPlans"]))]
#[serde(deny_unknown_fields)]
pub struct BackupPlan {
    /// When it last started something.
    pub last_execution_date: Option<Timestamp>,
    /// Its rules.
    #[schemars(extend("x-operations" = ["backup:GetBackupPlan"]))]
    pub rules: Observed<Vec<BackupRule>>,
}

impl Kind for BackupPlan {
    const NAME: &'static str = "aws.backup.plan";
    const SCOPE: Scope = Scope::Region;
}

/// A rule of a backup plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRule {
    /// Its name.
    pub rule_name: String,
    /// The vault that it fills.
    pub target_backup_vault_name: String,
    /// When it runs, as a cron expression.
    pub schedule_expression: Option<String>,
    /// After how many days a backup is deleted; null when never.
    pub delete_after_days: Option<i64>,
    /// The ARNs of the vaults that it copies to.
    pub copy_destinations: Vec<String>,
}

/// Something that AWS Backup has backed up; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["backup:ListProtectedResources"]))]
#[serde(deny_unknown_fields)]
pub struct ProtectedResource {
    /// Such as `RDS`, `EBS` or `S3`.
    pub resource_type: String,
    /// When it was last backed up.
    pub last_backup_time: Option<Timestamp>,
}

impl Kind for ProtectedResource {
    const NAME: &'static str = "aws.backup.protected_resource";
    const SCOPE: Scope = Scope::Region;
}

/// A backup in a vault; its id is its ARN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["backup:ListBackupVaults", "backup:ListRecoveryPointsByBackupVault"]))]
#[serde(deny_unknown_fields)]
pub struct RecoveryPoint {
    /// The vault that it lies in.
    pub backup_vault_name: String,
    /// The ARN of what was backed up.
    pub resource_arn: String,
    /// Such as `RDS`, `EBS` or `S3`.
    pub resource_type: String,
    /// `COMPLETED`, `PARTIAL`, `DELETING`, `EXPIRED`, ...
    pub status: String,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// When it was begun.
    pub creation_date: Timestamp,
    /// The ARN of the vault that it was copied from.
    pub source_backup_vault_arn: Option<String>,
}

impl Kind for RecoveryPoint {
    const NAME: &'static str = "aws.backup.recovery_point";
    const SCOPE: Scope = Scope::Region;
}
