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
    /// How often it has to be called for one look at an estate.
    pub rhythm: Rhythm,
}

/// How often an operation has to be called for one look at an estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Once for each account.
    Account,
    /// Once for each region.
    Region,
    /// Once for each page of the list of a kind, in every place where the kind is listed: the kind, and how many of its
    /// resources fit on a page.
    Pages(&'static str, usize),
    /// Once for each page of a list that several kinds of an account share: the kinds, and how many of their resources
    /// fit on a page.
    Shared(&'static [&'static str], usize),
    /// Once for each region that has a resource of a kind.
    Beside(&'static str),
    /// Once for each resource of a kind.
    Each(&'static str),
}

const fn fresh(name: &'static str, permission: &'static str, rhythm: Rhythm) -> Operation {
    Operation { name, permission, period: SignedDuration::ZERO, rhythm }
}

/// The credential report is made anew at most every four hours (IAM User Guide, "Get credential reports").
const CREDENTIAL_REPORT_PERIOD: SignedDuration = SignedDuration::from_hours(4);

/// Every operation that collectors may call, by name.
pub const OPERATIONS: &[Operation] = &[
    fresh("acm:DescribeCertificate", "acm:DescribeCertificate", Rhythm::Each("aws.acm.certificate")),
    fresh("acm:ListCertificates", "acm:ListCertificates", Rhythm::Pages("aws.acm.certificate", 1000)),
    fresh(
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingGroups",
        Rhythm::Pages("aws.autoscaling.group", 100),
    ),
    fresh("backup:GetBackupPlan", "backup:GetBackupPlan", Rhythm::Each("aws.backup.plan")),
    fresh("backup:ListBackupPlans", "backup:ListBackupPlans", Rhythm::Pages("aws.backup.plan", 1000)),
    fresh("backup:ListBackupVaults", "backup:ListBackupVaults", Rhythm::Pages("aws.backup.vault", 1000)),
    fresh(
        "backup:ListProtectedResources",
        "backup:ListProtectedResources",
        Rhythm::Pages("aws.backup.protected_resource", 1000),
    ),
    fresh(
        "backup:ListRecoveryPointsByBackupVault",
        "backup:ListRecoveryPointsByBackupVault",
        Rhythm::Each("aws.backup.vault"),
    ),
    fresh("cloudtrail:DescribeTrails", "cloudtrail:DescribeTrails", Rhythm::Region),
    fresh("cloudtrail:GetEventSelectors", "cloudtrail:GetEventSelectors", Rhythm::Each("aws.cloudtrail.trail")),
    fresh("cloudtrail:GetTrailStatus", "cloudtrail:GetTrailStatus", Rhythm::Each("aws.cloudtrail.trail")),
    fresh("cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarms", Rhythm::Pages("aws.cloudwatch.alarm", 100)),
    fresh("ec2:DescribeAddresses", "ec2:DescribeAddresses", Rhythm::Region),
    fresh("ec2:DescribeFlowLogs", "ec2:DescribeFlowLogs", Rhythm::Pages("aws.ec2.flow_log", 1000)),
    fresh("ec2:DescribeImageAttribute", "ec2:DescribeImageAttribute", Rhythm::Each("aws.ec2.image")),
    fresh("ec2:DescribeImages", "ec2:DescribeImages", Rhythm::Pages("aws.ec2.image", 1000)),
    fresh("ec2:DescribeInstances", "ec2:DescribeInstances", Rhythm::Pages("aws.ec2.instance", 1000)),
    fresh(
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeManagedPrefixLists",
        Rhythm::Pages("aws.ec2.managed_prefix_list", 100),
    ),
    fresh("ec2:DescribeNetworkAcls", "ec2:DescribeNetworkAcls", Rhythm::Pages("aws.ec2.network_acl", 1000)),
    fresh(
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeNetworkInterfaces",
        Rhythm::Pages("aws.ec2.network_interface", 1000),
    ),
    fresh("ec2:DescribeRegions", "ec2:DescribeRegions", Rhythm::Account),
    fresh("ec2:DescribeRouteTables", "ec2:DescribeRouteTables", Rhythm::Pages("aws.ec2.route_table", 100)),
    fresh("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroups", Rhythm::Pages("aws.ec2.security_group", 1000)),
    fresh("ec2:DescribeSnapshotAttribute", "ec2:DescribeSnapshotAttribute", Rhythm::Each("aws.ec2.snapshot")),
    fresh("ec2:DescribeSnapshots", "ec2:DescribeSnapshots", Rhythm::Pages("aws.ec2.snapshot", 1000)),
    fresh("ec2:DescribeSubnets", "ec2:DescribeSubnets", Rhythm::Pages("aws.ec2.subnet", 1000)),
    fresh("ec2:DescribeVolumes", "ec2:DescribeVolumes", Rhythm::Pages("aws.ec2.volume", 1000)),
    fresh("ec2:DescribeVpcs", "ec2:DescribeVpcs", Rhythm::Pages("aws.ec2.vpc", 1000)),
    fresh("ec2:GetEbsDefaultKmsKeyId", "ec2:GetEbsDefaultKmsKeyId", Rhythm::Each("aws.region")),
    fresh("ec2:GetEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault", Rhythm::Each("aws.region")),
    fresh("ec2:GetImageBlockPublicAccessState", "ec2:GetImageBlockPublicAccessState", Rhythm::Each("aws.region")),
    fresh("ec2:GetInstanceMetadataDefaults", "ec2:GetInstanceMetadataDefaults", Rhythm::Each("aws.region")),
    fresh(
        "ec2:GetManagedPrefixListEntries",
        "ec2:GetManagedPrefixListEntries",
        Rhythm::Each("aws.ec2.managed_prefix_list"),
    ),
    fresh("ec2:GetSnapshotBlockPublicAccessState", "ec2:GetSnapshotBlockPublicAccessState", Rhythm::Each("aws.region")),
    fresh("elbv2:DescribeListeners", "elasticloadbalancing:DescribeListeners", Rhythm::Each("aws.elbv2.load_balancer")),
    fresh(
        "elbv2:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        Rhythm::Each("aws.elbv2.load_balancer"),
    ),
    fresh(
        "elbv2:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeLoadBalancers",
        Rhythm::Pages("aws.elbv2.load_balancer", 400),
    ),
    fresh("elbv2:DescribeRules", "elasticloadbalancing:DescribeRules", Rhythm::Each("aws.elbv2.listener")),
    fresh(
        "elbv2:DescribeSSLPolicies",
        "elasticloadbalancing:DescribeSSLPolicies",
        Rhythm::Beside("aws.elbv2.listener"),
    ),
    fresh("events:ListRules", "events:ListRules", Rhythm::Pages("aws.events.rule", 100)),
    fresh("events:ListTargetsByRule", "events:ListTargetsByRule", Rhythm::Each("aws.events.rule")),
    fresh("iam:GenerateCredentialReport", "iam:GenerateCredentialReport", Rhythm::Account),
    fresh("iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", Rhythm::Each("aws.iam.access_key")),
    fresh(
        "iam:GetAccountAuthorizationDetails",
        "iam:GetAccountAuthorizationDetails",
        Rhythm::Shared(&["aws.iam.group", "aws.iam.policy", "aws.iam.role", "aws.iam.user"], 1000),
    ),
    fresh("iam:GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy", Rhythm::Account),
    fresh("iam:GetAccountSummary", "iam:GetAccountSummary", Rhythm::Account),
    Operation {
        name: "iam:GetCredentialReport",
        permission: "iam:GetCredentialReport",
        period: CREDENTIAL_REPORT_PERIOD,
        rhythm: Rhythm::Account,
    },
    fresh("iam:ListAccessKeys", "iam:ListAccessKeys", Rhythm::Each("aws.iam.user")),
    fresh("iam:ListMFADevices", "iam:ListMFADevices", Rhythm::Each("aws.iam.user")),
    fresh("iam:ListUsers", "iam:ListUsers", Rhythm::Pages("aws.iam.user", 1000)),
    fresh("iam:ListVirtualMFADevices", "iam:ListVirtualMFADevices", Rhythm::Account),
    fresh("kms:DescribeKey", "kms:DescribeKey", Rhythm::Each("aws.kms.key")),
    fresh("kms:GetKeyPolicy", "kms:GetKeyPolicy", Rhythm::Each("aws.kms.key")),
    fresh("kms:GetKeyRotationStatus", "kms:GetKeyRotationStatus", Rhythm::Each("aws.kms.key")),
    fresh("kms:ListAliases", "kms:ListAliases", Rhythm::Beside("aws.kms.key")),
    fresh("kms:ListKeys", "kms:ListKeys", Rhythm::Pages("aws.kms.key", 1000)),
    fresh("logs:DescribeLogGroups", "logs:DescribeLogGroups", Rhythm::Pages("aws.logs.log_group", 50)),
    fresh("logs:DescribeMetricFilters", "logs:DescribeMetricFilters", Rhythm::Pages("aws.logs.metric_filter", 50)),
    fresh("rds:DescribeDBClusterParameters", "rds:DescribeDBClusterParameters", Rhythm::Each("aws.rds.db_cluster")),
    fresh(
        "rds:DescribeDBClusterSnapshotAttributes",
        "rds:DescribeDBClusterSnapshotAttributes",
        Rhythm::Each("aws.rds.db_cluster_snapshot"),
    ),
    fresh(
        "rds:DescribeDBClusterSnapshots",
        "rds:DescribeDBClusterSnapshots",
        Rhythm::Pages("aws.rds.db_cluster_snapshot", 100),
    ),
    fresh("rds:DescribeDBClusters", "rds:DescribeDBClusters", Rhythm::Pages("aws.rds.db_cluster", 100)),
    fresh(
        "rds:DescribeDBInstanceAutomatedBackups",
        "rds:DescribeDBInstanceAutomatedBackups",
        Rhythm::Pages("aws.rds.automated_backup", 100),
    ),
    fresh("rds:DescribeDBInstances", "rds:DescribeDBInstances", Rhythm::Pages("aws.rds.db_instance", 100)),
    fresh(
        "rds:DescribeDBMajorEngineVersions",
        "rds:DescribeDBMajorEngineVersions",
        Rhythm::Beside("aws.rds.db_instance"),
    ),
    fresh("rds:DescribeDBParameters", "rds:DescribeDBParameters", Rhythm::Each("aws.rds.db_instance")),
    fresh("rds:DescribeDBSnapshotAttributes", "rds:DescribeDBSnapshotAttributes", Rhythm::Each("aws.rds.db_snapshot")),
    fresh("rds:DescribeDBSnapshots", "rds:DescribeDBSnapshots", Rhythm::Pages("aws.rds.db_snapshot", 100)),
    fresh(
        "rds:DescribePendingMaintenanceActions",
        "rds:DescribePendingMaintenanceActions",
        Rhythm::Beside("aws.rds.db_instance"),
    ),
    fresh("route53:ListHostedZones", "route53:ListHostedZones", Rhythm::Pages("aws.route53.hosted_zone", 100)),
    fresh("route53:ListResourceRecordSets", "route53:ListResourceRecordSets", Rhythm::Each("aws.route53.hosted_zone")),
    fresh("s3:GetBucketAcl", "s3:GetBucketAcl", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketLocation", "s3:GetBucketLocation", Rhythm::Each("aws.s3.backup_location")),
    fresh("s3:GetBucketLogging", "s3:GetBucketLogging", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketPolicy", "s3:GetBucketPolicy", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketReplication", "s3:GetReplicationConfiguration", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketTagging", "s3:GetBucketTagging", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetBucketVersioning", "s3:GetBucketVersioning", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", Rhythm::Each("aws.s3.bucket")),
    fresh("s3:HeadObject", "s3:GetObject", Rhythm::Each("aws.s3.backup_location")),
    fresh("s3:ListBuckets", "s3:ListAllMyBuckets", Rhythm::Account),
    fresh("s3:ListObjectsV2", "s3:ListBucket", Rhythm::Each("aws.s3.backup_location")),
    fresh("s3control:GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock", Rhythm::Account),
    fresh("secretsmanager:ListSecrets", "secretsmanager:ListSecrets", Rhythm::Pages("aws.secretsmanager.secret", 100)),
    fresh("sesv2:GetAccount", "ses:GetAccount", Rhythm::Region),
    fresh("sesv2:GetConfigurationSet", "ses:GetConfigurationSet", Rhythm::Each("aws.ses.configuration_set")),
    fresh("sesv2:GetEmailIdentity", "ses:GetEmailIdentity", Rhythm::Each("aws.ses.identity")),
    fresh("sesv2:GetEmailIdentityPolicies", "ses:GetEmailIdentityPolicies", Rhythm::Each("aws.ses.identity")),
    fresh("sesv2:ListConfigurationSets", "ses:ListConfigurationSets", Rhythm::Pages("aws.ses.configuration_set", 1000)),
    fresh("sesv2:ListEmailIdentities", "ses:ListEmailIdentities", Rhythm::Pages("aws.ses.identity", 1000)),
    fresh("sns:GetTopicAttributes", "sns:GetTopicAttributes", Rhythm::Each("aws.sns.topic")),
    fresh("sns:ListSubscriptions", "sns:ListSubscriptions", Rhythm::Beside("aws.sns.topic")),
    fresh("sns:ListTopics", "sns:ListTopics", Rhythm::Pages("aws.sns.topic", 100)),
    fresh("sqs:GetQueueAttributes", "sqs:GetQueueAttributes", Rhythm::Each("aws.sqs.queue")),
    fresh("sqs:ListQueues", "sqs:ListQueues", Rhythm::Pages("aws.sqs.queue", 1000)),
    fresh("sts:GetCallerIdentity", "sts:GetCallerIdentity", Rhythm::Account),
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
