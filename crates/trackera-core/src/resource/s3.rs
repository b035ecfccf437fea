//! Object storage: buckets, and the places in them where dumps are expected.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::PublicAccessBlock;
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
}

impl Kind for BackupLocation {
    const NAME: &'static str = "aws.s3.backup_location";
    const SCOPE: Scope = Scope::Account;
}
