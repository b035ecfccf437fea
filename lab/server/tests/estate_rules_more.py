"""More of the company's rules: what watches, what carries messages, what is kept, and what is encrypted on its way."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.estate_rules import DECLARED, NOW, _pages, regions
from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names
from trackera_lab.estate.alarms import PATTERNS
from trackera_lab.estate.clients import Clients

_OLD_PROTOCOLS = {"SSLv3", "TLSv1", "TLSv1.1"}


def trails_that_do_not_deliver(clients: Clients) -> list[str]:
    """Trails that are stopped, or have delivered nothing to their bucket or their log group for an hour."""
    found = []
    for trail in clients("cloudtrail").describe_trails(includeShadowTrails=False)["trailList"]:
        status = clients("cloudtrail").get_trail_status(Name=trail["TrailARN"])
        latest = min(status["LatestDeliveryTime"], status["LatestCloudWatchLogsDeliveryTime"])
        if not status["IsLogging"] or NOW - latest > datetime.timedelta(hours=1):
            found.append(trail["Name"])
    return found


def events_that_wake_nobody(clients: Clients) -> list[str]:
    """Classes of events without the way from the trail's log group over a filter and an alarm to a confirmed mail."""
    filters = list(_pages(clients("logs"), "describe_metric_filters", "metricFilters"))
    alarms = list(_pages(clients("cloudwatch"), "describe_alarms", "MetricAlarms"))
    subscriptions = list(_pages(clients("sns"), "list_subscriptions", "Subscriptions"))
    heard = {item["TopicArn"] for item in subscriptions if item["SubscriptionArn"].startswith("arn:")}
    return [
        name
        for name, pattern in PATTERNS.items()
        if not any(
            alarm["ActionsEnabled"] and heard & set(alarm["AlarmActions"])
            for filtered in filters
            if filtered["filterPattern"] == pattern and filtered["logGroupName"] == names.AUDIT_LOG_GROUP
            for alarm in alarms
            if alarm["MetricName"] == filtered["metricTransformations"][0]["metricName"]
        )
    ]


def networks_without_records(clients: Clients) -> list[str]:
    """Regions with a network whose connections nobody records, or whose records do not arrive."""
    found = []
    for region in regions(clients):
        ec2 = clients("ec2", region)
        good = {
            log["ResourceId"]
            for log in _pages(ec2, "describe_flow_logs", "FlowLogs")
            if log["FlowLogStatus"] == "ACTIVE" and log.get("DeliverLogsStatus") == "SUCCESS"
        }
        found += [region for vpc in _pages(ec2, "describe_vpcs", "Vpcs") if vpc["VpcId"] not in good]
    return found


def regions_that_may_share(clients: Clients) -> list[str]:
    """Regions in which a snapshot or an image can be made public."""
    return [
        region
        for region in regions(clients)
        if clients("ec2", region).get_snapshot_block_public_access_state()["State"] != "block-all-sharing"
        or clients("ec2", region).get_image_block_public_access_state()["ImageBlockPublicAccessState"]
        != "block-new-sharing"
    ]


def regions_with_open_metadata(clients: Clients) -> list[str]:
    """Regions in which a new server answers questions about itself without a session token."""
    return [
        region
        for region in regions(clients)
        if clients("ec2", region).get_instance_metadata_defaults()["AccountLevel"].get("HttpTokens") != "required"
    ]


def servers_with_open_metadata(clients: Clients) -> list[str]:
    """Servers that answer questions about themselves without a session token, by name."""
    return sorted(
        _name(instance)
        for region in regions(clients)
        for reservation in _pages(clients("ec2", region), "describe_instances", "Reservations")
        for instance in reservation["Instances"]
        if instance["MetadataOptions"]["HttpTokens"] != "required"
    )


def public_images(clients: Clients) -> list[str]:
    """Images that everybody may start servers from."""
    return [
        image["Name"]
        for region in DECLARED
        for image in _pages(clients("ec2", region), "describe_images", "Images", Owners=["self"])
        if image["Public"]
    ]


def open_access_lists(clients: Clients) -> list[str]:
    """Regions with an access list that lets the Internet in at a port of remote administration."""
    return [
        region
        for region in regions(clients)
        for acl in _pages(clients("ec2", region), "describe_network_acls", "NetworkAcls")
        if any(_lets_in(acl["Entries"], port) for port in (22, 3389))
    ]


def _lets_in(entries: list[dict[str, Any]], port: int) -> bool:
    for entry in sorted(entries, key=lambda entry: entry["RuleNumber"]):
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        if entry["Egress"] or entry.get("CidrBlock") != "0.0.0.0/0" or entry["Protocol"] not in ("-1", "6"):
            continue
        if ports["From"] <= port <= ports["To"]:
            return bool(entry["RuleAction"] == "allow")
    return False


def _listeners(clients: Clients) -> Iterator[dict[str, Any]]:
    elb = clients("elbv2")
    for balancer in _pages(elb, "describe_load_balancers", "LoadBalancers"):
        yield from _pages(elb, "describe_listeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"])


def weak_listeners(clients: Clients) -> list[int]:
    """Ports of listeners that speak an old TLS."""
    policies = _pages(clients("elbv2"), "describe_ssl_policies", "SslPolicies")
    old = {policy["Name"] for policy in policies if _OLD_PROTOCOLS & set(policy["SslProtocols"])}
    return [listener["Port"] for listener in _listeners(clients) if listener.get("SslPolicy") in old]


def plain_listeners(clients: Clients) -> list[int]:
    """Ports of listeners that take plain requests and do anything else than send them to HTTPS."""
    return [
        listener["Port"]
        for listener in _listeners(clients)
        if listener["Protocol"] == "HTTP"
        and any(action.get("RedirectConfig", {}).get("Protocol") != "HTTPS" for action in listener["DefaultActions"])
    ]


def ending_certificates(clients: Clients) -> list[str]:
    """Certificates in use that end within a month, whatever their keys."""
    kinds = {"keyTypes": ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"]}
    return [
        certificate["DomainName"]
        for certificate in _pages(clients("acm"), "list_certificates", "CertificateSummaryList", Includes=kinds)
        if certificate["InUse"] and certificate["NotAfter"] - NOW < datetime.timedelta(days=30)
    ]


def stale_secrets(clients: Clients) -> list[str]:
    """Secrets that were not changed for ninety days."""
    return [
        secret["Name"]
        for secret in _pages(clients("secretsmanager"), "list_secrets", "SecretList")
        if NOW - secret["LastChangedDate"] > datetime.timedelta(days=90)
    ]


def endless_log_groups(clients: Clients) -> list[str]:
    """Log groups that are kept for ever."""
    return [
        group["logGroupName"]
        for group in _pages(clients("logs"), "describe_log_groups", "logGroups")
        if "retentionInDays" not in group
    ]


def public_bucket_policies(clients: Clients) -> list[str]:
    """Buckets that S3 itself calls public."""
    s3, found = clients("s3"), []
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            if s3.get_bucket_policy_status(Bucket=bucket["Name"])["PolicyStatus"]["IsPublic"]:
                found.append(bucket["Name"])
        except s3.exceptions.ClientError as refusal:
            assert refusal.response["Error"]["Code"] == "NoSuchBucketPolicy"
    return found


def buckets_without_versions(clients: Clients) -> list[str]:
    """Buckets that do not keep what is overwritten."""
    s3 = clients("s3")
    names_of = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    return [name for name in names_of if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled"]


def plain_queues(clients: Clients) -> list[str]:
    """Queues whose messages are not encrypted."""
    sqs, found = clients("sqs"), []
    for url in _pages(sqs, "list_queues", "QueueUrls"):
        about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if not about.get("KmsMasterKeyId") and about.get("SqsManagedSseEnabled") != "true":
            found.append(url.rpartition("/")[2])
    return found


def plain_topics(clients: Clients) -> list[str]:
    """Topics whose messages are not encrypted."""
    sns = clients("sns")
    arns = [topic["TopicArn"] for topic in _pages(sns, "list_topics", "Topics")]
    return [arn for arn in arns if not sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId")]


def roles_for_strangers(clients: Clients) -> list[str]:
    """Roles that another account may assume."""
    return [
        role["RoleName"]
        for role in _pages(clients("iam"), "get_account_authorization_details", "RoleDetailList", Filter=["Role"])
        if any(ACCOUNT not in arn for arn in _principals(role["AssumeRolePolicyDocument"]))
    ]


def _principals(document: dict[str, Any]) -> list[str]:
    found = [statement["Principal"].get("AWS", []) for statement in document["Statement"]]
    return [arn for item in found for arn in ([item] if isinstance(item, str) else item)]


def weak_password_rules(clients: Clients) -> list[str]:
    """What the rules for passwords do not demand."""
    policy = clients("iam").get_account_password_policy()["PasswordPolicy"]
    flags = [name for name, value in policy.items() if name.startswith("Require") and not value]
    short = ["MinimumPasswordLength"] if policy["MinimumPasswordLength"] < 14 else []
    reused = ["PasswordReusePrevention"] if policy.get("PasswordReusePrevention", 0) < 24 else []
    return sorted(flags + short + reused)


def virtual_device_of_root(clients: Clients) -> list[str]:
    """The root user's second factor, if it is an application on a phone."""
    devices = _pages(clients("iam"), "list_virtual_mfa_devices", "VirtualMFADevices")
    return [device["SerialNumber"] for device in devices if device.get("User", {}).get("Arn", "").endswith(":root")]


def databases_that_take_plain_connections(clients: Clients) -> list[str]:
    """Databases in which encryption on the way is not demanded, or not yet in force."""
    rds, found = clients("rds"), []
    for instance in _pages(rds, "describe_db_instances", "DBInstances"):
        group = instance["DBParameterGroups"][0]
        wanted = [{"Name": "parameter-name", "Values": ["rds.force_ssl"]}]
        parameters = rds.describe_db_parameters(DBParameterGroupName=group["DBParameterGroupName"], Filters=wanted)
        if group["ParameterApplyStatus"] != "in-sync" or parameters["Parameters"][0].get("ParameterValue") != "1":
            found.append(instance["DBInstanceIdentifier"])
    return found


def weak_mail(clients: Clients) -> list[str]:
    """Identities and sets that send mail without its signature, its own envelope or encryption."""
    mail = clients("sesv2")
    found = []
    for identity in mail.list_email_identities()["EmailIdentities"]:
        about = mail.get_email_identity(EmailIdentity=identity["IdentityName"])
        if about["DkimAttributes"]["Status"] != "SUCCESS" or "MailFromAttributes" not in about:
            found.append(identity["IdentityName"])
    for name in mail.list_configuration_sets()["ConfigurationSets"]:
        if mail.get_configuration_set(ConfigurationSetName=name)["DeliveryOptions"]["TlsPolicy"] != "REQUIRE":
            found.append(name)
    return found


def vaults_that_are_behind(clients: Clients) -> list[str]:
    """Vaults that are open to deletion, or whose newest backup is older than 26 hours."""
    found = []
    for region in (PRIMARY_REGION, RECOVERY_REGION):
        backup = clients("backup", region)
        for vault in _pages(backup, "list_backup_vaults", "BackupVaultList"):
            name = vault["BackupVaultName"]
            points = _pages(backup, "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=name)
            newest = max(point["CreationDate"] for point in points)
            if not vault["Locked"] or NOW - newest > datetime.timedelta(hours=26):
                found.append(name)
    return found


def groups_in_one_zone(clients: Clients) -> list[str]:
    """Groups of servers that one failing zone, or one server that hangs, would take away."""
    return [
        group["AutoScalingGroupName"]
        for group in _pages(clients("autoscaling"), "describe_auto_scaling_groups", "AutoScalingGroups")
        if len(group["AvailabilityZones"]) < 2 or group["HealthCheckType"] != "ELB" or "LaunchTemplate" not in group
    ]


def buckets_of_backups_without_lock(clients: Clients) -> list[str]:
    """Copies of backups that an administrator could delete, and backups that are not copied."""
    s3 = clients("s3")
    lock = clients("s3", RECOVERY_REGION).get_object_lock_configuration(Bucket=names.RECOVERY_BUCKET)
    rules = s3.get_bucket_replication(Bucket=names.BACKUP_BUCKET)["ReplicationConfiguration"]["Rules"]
    locked = lock["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Mode"] == "COMPLIANCE"
    copied = any(rule["Status"] == "Enabled" and names.DUMP_PREFIX.startswith(rule["Filter"]["Prefix"]) for rule in rules)
    return [] if locked and copied else [names.RECOVERY_BUCKET]


def rules_without_target(clients: Clients) -> list[str]:
    """Event rules that lead nowhere."""
    events = clients("events")
    return [
        rule["Name"]
        for rule in _pages(events, "list_rules", "Rules")
        if rule["State"] != "ENABLED" or not events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]


def _name(instance: dict[str, Any]) -> str:
    return next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")


def policies_without_encryption(clients: Clients) -> list[str]:
    """Buckets whose policy lets plain connections through."""
    s3, found = clients("s3"), []
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            policy = json.loads(s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"])
        except s3.exceptions.ClientError:
            policy = {"Statement": []}
        if not any(item["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(item) for item in policy["Statement"]):
            found.append(bucket["Name"])
    return found


RULES: dict[str, Callable[[Clients], Any]] = {
    rule.__name__: rule
    for rule in (
        trails_that_do_not_deliver,
        events_that_wake_nobody,
        networks_without_records,
        regions_that_may_share,
        regions_with_open_metadata,
        servers_with_open_metadata,
        public_images,
        open_access_lists,
        weak_listeners,
        plain_listeners,
        ending_certificates,
        stale_secrets,
        endless_log_groups,
        public_bucket_policies,
        buckets_without_versions,
        plain_queues,
        plain_topics,
        roles_for_strangers,
        weak_password_rules,
        virtual_device_of_root,
        databases_that_take_plain_connections,
        weak_mail,
        vaults_that_are_behind,
        groups_in_one_zone,
        buckets_of_backups_without_lock,
        rules_without_target,
        policies_without_encryption,
    )
}
