"""How each operation of the collectors is called in the clean estate, and what AWS says in every answer to it.

The list of operations is the product's own. A path names members from the answer down; `[]` walks over every entry of a
list, of which there must be at least one.
"""

from __future__ import annotations

import pathlib
import re
from typing import Any

from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names
from trackera_lab.estate.clients import Clients

_LIST = pathlib.Path(__file__).parents[3] / "crates/trackera-core/src/schema/operations.rs"
_SERVICES = {"s3control": "s3control", "elbv2": "elbv2"}
Call = tuple[dict[str, Any], list[str]]
"""The parameters, and the paths that the answer holds."""


def operations() -> list[str]:
    """Every operation that collectors may call."""
    text = _LIST.read_text(encoding="utf-8").split("pub fn operation")[0]
    return sorted(set(re.findall(r'(?:fresh\(\s*|name: )"([a-z0-9]+:[A-Za-z0-9]+)"', text)))


def region_of(operation: str) -> str:
    """Where the call is made: the clean estate has something of each kind in its primary region."""
    return RECOVERY_REGION if operation == "s3:GetObjectLockConfiguration" else PRIMARY_REGION


def calls(clients: Clients) -> dict[str, Call]:
    """Every call, by operation."""
    return {
        **_certificates_and_servers(clients),
        **_backups_and_trails(clients),
        **_networks_and_disks(clients),
        **_balancers(clients),
        **_identities_and_keys(clients),
        **_databases(clients),
        **_names_and_buckets(clients),
        **_messages(clients),
    }


def _each(prefix: str, *members: str) -> list[str]:
    return [f"{prefix}{member}" for member in members]


def _certificates_and_servers(clients: Clients) -> dict[str, Call]:
    arn = clients("acm").list_certificates()["CertificateSummaryList"][0]["CertificateArn"]
    summary = ("CertificateArn", "DomainName", "Status", "Type", "KeyAlgorithm", "InUse", "NotAfter", "RenewalEligibility")
    group = (
        "AutoScalingGroupName", "AutoScalingGroupARN", "MinSize", "MaxSize", "DesiredCapacity", "DefaultCooldown",
        "AvailabilityZones", "HealthCheckType", "CreatedTime", "LaunchTemplate.LaunchTemplateName", "TargetGroupARNs",
        "Instances[].InstanceId", "Instances[].HealthStatus", "Tags[].Key", "VPCZoneIdentifier",
    )  # fmt: skip
    return {
        "acm:ListCertificates": ({}, _each("CertificateSummaryList[].", *summary)),
        "acm:DescribeCertificate": (
            {"CertificateArn": arn},
            _each("Certificate.", "Status", "Type", "NotAfter", "InUseBy[]", "DomainValidationOptions[].DomainName"),
        ),
        "autoscaling:DescribeAutoScalingGroups": ({}, _each("AutoScalingGroups[].", *group)),
        "sts:GetCallerIdentity": ({}, ["Account", "Arn", "UserId"]),
    }


def _backups_and_trails(clients: Clients) -> dict[str, Call]:
    plan = clients("backup").list_backup_plans()["BackupPlansList"][0]["BackupPlanId"]
    vault = ("BackupVaultName", "BackupVaultArn", "EncryptionKeyArn", "Locked", "MinRetentionDays", "NumberOfRecoveryPoints")
    point = (
        "RecoveryPointArn", "BackupVaultName", "ResourceArn", "ResourceType", "Status", "IsEncrypted", "CreationDate",
    )  # fmt: skip
    trail = (
        "TrailARN", "HomeRegion", "IsMultiRegionTrail", "IsOrganizationTrail", "IncludeGlobalServiceEvents",
        "LogFileValidationEnabled", "KmsKeyId", "S3BucketName", "CloudWatchLogsLogGroupArn", "HasCustomEventSelectors",
    )  # fmt: skip
    selectors = ("ReadWriteType", "IncludeManagementEvents", "DataResources[].Type")
    alarm = (
        "AlarmArn", "AlarmName", "MetricName", "Namespace", "StateValue", "StateUpdatedTimestamp", "ActionsEnabled",
        "AlarmActions[]", "TreatMissingData", "Period", "EvaluationPeriods",
    )  # fmt: skip
    return {
        "backup:ListBackupPlans": (
            {},
            _each("BackupPlansList[].", "BackupPlanId", "BackupPlanName", "LastExecutionDate", "VersionId"),
        ),
        "backup:GetBackupPlan": (
            {"BackupPlanId": plan},
            _each(
                "BackupPlan.Rules[].",
                *("RuleName", "TargetBackupVaultName", "ScheduleExpression", "Lifecycle.DeleteAfterDays"),
                "CopyActions[].DestinationBackupVaultArn",
            ),
        ),
        "backup:ListBackupVaults": ({}, _each("BackupVaultList[].", *vault)),
        "backup:ListProtectedResources": ({}, _each("Results[].", "ResourceArn", "ResourceType", "LastBackupTime")),
        "backup:ListRecoveryPointsByBackupVault": (
            {"BackupVaultName": names.VAULT},
            _each("RecoveryPoints[].", *point),
        ),
        "cloudtrail:DescribeTrails": ({}, _each("trailList[].", *trail)),
        "cloudtrail:GetEventSelectors": ({"TrailName": names.TRAIL}, _each("EventSelectors[].", *selectors)),
        "cloudtrail:GetTrailStatus": (
            {"Name": names.TRAIL},
            ["IsLogging", "LatestDeliveryTime", "LatestCloudWatchLogsDeliveryTime", "StartLoggingTime"],
        ),
        "cloudwatch:DescribeAlarms": ({}, _each("MetricAlarms[].", *alarm)),
        "logs:DescribeLogGroups": (
            {},
            _each("logGroups[].", "logGroupName", "arn", "retentionInDays", "kmsKeyId", "storedBytes", "creationTime"),
        ),
        "logs:DescribeMetricFilters": (
            {},
            _each(
                "metricFilters[].",
                *("filterName", "logGroupName", "filterPattern", "creationTime"),
                *("metricTransformations[].metricName", "metricTransformations[].metricNamespace"),
            ),
        ),
    }


def _networks_and_disks(clients: Clients) -> dict[str, Call]:
    ec2 = clients("ec2")
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    snapshot = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]
    own = [{"Name": "owner-id", "Values": [ACCOUNT]}]
    prefix_list = ec2.describe_managed_prefix_lists(Filters=own)["PrefixLists"][0]["PrefixListId"]
    instance = (
        "InstanceId", "InstanceType", "State.Name", "ImageId", "LaunchTime", "Placement.AvailabilityZone", "VpcId",
        "SubnetId", "SecurityGroups[].GroupId", "NetworkInterfaces[].NetworkInterfaceId", "IamInstanceProfile.Arn",
        "MetadataOptions.HttpTokens", "MetadataOptions.HttpEndpoint", "MetadataOptions.HttpPutResponseHopLimit",
    )  # fmt: skip
    interface = (
        "NetworkInterfaceId", "Description", "InterfaceType", "RequesterManaged", "Status", "VpcId", "SubnetId",
        "Groups[].GroupId", "PrivateIpAddresses[].PrivateIpAddress", "AvailabilityZone",
    )  # fmt: skip
    flow_log = (
        "FlowLogId", "ResourceId", "TrafficType", "FlowLogStatus", "DeliverLogsStatus", "LogDestinationType",
        "LogDestination", "CreationTime", "MaxAggregationInterval",
    )  # fmt: skip
    volume = ("VolumeId", "Encrypted", "KmsKeyId", "State", "Size", "CreateTime", "AvailabilityZone")
    snapshots = ("SnapshotId", "Encrypted", "KmsKeyId", "State", "VolumeId", "VolumeSize", "StartTime", "OwnerId")
    return {
        "ec2:DescribeAddresses": ({}, _each("Addresses[].", "AllocationId", "PublicIp", "NetworkInterfaceId")),
        "ec2:DescribeFlowLogs": ({}, _each("FlowLogs[].", *flow_log)),
        "ec2:DescribeImages": (
            {"Owners": ["self"]},
            _each(
                "Images[].",
                *("ImageId", "State", "Public", "CreationDate", "OwnerId", "Name"),
                *("BlockDeviceMappings[].Ebs.SnapshotId", "BlockDeviceMappings[].Ebs.Encrypted"),
            ),
        ),
        "ec2:DescribeImageAttribute": ({"ImageId": image, "Attribute": "launchPermission"}, ["ImageId"]),
        "ec2:DescribeInstances": ({}, _each("Reservations[].Instances[].", *instance)),
        "ec2:DescribeManagedPrefixLists": (
            {},
            _each("PrefixLists[].", "PrefixListId", "OwnerId", "AddressFamily", "PrefixListName", "State"),
        ),
        "ec2:GetManagedPrefixListEntries": ({"PrefixListId": prefix_list}, ["Entries[].Cidr"]),
        "ec2:DescribeNetworkAcls": (
            {},
            _each(
                "NetworkAcls[].",
                *("NetworkAclId", "VpcId", "IsDefault", "Associations[].SubnetId", "Entries[].RuleNumber"),
                *("Entries[].Egress", "Entries[].Protocol", "Entries[].RuleAction", "Entries[].CidrBlock"),
            ),
        ),
        "ec2:DescribeNetworkInterfaces": ({}, _each("NetworkInterfaces[].", *interface)),
        "ec2:DescribeRegions": ({}, _each("Regions[].", "RegionName", "OptInStatus")),
        "ec2:DescribeRouteTables": (
            {},
            _each("RouteTables[].", "RouteTableId", "VpcId", "Routes[].State", "Associations[].Main"),
        ),
        "ec2:DescribeSecurityGroups": (
            {},
            _each("SecurityGroups[].", "GroupId", "GroupName", "Description", "VpcId", "OwnerId", "IpPermissions"),
        ),
        "ec2:DescribeSnapshots": ({"OwnerIds": ["self"]}, _each("Snapshots[].", *snapshots)),
        "ec2:DescribeSnapshotAttribute": (
            {"SnapshotId": snapshot, "Attribute": "createVolumePermission"},
            ["SnapshotId", "CreateVolumePermissions"],
        ),
        "ec2:DescribeSubnets": (
            {},
            _each("Subnets[].", "SubnetId", "VpcId", "AvailabilityZone", "CidrBlock", "MapPublicIpOnLaunch"),
        ),
        "ec2:DescribeVolumes": ({}, _each("Volumes[].", *volume)),
        "ec2:DescribeVpcs": (
            {},
            _each("Vpcs[].", "VpcId", "CidrBlock", "CidrBlockAssociationSet[].CidrBlock", "IsDefault", "State"),
        ),
        "ec2:GetEbsDefaultKmsKeyId": ({}, ["KmsKeyId"]),
        "ec2:GetEbsEncryptionByDefault": ({}, ["EbsEncryptionByDefault"]),
        "ec2:GetImageBlockPublicAccessState": ({}, ["ImageBlockPublicAccessState"]),
        "ec2:GetInstanceMetadataDefaults": ({}, ["AccountLevel.HttpTokens"]),
        "ec2:GetSnapshotBlockPublicAccessState": ({}, ["State"]),
    }


def _balancers(clients: Clients) -> dict[str, Call]:
    elb = clients("elbv2")
    balancer = {"LoadBalancerArn": elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]}
    listener = elb.describe_listeners(**balancer)["Listeners"][0]["ListenerArn"]
    members = (
        "LoadBalancerArn", "DNSName", "Scheme", "VpcId", "State.Code", "Type", "AvailabilityZones[].ZoneName",
        "SecurityGroups[]", "CreatedTime", "IpAddressType",
    )  # fmt: skip
    return {
        "elbv2:DescribeLoadBalancers": ({}, _each("LoadBalancers[].", *members)),
        "elbv2:DescribeLoadBalancerAttributes": (balancer, ["Attributes[].Key", "Attributes[].Value"]),
        "elbv2:DescribeListeners": (
            balancer,
            _each("Listeners[].", "ListenerArn", "LoadBalancerArn", "Port", "Protocol", "DefaultActions[].Type"),
        ),
        "elbv2:DescribeRules": (
            {"ListenerArn": listener},
            _each("Rules[].", "RuleArn", "Priority", "Actions[].Type", "IsDefault"),
        ),
        "elbv2:DescribeSSLPolicies": (
            {},
            _each("SslPolicies[].", "Name", "SslProtocols[]", "Ciphers[].Name", "SupportedLoadBalancerTypes[]"),
        ),
    }


def _identities_and_keys(clients: Clients) -> dict[str, Call]:
    iam, kms = clients("iam"), clients("kms")
    user = {"UserName": names.DEPLOYER}
    key_id = iam.list_access_keys(**user)["AccessKeyMetadata"][0]["AccessKeyId"]
    key = {"KeyId": kms.describe_key(KeyId=names.DATA_KEY)["KeyMetadata"]["KeyId"]}
    while iam.generate_credential_report()["State"] != "COMPLETE":
        continue
    metadata = (
        "KeyId", "Arn", "KeyManager", "KeyState", "KeySpec", "KeyUsage", "Origin", "CreationDate", "MultiRegion", "Enabled",
    )  # fmt: skip
    policy = ("MinimumPasswordLength", "RequireSymbols", "RequireNumbers", "AllowUsersToChangePassword", "ExpirePasswords")
    return {
        "iam:GenerateCredentialReport": ({}, ["State"]),
        "iam:GetCredentialReport": ({}, ["Content", "ReportFormat", "GeneratedTime"]),
        "iam:GetAccessKeyLastUsed": (
            {"AccessKeyId": key_id},
            ["UserName", *_each("AccessKeyLastUsed.", "LastUsedDate", "ServiceName", "Region")],
        ),
        "iam:GetAccountAuthorizationDetails": (
            {},
            [
                *_each("UserDetailList[].", "Arn", "Path", "UserId", "CreateDate", "GroupList", "AttachedManagedPolicies"),
                *_each("GroupDetailList[].", "Arn", "CreateDate", "GroupPolicyList", "AttachedManagedPolicies"),
                *_each("RoleDetailList[].", "Arn", "AssumeRolePolicyDocument", "InstanceProfileList", "RoleLastUsed"),
                *_each("RoleDetailList[].", "RoleLastUsed.LastUsedDate", "RolePolicyList", "AttachedManagedPolicies"),
                *_each("Policies[].", "Arn", "PolicyName", "AttachmentCount", "PolicyVersionList[].Document"),
            ],
        ),
        "iam:GetAccountPasswordPolicy": ({}, _each("PasswordPolicy.", *policy)),
        "iam:GetAccountSummary": (
            {},
            _each("SummaryMap.", "AccountMFAEnabled", "AccountAccessKeysPresent", "AccountPasswordPresent", "Users"),
        ),
        "iam:ListAccessKeys": (user, _each("AccessKeyMetadata[].", "AccessKeyId", "Status", "CreateDate", "UserName")),
        "iam:ListMFADevices": (
            {"UserName": names.ADMINISTRATORS[0]},
            _each("MFADevices[].", "UserName", "SerialNumber", "EnableDate"),
        ),
        "iam:ListUsers": ({}, _each("Users[].", "UserName", "Arn", "Path", "UserId", "CreateDate")),
        "iam:ListVirtualMFADevices": ({}, _each("VirtualMFADevices[].", "SerialNumber", "EnableDate", "User.Arn")),
        "kms:DescribeKey": (key, _each("KeyMetadata.", *metadata)),
        "kms:GetKeyPolicy": ({**key, "PolicyName": "default"}, ["Policy"]),
        "kms:GetKeyRotationStatus": (key, ["KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate"]),
        "kms:ListAliases": ({}, ["Aliases[].AliasName", "Aliases[].AliasArn"]),
        "kms:ListKeys": ({}, ["Keys[].KeyId", "Keys[].KeyArn"]),
    }


def _databases(clients: Clients) -> dict[str, Call]:
    rds = clients("rds")
    snapshot = rds.describe_db_snapshots()["DBSnapshots"][0]["DBSnapshotIdentifier"]
    instance = (
        "DBInstanceIdentifier", "DBInstanceArn", "Engine", "EngineVersion", "DBInstanceStatus", "InstanceCreateTime",
        "StorageEncrypted", "KmsKeyId", "PubliclyAccessible", "VpcSecurityGroups[].VpcSecurityGroupId", "MultiAZ",
        "DBSubnetGroup.Subnets[].SubnetIdentifier", "IAMDatabaseAuthenticationEnabled", "EnabledCloudwatchLogsExports[]",
        "DBParameterGroups[].DBParameterGroupName", "DBParameterGroups[].ParameterApplyStatus", "DeletionProtection",
        "AutoMinorVersionUpgrade", "BackupRetentionPeriod", "LatestRestorableTime", "CACertificateIdentifier",
    )  # fmt: skip
    snapshots = (
        "DBSnapshotIdentifier", "DBSnapshotArn", "DBInstanceIdentifier", "SnapshotType", "Status", "SnapshotCreateTime",
        "OriginalSnapshotCreateTime", "Encrypted", "KmsKeyId",
    )  # fmt: skip
    parameter = ("ParameterName", "Source", "ApplyType", "DataType", "IsModifiable", "ApplyMethod")
    lifecycle = ("LifecycleSupportName", "LifecycleSupportStartDate", "LifecycleSupportEndDate")
    cluster = (
        "DBClusterIdentifier", "DBClusterArn", "Engine", "EngineVersion", "Status", "StorageEncrypted", "KmsKeyId",
        "MultiAZ", "DeletionProtection", "IAMDatabaseAuthenticationEnabled", "BackupRetentionPeriod",
        "LatestRestorableTime", "DBClusterParameterGroup",
    )  # fmt: skip
    cluster_snapshot = (
        "DBClusterSnapshotIdentifier", "DBClusterSnapshotArn", "DBClusterIdentifier", "SnapshotType", "Status",
        "SnapshotCreateTime", "StorageEncrypted", "KmsKeyId",
    )  # fmt: skip
    made = _make_cluster(rds)
    return {
        "rds:DescribeDBInstances": ({}, _each("DBInstances[].", *instance)),
        "rds:DescribeDBSnapshots": ({}, _each("DBSnapshots[].", *snapshots)),
        "rds:DescribeDBSnapshotAttributes": (
            {"DBSnapshotIdentifier": snapshot},
            ["DBSnapshotAttributesResult.DBSnapshotAttributes[].AttributeName"],
        ),
        "rds:DescribeDBInstanceAutomatedBackups": (
            {},
            _each("DBInstanceAutomatedBackups[].", "DBInstanceIdentifier", "Status"),
        ),
        "rds:DescribeDBParameters": (
            {"DBParameterGroupName": names.PARAMETER_GROUP},
            _each("Parameters[].", *parameter),
        ),
        "rds:DescribePendingMaintenanceActions": (
            {},
            _each("PendingMaintenanceActions[].", "ResourceIdentifier", "PendingMaintenanceActionDetails[].Action"),
        ),
        "rds:DescribeDBMajorEngineVersions": (
            {},
            _each(
                "DBMajorEngineVersions[].",
                *("Engine", "MajorEngineVersion"),
                *_each("SupportedEngineLifecycles[].", *lifecycle),
            ),
        ),
        "rds:DescribeDBClusters": ({}, _each("DBClusters[].", *cluster)),
        "rds:DescribeDBClusterParameters": (
            {"DBClusterParameterGroupName": made["DBClusterParameterGroup"]},
            _each("Parameters[].", *parameter),
        ),
        "rds:DescribeDBClusterSnapshots": ({}, _each("DBClusterSnapshots[].", *cluster_snapshot)),
        "rds:DescribeDBClusterSnapshotAttributes": (
            {"DBClusterSnapshotIdentifier": "cluster-snapshot"},
            ["DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes[].AttributeName"],
        ),
    }


def _make_cluster(rds: Any) -> dict[str, Any]:
    """The company has no cluster, but the operations on them must be right all the same."""
    found = rds.describe_db_clusters()["DBClusters"]
    if found:
        return dict(found[0])
    cluster = rds.create_db_cluster(
        DBClusterIdentifier="cluster",
        Engine="aurora-postgresql",
        EngineVersion="15.4",
        MasterUsername="owner",
        MasterUserPassword=names.DATABASE_PASSWORD,
        StorageEncrypted=True,
    )["DBCluster"]
    rds.create_db_cluster_snapshot(DBClusterIdentifier="cluster", DBClusterSnapshotIdentifier="cluster-snapshot")
    return dict(cluster)


def _names_and_buckets(clients: Clients) -> dict[str, Call]:
    zone = clients("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    bucket = {"Bucket": names.BACKUP_BUCKET}
    newest = clients("s3").list_objects_v2(**bucket)["Contents"][0]["Key"]
    lifecycle = ("ID", "Status", "Filter")
    rule = ("ID", "Status", "Filter", "Destination.Bucket")
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    lock = ("ObjectLockEnabled", "Rule.DefaultRetention.Mode", "Rule.DefaultRetention.Days")
    return {
        "route53:ListHostedZones": (
            {},
            ["IsTruncated", "MaxItems", *_each("HostedZones[].", "Id", "Name", "CallerReference", "Config.PrivateZone")],
        ),
        "route53:ListResourceRecordSets": (
            {"HostedZoneId": zone},
            ["IsTruncated", "MaxItems", "ResourceRecordSets[].Name", "ResourceRecordSets[].Type"],
        ),
        "s3:ListBuckets": ({}, _each("Buckets[].", "Name", "CreationDate", "BucketRegion")),
        "s3:GetBucketAcl": (bucket, ["Owner.ID", "Grants[].Permission", "Grants[].Grantee.Type"]),
        "s3:GetBucketEncryption": (
            bucket,
            ["ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm"],
        ),
        "s3:GetBucketLifecycleConfiguration": (bucket, _each("Rules[].", *lifecycle)),
        "s3:GetBucketLocation": (bucket, ["LocationConstraint"]),
        "s3:GetBucketLogging": (bucket, _each("LoggingEnabled.", "TargetBucket", "TargetPrefix")),
        "s3:GetBucketOwnershipControls": (bucket, ["OwnershipControls.Rules[].ObjectOwnership"]),
        "s3:GetBucketPolicy": (bucket, ["Policy"]),
        "s3:GetBucketPolicyStatus": (bucket, ["PolicyStatus.IsPublic"]),
        "s3:GetBucketReplication": (bucket, _each("ReplicationConfiguration.Rules[].", *rule)),
        "s3:GetBucketTagging": (bucket, ["TagSet[].Key", "TagSet[].Value"]),
        "s3:GetBucketVersioning": (bucket, ["Status"]),
        "s3:GetObjectLockConfiguration": (
            {"Bucket": names.RECOVERY_BUCKET},
            _each("ObjectLockConfiguration.", *lock),
        ),
        "s3:GetPublicAccessBlock": (bucket, _each("PublicAccessBlockConfiguration.", *block)),
        "s3:HeadObject": ({**bucket, "Key": newest}, ["LastModified", "ContentLength", "ServerSideEncryption", "ETag"]),
        "s3:ListObjectsV2": (bucket, _each("Contents[].", "Key", "LastModified", "Size", "StorageClass")),
        "s3control:GetPublicAccessBlock": ({"AccountId": ACCOUNT}, _each("PublicAccessBlockConfiguration.", *block)),
    }


def _messages(clients: Clients) -> dict[str, Call]:
    topic = {"TopicArn": clients("sns").list_topics()["Topics"][0]["TopicArn"]}
    queue = clients("sqs").list_queues()["QueueUrls"][0]
    identity = {"EmailIdentity": names.SENDER_DOMAIN}
    secret = (
        "ARN", "Name", "RotationEnabled", "RotationRules.AutomaticallyAfterDays", "LastRotatedDate", "LastChangedDate",
        "LastAccessedDate", "KmsKeyId", "CreatedDate", "Tags[].Key",
    )  # fmt: skip
    about = (
        "IdentityType", "VerifiedForSendingStatus", "DkimAttributes.SigningEnabled", "DkimAttributes.Status",
        "DkimAttributes.Tokens[]", "MailFromAttributes.MailFromDomain", "MailFromAttributes.MailFromDomainStatus",
        "ConfigurationSetName", "VerificationStatus", "FeedbackForwardingStatus",
    )  # fmt: skip
    options = (
        "DeliveryOptions.TlsPolicy", "SendingOptions.SendingEnabled", "ReputationOptions.ReputationMetricsEnabled",
        "SuppressionOptions.SuppressedReasons[]",
    )  # fmt: skip
    attributes = ("Policy", "KmsMasterKeyId", "Owner", "TopicArn", "SubscriptionsConfirmed", "SubscriptionsPending")
    return {
        "events:ListRules": ({}, _each("Rules[].", "Name", "Arn", "EventPattern", "State", "EventBusName")),
        "events:ListTargetsByRule": ({"Rule": names.EVENT_RULE}, ["Targets[].Id", "Targets[].Arn"]),
        "secretsmanager:ListSecrets": ({}, _each("SecretList[].", *secret)),
        "sesv2:GetAccount": ({}, ["SendingEnabled", "ProductionAccessEnabled", "EnforcementStatus", "SendQuota"]),
        "sesv2:GetConfigurationSet": (
            {"ConfigurationSetName": names.CONFIGURATION_SET},
            ["ConfigurationSetName", *options],
        ),
        "sesv2:GetEmailIdentity": (identity, list(about)),
        "sesv2:GetEmailIdentityPolicies": (identity, ["Policies"]),
        "sesv2:ListConfigurationSets": ({}, ["ConfigurationSets[]"]),
        "sesv2:ListEmailIdentities": ({}, _each("EmailIdentities[].", "IdentityType", "IdentityName", "SendingEnabled")),
        "sns:GetTopicAttributes": (topic, _each("Attributes.", *attributes)),
        "sns:ListSubscriptions": (
            {},
            _each("Subscriptions[].", "SubscriptionArn", "Protocol", "Endpoint", "TopicArn", "Owner"),
        ),
        "sns:ListTopics": ({}, ["Topics[].TopicArn"]),
        "sqs:GetQueueAttributes": (
            {"QueueUrl": queue, "AttributeNames": ["All"]},
            _each("Attributes.", "QueueArn", "KmsMasterKeyId", "MessageRetentionPeriod", "Policy"),
        ),
        "sqs:ListQueues": ({}, ["QueueUrls[]"]),
    }
