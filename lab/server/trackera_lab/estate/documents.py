"""The policy documents of the example company. Pure: text in, text out.

Every grant here is as narrow as its bearer's work; only the administrators' group may do everything.
"""

from __future__ import annotations

import json
from typing import Any

from trackera_lab.context import ACCOUNT, PRIMARY_REGION
from trackera_lab.estate import names

_BUCKET = "arn:aws:s3:::{}"


def document(*statements: dict[str, Any]) -> str:
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | list[str], resources: str | list[str], **more: Any) -> dict[str, Any]:
    """A statement that grants."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def trusted(*services: str) -> str:
    """Lets services of AWS assume a role."""
    return document({"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"})


def trusted_with_mfa(*users: str) -> str:
    """Lets named users assume a role, if they signed in with a second factor."""
    principals = [names.arn("iam", f"user/{user}") for user in users]
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": principals},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }
    )


def nothing_without_mfa() -> str:
    """Denies an administrator everything but the way to a second factor until there is one."""
    return document(
        {
            "Sid": "NothingWithoutSecondFactor",
            "Effect": "Deny",
            "NotAction": [
                "iam:ListMFADevices",
                "iam:ListVirtualMFADevices",
                "iam:EnableMFADevice",
                "iam:ResyncMFADevice",
                "iam:GetUser",
                "sts:GetSessionToken",
            ],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    )


def deploy() -> str:
    """What a release needs: put the build in place and roll the instances."""
    return document(
        allow("s3:PutObject", f"{_BUCKET.format(names.FILES_BUCKET)}/releases/*"),
        allow(
            ["autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh"],
            names.arn(
                "autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{names.APPLICATION_ROLE}", PRIMARY_REGION
            ),
        ),
        allow(
            [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeInstanceRefreshes",
                "ec2:DescribeInstances",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "*",
        ),
    )


def write_backups() -> str:
    """Dumps may be written; they can neither be read nor removed with this."""
    return document(
        allow("s3:PutObject", f"{_BUCKET.format(names.BACKUP_BUCKET)}/{names.DUMP_PREFIX}*"),
        allow(
            "kms:GenerateDataKey",
            names.arn("kms", "key/*", PRIMARY_REGION),
            Condition={"StringEquals": {"kms:ViaService": f"s3.{PRIMARY_REGION}.amazonaws.com"}},
        ),
    )


def support() -> str:
    """What support looks at: whether things run, never what customers stored."""
    return document(
        allow(
            [
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricData",
                "cloudwatch:ListMetrics",
                "ec2:DescribeInstances",
                "elasticloadbalancing:Describe*",
                "rds:DescribeDBInstances",
                "health:DescribeEvents",
                "ses:GetSendQuota",
            ],
            "*",
        )
    )


def application() -> str:
    """What the product itself needs while it runs."""
    return document(
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{_BUCKET.format(names.FILES_BUCKET)}/tenants/*"),
        allow(
            ["ses:SendEmail", "ses:SendRawEmail"],
            names.arn("ses", f"identity/{names.SENDER_DOMAIN}", PRIMARY_REGION),
            Condition={"StringLike": {"ses:FromAddress": f"*@{names.SENDER_DOMAIN}"}},
        ),
        allow("bedrock:InvokeModel", f"arn:aws:bedrock:{PRIMARY_REGION}::foundation-model/anthropic.*"),
        allow("secretsmanager:GetSecretValue", names.arn("secretsmanager", f"secret:{names.SECRET}-*", PRIMARY_REGION)),
        allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            names.arn("kms", "key/*", PRIMARY_REGION),
            Condition={
                "StringEquals": {
                    "kms:ViaService": [
                        f"s3.{PRIMARY_REGION}.amazonaws.com",
                        f"secretsmanager.{PRIMARY_REGION}.amazonaws.com",
                    ]
                }
            },
        ),
    )


def deliver() -> str:
    """What the watching agent may write: its own metrics and its alerts."""
    return document(
        allow("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "TrackeraOps"}}),
        allow("sns:Publish", names.arn("sns", names.TOPIC, PRIMARY_REGION)),
    )


def drill() -> str:
    """What a restore drill needs, on things that are named after it and on nothing else."""
    scratch = [names.arn("rds", "db:drill-*", "*"), names.arn("rds", "snapshot:drill-*", "*")]
    return document(
        allow(
            [
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:DescribeDBSubnetGroups",
                "rds:ListTagsForResource",
            ],
            "*",
        ),
        allow(
            ["rds:RestoreDBInstanceFromDBSnapshot", "rds:AddTagsToResource"],
            [
                *scratch,
                names.arn("rds", "snapshot:*", "*"),
                names.arn("rds", "subgrp:*", "*"),
                names.arn("rds", "pg:*", "*"),
                names.arn("rds", "og:*", "*"),
            ],
            Condition={"StringEquals": {"aws:RequestTag/purpose": "restore-drill"}},
        ),
        allow("rds:DeleteDBInstance", scratch),
        allow(
            "kms:CreateGrant", names.arn("kms", "key/*", "*"), Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}
        ),
    )


def replicate() -> str:
    """What S3 needs to copy backups into the recovery region."""
    return document(
        allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], _BUCKET.format(names.BACKUP_BUCKET)),
        allow(
            ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            f"{_BUCKET.format(names.BACKUP_BUCKET)}/*",
        ),
        allow(["s3:ReplicateObject", "s3:ReplicateTags"], f"{_BUCKET.format(names.RECOVERY_BUCKET)}/*"),
    )


def write_logs(group: str) -> str:
    """What a service needs to write into one log group."""
    return document(
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], names.arn("logs", f"log-group:{group}:*", PRIMARY_REGION))
    )


def bucket(name: str, *more: dict[str, Any]) -> str:
    """A bucket's policy: encrypted connections only, and what else it needs."""
    return document(
        {
            "Sid": "OnlyEncryptedConnections",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [_BUCKET.format(name), f"{_BUCKET.format(name)}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        *more,
    )


def log_delivery() -> list[dict[str, Any]]:
    """Lets services of AWS, each on behalf of this account alone, write their logs into the log bucket."""
    bucket_arn = _BUCKET.format(names.LOG_BUCKET)
    trail = {"aws:SourceArn": names.arn("cloudtrail", f"trail/{names.TRAIL}", PRIMARY_REGION)}
    own = {"aws:SourceAccount": ACCOUNT}
    statements = [_delivery("TrailLooks", "cloudtrail", "s3:GetBucketAcl", bucket_arn, trail)]
    for sid, service, folder, condition in (
        ("TrailWrites", "cloudtrail", f"cloudtrail/AWSLogs/{ACCOUNT}", trail | _OWNED),
        ("FlowsWrite", "delivery.logs", f"flows/AWSLogs/{ACCOUNT}", own | _OWNED),
        ("BalancerWrites", "logdelivery.elasticloadbalancing", f"balancer/AWSLogs/{ACCOUNT}", own),
    ):
        statements.append(_delivery(sid, service, "s3:PutObject", f"{bucket_arn}/{folder}/*", condition))
    return statements


def access_delivery() -> list[dict[str, Any]]:
    """Lets S3 write who read or wrote in the account's buckets."""
    own = {"aws:SourceAccount": ACCOUNT}
    return [_delivery("AccessWrites", "logging.s3", "s3:PutObject", f"{_BUCKET.format(names.ACCESS_BUCKET)}/*", own)]


_OWNED = {"s3:x-amz-acl": "bucket-owner-full-control"}


def _delivery(sid: str, service: str, action: str, resource: str, condition: dict[str, str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": condition},
    }


def receive_events() -> str:
    """Lets the company's event rule, and nobody else, send to the queue."""
    queue = names.arn("sqs", names.EVENT_QUEUE, PRIMARY_REGION)
    source = names.arn("events", f"rule/{names.EVENT_RULE}", PRIMARY_REGION)
    return document(
        {
            "Sid": "RuleSends",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        },
        {
            "Sid": "OnlyEncryptedConnections",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": queue,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def key(*services: str) -> str:
    """A key's policy: the account decides through its own policies who uses it, and services act on its behalf."""
    decides = {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": names.arn("iam", "root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    encrypt = {
        "Sid": "ServicesEncrypt",
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    return document(decides, encrypt) if services else document(decides)
