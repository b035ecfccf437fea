//! The API operations that collectors may call: each one reads, and each says which permission it needs.
//!
//! Adding an operation here is what allows a collector to call it; nothing in this list may change anything.

use jiff::SignedDuration;

/// One read-only API operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The operation as `service:Operation`, the service named as in AWS's SDKs.
    pub name: &'static str,
    /// The IAM action that allows it; often, but not always, the same as the name.
    pub permission: &'static str,
    /// How old its answer may be by nature, when the service itself does not answer afresh.
    pub period: SignedDuration,
}

const fn fresh(name: &'static str, permission: &'static str) -> Operation {
    Operation { name, permission, period: SignedDuration::ZERO }
}

/// The credential report is made anew at most every four hours (IAM User Guide, "Get credential reports").
const CREDENTIAL_REPORT_PERIOD: SignedDuration = SignedDuration::from_hours(4);

/// Every operation that collectors may call, by name.
pub const OPERATIONS: &[Operation] = &[
    fresh("ec2:DescribeManagedPrefixLists", "ec2:DescribeManagedPrefixLists"),
    fresh("ec2:DescribeNetworkInterfaces", "ec2:DescribeNetworkInterfaces"),
    fresh("ec2:DescribeRegions", "ec2:DescribeRegions"),
    fresh("ec2:DescribeRouteTables", "ec2:DescribeRouteTables"),
    fresh("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroups"),
    fresh("ec2:DescribeSnapshotAttribute", "ec2:DescribeSnapshotAttribute"),
    fresh("ec2:DescribeSnapshots", "ec2:DescribeSnapshots"),
    fresh("ec2:DescribeSubnets", "ec2:DescribeSubnets"),
    fresh("ec2:DescribeVolumes", "ec2:DescribeVolumes"),
    fresh("ec2:GetEbsDefaultKmsKeyId", "ec2:GetEbsDefaultKmsKeyId"),
    fresh("ec2:GetEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault"),
    fresh("ec2:GetManagedPrefixListEntries", "ec2:GetManagedPrefixListEntries"),
    fresh("iam:GenerateCredentialReport", "iam:GenerateCredentialReport"),
    fresh("iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed"),
    fresh("iam:GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails"),
    fresh("iam:GetAccountSummary", "iam:GetAccountSummary"),
    Operation {
        name: "iam:GetCredentialReport",
        permission: "iam:GetCredentialReport",
        period: CREDENTIAL_REPORT_PERIOD,
    },
    fresh("iam:ListAccessKeys", "iam:ListAccessKeys"),
    fresh("iam:ListMFADevices", "iam:ListMFADevices"),
    fresh("iam:ListUsers", "iam:ListUsers"),
    fresh("kms:DescribeKey", "kms:DescribeKey"),
    fresh("kms:GetKeyRotationStatus", "kms:GetKeyRotationStatus"),
    fresh("kms:ListAliases", "kms:ListAliases"),
    fresh("kms:ListKeys", "kms:ListKeys"),
    fresh("rds:DescribeDBInstanceAutomatedBackups", "rds:DescribeDBInstanceAutomatedBackups"),
    fresh("rds:DescribeDBInstances", "rds:DescribeDBInstances"),
    fresh("rds:DescribeDBSnapshotAttributes", "rds:DescribeDBSnapshotAttributes"),
    fresh("rds:DescribeDBSnapshots", "rds:DescribeDBSnapshots"),
    fresh("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    fresh("s3:GetBucketLocation", "s3:GetBucketLocation"),
    fresh("s3:GetBucketTagging", "s3:GetBucketTagging"),
    fresh("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    fresh("s3:HeadObject", "s3:GetObject"),
    fresh("s3:ListBuckets", "s3:ListAllMyBuckets"),
    fresh("s3:ListObjectsV2", "s3:ListBucket"),
    fresh("s3control:GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
    fresh("sts:GetCallerIdentity", "sts:GetCallerIdentity"),
];

/// Finds an operation by name.
pub fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.binary_search_by(|operation| operation.name.cmp(name)).ok().and_then(|index| OPERATIONS.get(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_so_that_every_operation_is_found() {
        assert!(OPERATIONS.is_sorted_by(|left, right| left.name < right.name));
        assert!(OPERATIONS.iter().all(|one| operation(one.name) == Some(one)));
        assert_eq!(operation("ec2:TerminateInstances"), None);
    }

    #[test]
    fn every_operation_only_reads() {
        for one in OPERATIONS {
            let verb = one.name.split(':').nth(1).unwrap();
            let reads = ["Describe", "Get", "List", "Head"].iter().any(|prefix| verb.starts_with(prefix));
            assert!(reads || verb == "GenerateCredentialReport", "{} is not a reading operation", one.name);
        }
    }
}
