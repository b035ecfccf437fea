"""Topics, queues and senders of mail, and whom their policies let in."""

from __future__ import annotations

import dataclasses
from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.estate import documents, names
from trackera_lab.truth.book import STRANGER, Book


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a policy grants; whether nobody from outside is let in, and nobody but the company itself."""

    name: str
    statement: dict[str, Any] | None
    private: bool
    ours: bool


def _use(principal: Any, /, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal}
    return {**statement, "Condition": condition} if condition else statement


_RULE = names.arn("events", "rule/changes", "eu-central-1")
SHAPES = (
    Shape("no policy of its own", None, private=True, ours=True),
    Shape("our own account", _use({"AWS": names.arn("iam", "root")}), private=True, ours=True),
    Shape("another company", _use({"AWS": f"arn:aws:iam::{STRANGER}:root"}), private=True, ours=False),
    Shape("everybody", _use("*"), private=False, ours=False),
    Shape("everybody of AWS", _use({"AWS": "*"}), private=False, ours=False),
    Shape("everybody of ours", _use("*", StringEquals={"aws:PrincipalAccount": ACCOUNT}), private=True, ours=True),
    Shape("everybody for our rule", _use({"AWS": "*"}, ArnEquals={"aws:SourceArn": _RULE}), private=True, ours=True),
    Shape("everybody for some rule", _use("*", ArnLike={"aws:SourceArn": "arn:aws:events:*:*:rule/*"}), False, ours=False),
    Shape("everybody over TLS", _use("*", Bool={"aws:SecureTransport": "true"}), private=False, ours=False),
    Shape("everybody of theirs", _use("*", StringEquals={"aws:PrincipalAccount": STRANGER}), private=True, ours=False),
)


def make(book: Book, count: int) -> None:
    """A third are topics, a third queues, a third domains that send mail."""
    third = count // 3
    for number, shape in enumerate(book.draw(SHAPES, third)):
        _make_topic(book, f"truth-{number:05}", shape)
    for number, shape in enumerate(book.draw(SHAPES, third)):
        _make_queue(book, f"truth-{number:05}", shape)
    for number, shape in enumerate(book.draw(SHAPES, count - 2 * third)):
        _make_sender(book, f"truth-{number:05}.example", shape)


def _make_topic(book: Book, name: str, shape: Shape) -> None:
    from moto.sns.models import sns_backends

    region = book.region()
    topic = sns_backends[ACCOUNT][region].create_topic(name)
    if shape.statement:
        topic.policy = _document(shape.statement, topic.arn, "sns:Publish")
    book.add("aws.sns.topic")
    book.say("topic-is-not-public", region, topic.arn, shape.private, shape.name)


def _make_queue(book: Book, name: str, shape: Shape) -> None:
    from moto.sqs.models import sqs_backends

    region = book.region()
    backend = sqs_backends[ACCOUNT][region]
    queue = backend.create_queue(name)
    if shape.statement:
        backend.set_queue_attributes(name, {"Policy": _document(shape.statement, queue.queue_arn, "sqs:SendMessage")})
    book.add("aws.sqs.queue")
    book.say("queue-is-not-public", region, name, shape.private, shape.name)


def _make_sender(book: Book, name: str, shape: Shape) -> None:
    from moto.sesv2.models import sesv2_backends

    region = book.region()
    backend = sesv2_backends[ACCOUNT][region]
    backend.create_email_identity(name, None, None, None)
    if shape.statement:
        arn = names.arn("ses", f"identity/{name}", region)
        backend.create_email_identity_policy(name, "others", _document(shape.statement, arn, "ses:SendEmail"))
    book.add("aws.ses.identity")
    book.say("mail-is-sent-by-us-alone", region, name, shape.ours, shape.name)


def _document(statement: dict[str, Any], arn: str, action: str) -> str:
    return documents.document({**statement, "Action": action, "Resource": arn})
