"""Mistakes with policies of resources: who was let in from outside, and how little was asked of those inside."""

from __future__ import annotations

import json

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import documents, names
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company


def open_a_key_to_everybody(company: Company) -> None:
    """A partner's restore of an export could not decrypt it, and a wildcard made it work before anybody asked how."""
    kms = company.clients("kms")
    through = {"StringEquals": {"kms:ViaService": f"s3.{PRIMARY_REGION}.amazonaws.com"}}
    everybody = {"Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": through}
    statements = json.loads(documents.key())["Statement"]
    with dated("-33d"):
        kms.put_key_policy(
            KeyId=kms.describe_key(KeyId=names.EXPORT_KEY)["KeyMetadata"]["KeyId"],
            PolicyName="default",
            Policy=documents.document(*statements, {"Sid": "Restore", "Effect": "Allow", **everybody}),
        )


def hear_everybody(company: Company) -> None:
    """The new on-call tool was to publish from its own account, which nobody could name on the evening of the change."""
    sns = company.clients("sns")
    topics = sns.list_topics()["Topics"]
    topic = next(one["TopicArn"] for one in topics if one["TopicArn"].endswith(f":{names.UNHEARD_TOPIC}"))
    with dated("-50d"):
        sns.set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=_for_everybody("sns:Publish", topic)
        )


def take_from_everybody(company: Company) -> None:
    """The queue for webhooks was to take what any customer's tool sends, so its policy names nobody."""
    sqs = company.clients("sqs")
    queue = sqs.get_queue_url(QueueName=names.PLAIN_QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": _for_everybody("sqs:SendMessage", arn)})


def _for_everybody(action: str, resource: str) -> str:
    return documents.document({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource})


def let_an_agency_send(company: Company) -> None:
    """The agency that writes the newsletter sends it from its own account, in the company's name."""
    agency = {"AWS": f"arn:aws:iam::{names.VENDOR_ACCOUNT}:root"}
    company.clients("sesv2").create_email_identity_policy(
        EmailIdentity=names.NEWSLETTER_DOMAIN,
        PolicyName="agency",
        Policy=documents.document(
            {
                "Effect": "Allow",
                "Principal": agency,
                "Action": ["ses:SendEmail", "ses:SendRawEmail"],
                "Resource": names.arn("ses", f"identity/{names.NEWSLETTER_DOMAIN}", PRIMARY_REGION),
            }
        ),
    )


def drill_without_a_second_factor(company: Company) -> None:
    """A restore drill was to run from a script at night, which has no telephone, so its role stopped asking for one."""
    users = [names.arn("iam", f"user/{user}") for user in names.ADMINISTRATORS]
    trust = {"Effect": "Allow", "Principal": {"AWS": users}, "Action": "sts:AssumeRole"}
    company.clients("iam").update_assume_role_policy(
        RoleName=names.DRILL_ROLE, PolicyDocument=documents.document(trust)
    )
