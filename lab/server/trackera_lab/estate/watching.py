"""How the company notices things: audit trail, network flow logs, alarms, and the topic that wakes people."""

from __future__ import annotations

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import names
from trackera_lab.estate.alarms import PATTERNS
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys
from trackera_lab.estate.network import Network

NAMESPACE = "TrackeraAudit"
LOG_DAYS = 400

def make(clients: Clients, keys: Keys, networks: list[Network]) -> None:
    """Make the trail, its logs, what is filtered from them, and the alarms on that."""
    with dated("-690d"):
        topic = _make_topic(clients, keys)
        _make_log_groups(clients, keys)
        _make_trail(clients, keys)
        _make_alarms(clients, topic)
        for network in networks:
            _make_flow_log(clients, network)


def _make_topic(clients: Clients, keys: Keys) -> str:
    sns = clients("sns")
    topic: str = sns.create_topic(
        Name=names.TOPIC, Attributes={"KmsMasterKeyId": keys.arn(names.LOG_KEY)}, Tags=names.pairs(names.labels())
    )["TopicArn"]
    subscribe(clients, topic, names.ALERT_ADDRESS)
    return topic


def subscribe(clients: Clients, topic: str, address: str) -> None:
    """Send a topic's messages to an address, whose owner has followed the link in the first mail."""
    sns = clients("sns")
    subscription = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, ReturnSubscriptionArn=True)
    token = subscription["SubscriptionArn"].rpartition(":")[2]
    sns.confirm_subscription(TopicArn=topic, Token=token)


def _make_log_groups(clients: Clients, keys: Keys) -> None:
    logs = clients("logs")
    for group in (
        names.AUDIT_LOG_GROUP,
        names.FLOW_LOG_GROUP,
        names.APPLICATION_LOG_GROUP,
        names.DATABASE_LOG_GROUP,
        names.UPGRADE_LOG_GROUP,
    ):
        logs.create_log_group(logGroupName=group, kmsKeyId=keys.arn(names.LOG_KEY), tags=names.labels())
        logs.put_retention_policy(logGroupName=group, retentionInDays=LOG_DAYS)


def _make_trail(clients: Clients, keys: Keys) -> None:
    trail = clients("cloudtrail")
    trail.create_trail(
        Name=names.TRAIL,
        S3BucketName=names.LOG_BUCKET,
        S3KeyPrefix="cloudtrail",
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        KmsKeyId=keys.arn(names.LOG_KEY),
        CloudWatchLogsLogGroupArn=names.arn("logs", f"log-group:{names.AUDIT_LOG_GROUP}:*", PRIMARY_REGION),
        CloudWatchLogsRoleArn=names.arn("iam", f"role/{names.TRAIL_ROLE}"),
        TagsList=names.pairs(names.labels()),
    )
    objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [objects]}
    trail.put_event_selectors(TrailName=names.TRAIL, EventSelectors=[selector])
    trail.start_logging(Name=names.TRAIL)


def _make_alarms(clients: Clients, topic: str) -> None:
    logs, cloudwatch = clients("logs"), clients("cloudwatch")
    for metric, pattern in PATTERNS.items():
        logs.put_metric_filter(
            logGroupName=names.AUDIT_LOG_GROUP,
            filterName=metric,
            filterPattern=pattern,
            metricTransformations=[{"metricName": metric, "metricNamespace": NAMESPACE, "metricValue": "1"}],
        )
        cloudwatch.put_metric_alarm(
            AlarmName=f"trackera-{metric}",
            Namespace=NAMESPACE,
            MetricName=metric,
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            ActionsEnabled=True,
            AlarmActions=[topic],
            Tags=names.pairs(names.labels()),
        )


def _make_flow_log(clients: Clients, network: Network) -> None:
    clients("ec2", network.region).create_flow_logs(
        ResourceIds=[network.vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{names.LOG_BUCKET}/flows/",
        MaxAggregationInterval=60,
        TagSpecifications=names.specification("vpc-flow-log", names.labels("trackera")),
    )
