"""Mistakes with what watches: records that no longer arrive, and alarms that wake nobody."""

from __future__ import annotations

import datetime

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import names, unwritable
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company


def lose_the_key_of_the_trail(_: Company) -> None:
    """A change of the log key's policy four days ago shut the audit trail out, which records but cannot deliver."""
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=4)
    unwritable.break_trail(PRIMARY_REGION, names.TRAIL, since, "KMS.AccessDeniedException")


def silence_an_alarm(company: Company) -> None:
    """One alarm rang all night during a migration of sign-ins, and its actions were never switched on again."""
    company.clients("cloudwatch").disable_alarm_actions(AlarmNames=[names.SILENT_ALARM])


def wake_nobody(company: Company) -> None:
    """The new on-call address was to get the most important alarm, but nobody followed the link in the first mail."""
    sns = company.clients("sns")
    with dated("-50d"):
        topic = sns.create_topic(Name=names.UNHEARD_TOPIC, Tags=names.pairs(names.labels()))["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=names.ONCALL_ADDRESS, ReturnSubscriptionArn=True)
    cloudwatch = company.clients("cloudwatch")
    alarm = cloudwatch.describe_alarms(AlarmNames=[names.UNHEARD_ALARM])["MetricAlarms"][0]
    kept = (
        "AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold",
        "ComparisonOperator", "TreatMissingData",
    )  # fmt: skip
    with dated("-50d"):
        cloudwatch.put_metric_alarm(**{name: alarm[name] for name in kept}, ActionsEnabled=True, AlarmActions=[topic])


def lose_the_flow_records(company: Company) -> None:
    """The records of the network's traffic were to go to a log group that was renamed the week after."""
    ec2 = company.clients("ec2")
    logs = ec2.describe_flow_logs()["FlowLogs"]
    ec2.delete_flow_logs(FlowLogIds=[log["FlowLogId"] for log in logs])
    with dated("-95d"):
        ec2.create_flow_logs(
            ResourceIds=[company.primary.vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=names.LOST_LOG_GROUP,
            DeliverLogsPermissionArn=names.arn("iam", f"role/{names.FLOW_LOG_ROLE}"),
            TagSpecifications=names.specification("vpc-flow-log", names.labels("trackera")),
        )


def keep_logs_for_ever(company: Company) -> None:
    """An import job made its log group by itself, and such a group keeps for ever what customers' data it logged."""
    with dated("-260d"):
        company.clients("logs").create_log_group(logGroupName=names.ENDLESS_LOG_GROUP)
