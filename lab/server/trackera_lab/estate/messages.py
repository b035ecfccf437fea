"""What the company's tools are told at once: changes go from the audit trail through a rule into a queue."""

from __future__ import annotations

import json
from typing import Any

from trackera_lab.context import HOME_REGION, PRIMARY_REGION
from trackera_lab.estate import documents, names
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys

_SOURCES = ("aws.ec2", "aws.iam", "aws.kms", "aws.rds", "aws.s3")
_DAYS = 14


def make(clients: Clients, keys: Keys) -> None:
    """Make the queue and the rule that fills it."""
    with dated("-300d"):
        queue = clients("sqs").create_queue(
            QueueName=names.EVENT_QUEUE,
            Attributes={
                "KmsMasterKeyId": keys.arn(names.LOG_KEY),
                "MessageRetentionPeriod": str(_DAYS * 86_400),
                "Policy": documents.receive_events(),
            },
            tags=names.labels(),
        )["QueueUrl"]
        attributes = clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        _pass_on(clients("events"), attributes["QueueArn"])
        # What belongs to no region is told in one region alone, and passed on from there.
        _pass_on(clients("events", HOME_REGION), names.arn("events", "event-bus/default", PRIMARY_REGION))


def _pass_on(events: Any, target: str) -> None:
    events.put_rule(
        Name=names.EVENT_RULE,
        Description="Changes that the watching agent looks at within a minute",
        EventPattern=json.dumps({"source": _SOURCES, "detail-type": ["AWS API Call via CloudTrail"]}),
        State="ENABLED",
        Tags=names.pairs(names.labels()),
    )
    events.put_targets(Rule=names.EVENT_RULE, Targets=[{"Id": "agent", "Arn": target}])
