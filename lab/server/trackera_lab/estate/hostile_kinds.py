"""Hostile names for what watches, carries and keeps: alarms, filters, groups of servers, rules, plans, records, topics.

Most of these names AWS leaves to whoever makes the thing. Every rule of the company still holds.
"""

from __future__ import annotations

import datetime
import json

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import documents, names, nights, unwritable, vaults, watching
from trackera_lab.estate.company import Company
from trackera_lab.estate.hostile_words import CONTROLS, EVERYTHING, TEXT

_LONGEST_NAME = 255
_FEW = ("html", "c1 colour", "right to left", "newlines", "option", "csv formula", "long")


def apply(company: Company) -> None:
    """Add one of each kind for every word that the kind can bear."""
    _add_alarms(company)
    _add_filters(company)
    _add_server_groups(company)
    _add_rules(company)
    _add_plans(company)
    _add_records(company)
    _add_messages(company)
    _add_bucket_rules(company)
    _tag_the_rest(company)


def _words() -> list[str]:
    """Words that can be names: not empty, not too long, no two alike."""
    return [word[:_LONGEST_NAME] for word in TEXT.values() if word.strip()]


def _add_alarms(company: Company) -> None:
    cloudwatch, topic = company.clients("cloudwatch"), names.arn("sns", names.TOPIC, PRIMARY_REGION)
    for word in _words():
        cloudwatch.put_metric_alarm(
            AlarmName=word,
            AlarmDescription=word,
            Namespace="Hostile",
            MetricName=word,
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            ActionsEnabled=True,
            AlarmActions=[topic],
        )


def _add_filters(company: Company) -> None:
    for word in _words():
        plain = word.replace(":", "").replace("*", "") or "x"
        company.clients("logs").put_metric_filter(
            logGroupName=names.APPLICATION_LOG_GROUP,
            filterName=plain,
            filterPattern=json.dumps(word),
            metricTransformations=[{"metricName": "hostile", "metricNamespace": "Hostile", "metricValue": "1"}],
        )


def _add_server_groups(company: Company) -> None:
    scaling = company.clients("autoscaling")
    for word in (TEXT[name][:_LONGEST_NAME].replace(":", "") for name in _FEW):
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=word,
            LaunchTemplate={"LaunchTemplateName": names.SERVER_TEMPLATE, "Version": "$Default"},
            MinSize=0,
            MaxSize=1,
            DesiredCapacity=0,
            VPCZoneIdentifier=",".join(company.primary.private),
            HealthCheckType="ELB",
            HealthCheckGracePeriod=60,
            Tags=[{"Key": "note", "Value": word, "PropagateAtLaunch": False}],
        )


def _add_rules(company: Company) -> None:
    """EventBridge answers in JSON: patterns and descriptions can carry everything."""
    events = company.clients("events")
    for number, word in enumerate(EVERYTHING.values()):
        name = f"hostile-{number}"
        pattern = json.dumps({"source": ["hostile"], "detail": {"word": [word]}})
        events.put_rule(Name=name, Description=word[:512], EventPattern=pattern, State="ENABLED")
        events.put_targets(
            Rule=name, Targets=[{"Id": "agent", "Arn": names.arn("sqs", names.EVENT_QUEUE, PRIMARY_REGION)}]
        )


def _add_plans(company: Company) -> None:
    for number, word in enumerate(CONTROLS.values()):
        plan = {"BackupPlanName": f"{number} {word}", "Rules": [{**vaults.rule(), "RuleName": word}]}
        company.clients("backup").create_backup_plan(BackupPlan=plan, BackupPlanTags={"note": word})
    unwritable.run_plan(nights.latest(nights.VAULT, datetime.datetime.now(datetime.timezone.utc)))


def _add_records(company: Company) -> None:
    route53 = company.clients("route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": f"hostile-{number}.{names.DOMAIN}.",
                "Type": "TXT",
                "TTL": 60,
                "ResourceRecords": [{"Value": json.dumps(word, ensure_ascii=False)}],
            },
        }
        for number, word in enumerate(_words())
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _add_messages(company: Company) -> None:
    topic = names.arn("sns", names.TOPIC, PRIMARY_REGION)
    sns = company.clients("sns")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue=TEXT["html"])
    for word in (TEXT[name] for name in _FEW):
        watching.subscribe(company.clients, topic, f"{word[:60]}@{names.DOMAIN}")
    statement = {"Sid": TEXT["html"], "Effect": "Deny", "Principal": "*", "Action": "sqs:DeleteQueue", "Resource": "*"}
    policy = json.loads(documents.receive_events())
    policy["Statement"].append(statement)
    sqs = company.clients("sqs")
    queue = sqs.get_queue_url(QueueName=names.EVENT_QUEUE)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sqs.tag_queue(QueueUrl=queue, Tags={"note": TEXT["newlines"]})


def _add_bucket_rules(company: Company) -> None:
    s3 = company.clients("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=names.LOG_BUCKET)["Rules"]
    rules += [
        {"ID": TEXT[name][:_LONGEST_NAME], "Status": "Disabled", "Filter": {"Prefix": name}, "Expiration": {"Days": 9000}}
        for name in _FEW
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=names.LOG_BUCKET, LifecycleConfiguration={"Rules": rules})


def _tag_the_rest(company: Company) -> None:
    ec2 = company.clients("ec2")
    resources = [
        *(acl["NetworkAclId"] for acl in ec2.describe_network_acls()["NetworkAcls"]),
        *(log["FlowLogId"] for log in ec2.describe_flow_logs()["FlowLogs"]),
        *(image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]),
        *(address["AllocationId"] for address in ec2.describe_addresses()["Addresses"]),
    ]
    tags = {"Name": TEXT["html"], TEXT["csv formula"]: TEXT["c1 colour"], "nothing": ""}
    ec2.create_tags(Resources=resources, Tags=names.pairs(tags))
    company.clients("secretsmanager").tag_resource(
        SecretId=names.SECRET, Tags=names.pairs({f"note-{number}": word for number, word in enumerate(CONTROLS.values())})
    )
