//! The account as a whole, and its regions.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Observed, Scope};

/// An AWS account: one resource that stands for everything that is set once per account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["sts:GetCallerIdentity"]))]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Whether the root user has a multi-factor device.
    #[schemars(extend("x-operations" = ["iam:GetAccountSummary"]))]
    pub account_mfa_enabled: Observed<bool>,
    /// Whether the root user has access keys.
    #[schemars(extend("x-operations" = ["iam:GetAccountSummary"]))]
    pub account_access_keys_present: Observed<bool>,
    /// Whether the root user has a password; an organisation may have taken the root credentials of its members away.
    #[schemars(extend("x-operations" = ["iam:GetAccountSummary"]))]
    pub account_password_present: Observed<bool>,
    /// The serial number of the root user's virtual multi-factor device; null when it has none, or another kind.
    #[schemars(extend("x-operations" = ["iam:ListVirtualMFADevices"]))]
    pub root_virtual_mfa_device: Observed<Option<String>>,
    /// The rules for the passwords of IAM users; null when none are set.
    #[schemars(extend("x-operations" = ["iam:GetAccountPasswordPolicy"]))]
    pub password_policy: Observed<Option<PasswordPolicy>>,
    /// How many IAM users exist, as the account's own summary counts them.
    #[schemars(extend("x-operations" = ["iam:GetAccountSummary"]))]
    pub users: Observed<i64>,
    /// When the root user's password was last used, from the credential report; null when it never was.
    #[schemars(extend("x-operations" = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]))]
    pub root_password_last_used: Observed<Option<Timestamp>>,
    /// The account-wide public access block of S3; null when none is set.
    #[schemars(extend("x-operations" = ["s3control:GetPublicAccessBlock"]))]
    pub public_access_block: Observed<Option<PublicAccessBlock>>,
}

impl Kind for Account {
    const NAME: &'static str = "aws.account";
    const SCOPE: Scope = Scope::Account;
}

/// The rules for the passwords of IAM users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordPolicy {
    /// How many characters a password has at least.
    pub minimum_password_length: i64,
    /// Whether it needs a symbol.
    pub require_symbols: bool,
    /// Whether it needs a digit.
    pub require_numbers: bool,
    /// Whether it needs a capital letter.
    pub require_uppercase_characters: bool,
    /// Whether it needs a small letter.
    pub require_lowercase_characters: bool,
    /// After how many days it ends; null when never.
    pub max_password_age: Option<i64>,
    /// How many earlier passwords may not come again; null when all may.
    pub password_reuse_prevention: Option<i64>,
}

/// The four switches of S3's public access block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicAccessBlock {
    /// Calls that would set a public access control list fail.
    pub block_public_acls: bool,
    /// Public access control lists that exist have no effect.
    pub ignore_public_acls: bool,
    /// Calls that would set a public bucket policy fail.
    pub block_public_policy: bool,
    /// Buckets with a public policy admit only the account itself and AWS services.
    pub restrict_public_buckets: bool,
}

/// A region that is enabled for the account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["ec2:DescribeRegions"]))]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// `opt-in-not-required` or `opted-in`.
    #[schemars(extend("x-values" = ["opt-in-not-required", "opted-in"]))]
    pub opt_in_status: String,
    /// Whether new EBS volumes are encrypted unless the caller says otherwise.
    #[schemars(extend("x-operations" = ["ec2:GetEbsEncryptionByDefault"]))]
    pub ebs_encryption_by_default: Observed<bool>,
    /// The key that new EBS volumes are encrypted with.
    #[schemars(extend("x-operations" = ["ec2:GetEbsDefaultKmsKeyId"]))]
    pub ebs_default_kms_key_id: Observed<String>,
    /// Whether snapshots of volumes can be made public: `block-all-sharing`, `block-new-sharing` or `unblocked`.
    #[schemars(extend("x-operations" = ["ec2:GetSnapshotBlockPublicAccessState"],
        "x-values" = ["block-all-sharing", "block-new-sharing", "unblocked"]))]
    pub snapshot_block_public_access_state: Observed<String>,
    /// Whether machine images can be made public: `block-new-sharing` or `unblocked`.
    #[schemars(extend("x-operations" = ["ec2:GetImageBlockPublicAccessState"],
        "x-values" = ["block-new-sharing", "unblocked"]))]
    pub image_block_public_access_state: Observed<String>,
    /// Whether new servers demand a session token of whoever asks their metadata service (IMDSv2): `required` or
    /// `optional`; null when the region sets no default.
    #[schemars(extend("x-operations" = ["ec2:GetInstanceMetadataDefaults"], "x-values" = ["required", "optional"]))]
    pub metadata_http_tokens_default: Observed<Option<String>>,
}

impl Kind for Region {
    const NAME: &'static str = "aws.region";
    const SCOPE: Scope = Scope::Account;
}
