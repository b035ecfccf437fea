"""Every operation that collectors may call answers as AWS documents it: in full, in pages, refused and throttled."""

from __future__ import annotations

import re
import unittest
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tests import estate_lab, operation_calls
from trackera_lab import faults, settings
from trackera_lab.corrections import paging
from trackera_lab.estate.clients import Clients

_REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
_ROOTS = {
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketEncryption": "ServerSideEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketOwnershipControls": "OwnershipControls",
    "GetBucketPolicyStatus": "PolicyStatus",
    "GetBucketReplication": "ReplicationConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectLockConfiguration": "ObjectLockConfiguration",
    "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjectsV2": "ListBucketResult",
}
_THROTTLES = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "503"}


class Operations(unittest.TestCase):
    """What holds for each operation of the list."""

    clients: Clients
    calls: dict[str, operation_calls.Call]

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = estate_lab.seeded("clean")
        cls.calls = operation_calls.calls(cls.clients)
        # The calls have made a cluster that no other test expects.
        cls.addClassCleanup(estate_lab.forget)

    def ask(self, name: str, **more: Any) -> dict[str, Any]:
        """The answer without what belongs to the transport."""
        service, _, operation = name.partition(":")
        client = self.clients(service, operation_calls.region_of(name))
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**{**self.calls[name][0], **more})
        answer.pop("ResponseMetadata")
        return answer

    def test_every_operation_of_the_product_is_called_here(self) -> None:
        self.assertEqual(sorted(self.calls), operation_calls.operations())

    def test_every_answer_holds_what_aws_always_says(self) -> None:
        for name, (_, paths) in self.calls.items():
            with self.subTest(name):
                answer = self.ask(name)
                self.assertEqual([path for path in paths if not _holds(answer, path.split("."))], [])

    def test_answers_of_s3_begin_with_the_element_that_strict_clients_expect(self) -> None:
        bodies: dict[str, bytes] = {}

        def note(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
            bodies[operation_model.name] = response_dict["body"]

        for name, root in _ROOTS.items():
            with self.subTest(name):
                client = self.clients("s3", operation_calls.region_of(f"s3:{name}"))
                client.meta.events.register(f"before-parse.s3.{name}", note)
                self.ask(f"s3:{name}")
                self.assertEqual(re.findall(rb"<([A-Za-z]+)", bodies[name])[0].decode(), root)

    def test_following_the_pages_of_one_entry_each_gives_what_the_whole_list_gives(self) -> None:
        whole = {name: self.ask(name) for name in self.calls}
        settings.change({"page_size": 1})
        self.addCleanup(settings.change, {"page_size": None})
        for name, answer in whole.items():
            shape = paging.listing(*name.split(":"))
            if shape is None:
                continue
            with self.subTest(name):
                expected = [_timeless(entry) for member in shape.lists for entry in answer.get(member, [])]
                self.assertEqual(sorted(self.entries(name, shape, len(expected))), sorted(expected))

    def entries(self, name: str, shape: paging.Listing, limit: int) -> list[str]:
        """Every entry of a list, page after page; each page holds one."""
        found: list[str] = []
        token: dict[str, Any] = {}
        for _ in range(limit + 1):
            page = self.ask(name, **token)
            entries = [_timeless(entry) for member in shape.lists for entry in page.get(member, [])]
            self.assertLessEqual(len(entries), 1)
            found += entries
            if not page.get(shape.token_out):
                return found
            token = {shape.token_in: page[shape.token_out]}
        self.fail(f"{name} does not come to an end")

    def test_records_of_a_zone_come_in_pages(self) -> None:
        name = "route53:ListResourceRecordSets"
        whole = self.ask(name)["ResourceRecordSets"]
        settings.change({"page_size": 1})
        self.addCleanup(settings.change, {"page_size": None})
        found, start = [], {}
        while True:
            page = self.ask(name, **start)
            self.assertEqual(len(page["ResourceRecordSets"]), 1)
            found += page["ResourceRecordSets"]
            if not page["IsTruncated"]:
                break
            start = {"StartRecordName": page["NextRecordName"], "StartRecordType": page["NextRecordType"]}
        self.assertEqual(found, whole)

    def test_every_operation_can_be_denied_and_throttled(self) -> None:
        for kind, codes in (("deny", _REFUSALS), ("throttle", _THROTTLES)):
            for name in self.calls:
                with self.subTest(name, kind=kind):
                    fault = faults.add({"kind": kind, "operation": name})
                    try:
                        with self.assertRaises(ClientError) as caught:
                            self.ask(name)
                    finally:
                        faults.clear(fault.id)
                    self.assertIn(caught.exception.response["Error"]["Code"], codes)


def _timeless(entry: Any) -> str:
    """An entry without its moments, some of which are always a little before the present."""
    return re.sub(r"datetime\.datetime\([^)]*\)\)", "", str(entry))


def _holds(value: Any, path: list[str]) -> bool:
    """Whether the member at a path is there, in every entry of the lists on the way."""
    if not path:
        return value is not None and value != ""
    name, is_list = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(value, dict) or name not in value:
        return False
    if is_list:
        return bool(value[name]) and all(_holds(entry, path[1:]) for entry in value[name])
    return _holds(value[name], path[1:])


if __name__ == "__main__":
    unittest.main()
