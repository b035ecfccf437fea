//! Object storage: buckets, and the places in them where dumps are expected.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::PublicAccessBlock;
use super::iam::PolicyDocument;
use super::{Kind, Observed, Scope};

/// An S3 bucket. Its region is its own, though all are listed at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["s3:ListBuckets", "s3:GetBucketLocation"]))]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// When it was made.
    pub creation_date: Timestamp,
    /// The encryption that new objects get unless the caller says otherwise; null when none is set.
    #[schemars(extend("x-operations" = ["s3:GetBucketEncryption"]))]
    pub encryption: Observed<Option<BucketEncryption>>,
    /// The bucket's own public access block; null when none is set.
    #[schemars(extend("x-operations" = ["s3:GetPublicAccessBlock"]))]
    pub public_access_block: Observed<Option<PublicAccessBlock>>,
    /// Who may do what with it; null when it has no policy.
    #[schemars(extend("x-operations" = ["s3:GetBucketPolicy"]))]
    pub policy: Observed<Option<PolicyDocument>>,
    /// Whether S3 itself calls the policy public; null when it has no policy.
    #[schemars(extend("x-operations" = ["s3:GetBucketPolicyStatus"]))]
    pub policy_is_public: Observed<Option<bool>>,
    /// The grants of its access control list.
    #[schemars(extend("x-operations" = ["s3:GetBucketAcl"]))]
    pub acl_grants: Observed<Vec<BucketGrant>>,
    /// `BucketOwnerEnforced` switches access control lists off; null when nothing is set.
    #[schemars(extend("x-operations" = ["s3:GetBucketOwnershipControls"],
        "x-values" = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]))]
    pub object_ownership: Observed<Option<String>>,
    /// `Enabled` or `Suspended`; null when versions were never kept.
    #[schemars(extend("x-operations" = ["s3:GetBucketVersioning"], "x-values" = ["Enabled", "Suspended"]))]
    pub versioning_status: Observed<Option<String>>,
    /// Whether versions can be deleted only with the root user's second factor.
    #[schemars(extend("x-operations" = ["s3:GetBucketVersioning"]))]
    pub mfa_delete: Observed<bool>,
    /// What happens to objects as they get old.
    #[schemars(extend("x-operations" = ["s3:GetBucketLifecycleConfiguration"]))]
    pub lifecycle_rules: Observed<Vec<LifecycleRule>>,
    /// Where its objects are copied to.
    #[schemars(extend("x-operations" = ["s3:GetBucketReplication"]))]
    pub replication_rules: Observed<Vec<ReplicationRule>>,
    /// Whether versions can be kept from deletion, and for how long they are by default; null when not.
    #[schemars(extend("x-operations" = ["s3:GetObjectLockConfiguration"]))]
    pub object_lock: Observed<Option<ObjectLock>>,
    /// The bucket that its access log goes to; null when it keeps none.
    #[schemars(extend("x-operations" = ["s3:GetBucketLogging"]))]
    pub logging_target_bucket: Observed<Option<String>>,
    /// Its tags.
    #[schemars(extend("x-operations" = ["s3:GetBucketTagging"]))]
    pub tags: Observed<BTreeMap<String, String>>,
}

impl Kind for Bucket {
    const NAME: &'static str = "aws.s3.bucket";
    const SCOPE: Scope = Scope::Account;
}

/// The default encryption of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketEncryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[schemars(extend("x-values" = ["AES256", "aws:kms", "aws:kms:dsse"]))]
    pub sse_algorithm: String,
    /// The KMS key, where one is named.
    pub kms_master_key_id: Option<String>,
}

/// One grant of an access control list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketGrant {
    /// The canonical id of an account, or the address of a group such as
    /// `http://acs.amazonaws.com/groups/global/AllUsers`.
    pub grantee: String,
    /// `FULL_CONTROL`, `READ`, `READ_ACP`, `WRITE` or `WRITE_ACP`.
    #[schemars(extend("x-values" = ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"]))]
    pub permission: String,
}

/// A rule about objects that get old.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    /// Its name.
    pub id: String,
    /// `Enabled` or `Disabled`.
    #[schemars(extend("x-values" = ["Enabled", "Disabled"]))]
    pub status: String,
    /// The beginning of the keys that it is about; empty for all.
    pub prefix: String,
    /// What narrows it further: `tag`, `object_size_greater_than`, `object_size_less_than`; empty when nothing does.
    pub other_filters: Vec<String>,
    /// After how many days current versions end; null when never.
    pub expiration_days: Option<i64>,
    /// How many days after they were replaced old versions end; null when never.
    pub noncurrent_version_expiration_days: Option<i64>,
    /// After how many days uploads that were not finished are given up; null when never.
    pub abort_incomplete_multipart_upload_days: Option<i64>,
}

/// A rule about copies in another bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplicationRule {
    /// Its name.
    pub id: String,
    /// `Enabled` or `Disabled`.
    #[schemars(extend("x-values" = ["Enabled", "Disabled"]))]
    pub status: String,
    /// The beginning of the keys that it is about; empty for all.
    pub prefix: String,
    /// What narrows it further: `tag`, `object_size_greater_than`, `object_size_less_than`; empty when nothing does.
    pub other_filters: Vec<String>,
    /// The name of the bucket that the copies go to.
    pub destination_bucket: String,
}

/// The object lock of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectLock {
    /// `GOVERNANCE` or `COMPLIANCE`; null when objects are locked one by one.
    #[schemars(extend("x-values" = ["GOVERNANCE", "COMPLIANCE"]))]
    pub mode: Option<String>,
    /// For how many days a version is kept by default; a year counts as 365. Null when objects are locked one by one.
    pub days: Option<i64>,
}

/// A place in a bucket where the configuration says that dumps arrive; its id is `bucket/prefix`.
///
/// The content of the dumps is never read: the list gives their ages, and the headers of the newest its encryption.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-operations" = ["s3:ListObjectsV2", "s3:GetBucketLocation"]))]
#[serde(deny_unknown_fields)]
pub struct BackupLocation {
    /// The bucket's name.
    pub bucket: String,
    /// The beginning of the keys.
    pub prefix: String,
    /// How many objects lie there.
    pub object_count: i64,
    /// The key of the newest object; null when there is none.
    pub newest_key: Option<String>,
    /// When the newest object was written; null when there is none.
    pub newest_last_modified: Option<Timestamp>,
    /// The size of the newest object in bytes; null when there is none.
    pub newest_size: Option<i64>,
    /// How the newest object is encrypted (`AES256`, `aws:kms`); null when it is not, or there is none.
    #[schemars(extend("x-operations" = ["s3:HeadObject"]))]
    pub newest_server_side_encryption: Observed<Option<String>>,
    /// A few objects spread evenly over all, the oldest and the newest among them.
    #[schemars(extend("x-operations" = ["s3:HeadObject"]))]
    pub sampled_objects: Observed<Vec<SampledObject>>,
}

impl Kind for BackupLocation {
    const NAME: &'static str = "aws.s3.backup_location";
    const SCOPE: Scope = Scope::Account;
}

/// An object whose headers were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampledObject {
    /// Its key.
    pub key: String,
    /// When it was written.
    pub last_modified: Timestamp,
    /// How it is encrypted (`AES256`, `aws:kms`); null when it is not.
    pub server_side_encryption: Option<String>,
}
