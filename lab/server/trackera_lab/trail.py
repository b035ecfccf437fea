"""What CloudTrail would say of each write: an event on the bus of its region, shaped as EventBridge passes it on.

Rules and their targets are moto's; this only tells them what happened. Events of services without a region of their own
appear in `us-east-1` alone, as on AWS. Data events (objects, messages, log lines) are not told: a trail records them
only where it is asked to, and EventBridge is not told of them by a trail of management events.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import uuid
from typing import Any

from trackera_lab import clock
from trackera_lab.answers import Answer
from trackera_lab.context import ACCOUNT, CALLER, HOME_REGION
from trackera_lab.operations import Call

_READS = re.compile(
    r"(BatchGet|Describe|Download|Filter|Generate(?!DataKey)|Get|Head|List|Lookup|Receive|Search|Select|Test)"
)
_DATA = {
    "cloudwatch": {"PutMetricData"},
    "events": {"PutEvents"},
    "kms": {"Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "Sign", "Verify"},
    "logs": {"PutLogEvents"},
    "s3": {"AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject",
           "DeleteObjects", "PutObject", "PutObjectAcl", "PutObjectTagging", "UploadPart"},
    "ses": {"SendEmail", "SendRawEmail"},
    "sesv2": {"SendEmail"},
    "sns": {"Publish", "PublishBatch"},
    "sqs": {"ChangeMessageVisibility", "DeleteMessage", "DeleteMessageBatch", "SendMessage", "SendMessageBatch"},
}
_SOURCES = {"cloudwatch": "monitoring", "elbv2": "elasticloadbalancing", "s3control": "s3", "sesv2": "ses"}
_NAMES = {
    ("s3", "DeleteBucketLifecycleConfiguration"): "DeleteBucketLifecycle",
    ("s3", "DeletePublicAccessBlock"): "DeleteBucketPublicAccessBlock",
    ("s3", "PutBucketLifecycleConfiguration"): "PutBucketLifecycle",
    ("s3", "PutObjectLockConfiguration"): "PutBucketObjectLockConfiguration",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "DeleteAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "PutAccountPublicAccessBlock",
}
"""What CloudTrail calls an operation where that is not its own name."""
_TOLD = re.compile(r"^[A-Za-z]*(Id|Name|Arn|Identifier|Bucket)$")
"""Parameters that name something; no others are told, so that no secret ever is."""
_log = logging.getLogger(__name__)


def tell(call: Call, answer: Answer) -> None:
    """Tell the bus of the call's region, if the call was one that changes something and somebody listens."""
    from moto.events.models import events_backends

    if call.operation is None or _READS.match(call.operation) or call.operation in _DATA.get(call.service, ()):
        return
    bus = events_backends[ACCOUNT][call.region]
    if not any(each.rules for each in list(bus.event_buses.values())):
        return
    source = _SOURCES.get(call.service, call.service)
    entry = {
        "Source": f"aws.{source}",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(_detail(call, source, answer)),
        "Time": clock.timestamp(),
    }
    try:
        bus.put_events([entry])
    except Exception:  # The call itself has been answered; a rule that leads nowhere must not undo that.
        _log.exception("the event of %s could not be passed on", call.name)


def forget() -> None:
    """Empty what rules have put into queues: an estate that was just filled has no news."""
    from moto.sqs import sqs_backends

    for backend in list(sqs_backends[ACCOUNT].values()):
        for name in list(backend.queues):
            backend.purge_queue(name)


def _detail(call: Call, source: str, answer: Answer) -> dict[str, Any]:
    moment = clock.now().astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    detail: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDALAB0000000000000",
            "arn": CALLER,
            "accountId": ACCOUNT,
            "userName": CALLER.rpartition("/")[2],
        },
        "eventTime": moment,
        "eventSource": f"{source}.amazonaws.com",
        "eventName": _NAMES.get((call.service, call.operation or ""), call.operation),
        "awsRegion": call.region or HOME_REGION,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": call.headers.get("user-agent", "")[:200],
        "requestParameters": _parameters(call),
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    if answer.status >= 400:
        detail["errorCode"] = dict(answer.headers).get("x-amzn-errortype") or "Client.Refused"
    return detail


def _parameters(call: Call) -> dict[str, str]:
    """The parameters that name something, in CloudTrail's letters."""
    parameters = dict(call.form)
    if not parameters and call.body[:1] == b"{":
        try:
            parameters = {key: value for key, value in json.loads(call.body).items() if isinstance(value, str)}
        except ValueError:
            parameters = {}
    if call.bucket:
        parameters["bucketName"] = call.bucket
    return {key[:1].lower() + key[1:]: value for key, value in parameters.items() if _TOLD.match(key)}
