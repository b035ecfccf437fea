//! Encryption keys.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::iam::PolicyDocument;
use super::{Kind, Observed, Scope};

/// A KMS key.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["kms:ListKeys", "kms:DescribeKey"]))]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// `CUSTOMER`, or `AWS` for keys that AWS makes and rotates.
    #[schemars(extend("x-values" = ["AWS", "CUSTOMER"]))]
    pub key_manager: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, ...
    #[schemars(extend("x-values" = ["Creating", "Enabled", "Disabled", "PendingDeletion", "PendingImport",
        "PendingReplicaDeletion", "Unavailable", "Updating"]))]
    pub key_state: String,
    /// `SYMMETRIC_DEFAULT`, or the kind of an asymmetric or HMAC key.
    pub key_spec: String,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC` or `KEY_AGREEMENT`.
    #[schemars(extend("x-values" = ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"]))]
    pub key_usage: String,
    /// Where its material comes from; only `AWS_KMS` material can be rotated automatically.
    #[schemars(extend("x-values" = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]))]
    pub origin: String,
    /// `PRIMARY` or `REPLICA` for a multi-region key, null for any other.
    #[schemars(extend("x-values" = ["PRIMARY", "REPLICA"]))]
    pub multi_region_key_type: Option<String>,
    /// When it was made.
    pub creation_date: Timestamp,
    /// When it will be deleted, if deletion is scheduled.
    pub deletion_date: Option<Timestamp>,
    /// Its aliases, such as `alias/trackera-data`.
    #[schemars(extend("x-operations" = ["kms:ListAliases"]))]
    pub aliases: Observed<Vec<String>>,
    /// Whether it is rotated automatically; null for a key that cannot be.
    #[schemars(extend("x-operations" = ["kms:GetKeyRotationStatus"]))]
    pub key_rotation_enabled: Observed<Option<bool>>,
    /// Who may use and administer it; null for the keys of AWS, whose policies are AWS's own.
    #[schemars(extend("x-operations" = ["kms:GetKeyPolicy"]))]
    pub policy: Observed<Option<PolicyDocument>>,
}

impl Kind for Key {
    const NAME: &'static str = "aws.kms.key";
    const SCOPE: Scope = Scope::Region;
}
