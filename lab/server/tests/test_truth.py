"""The truth about a random estate is whole, can be drawn again, and agrees with a second reading of the estate."""

from __future__ import annotations

import datetime
import ipaddress
import os
import pathlib
import time
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from tests import estate_lab
from tests.estate_rules import _pages
from trackera_lab.estate.clients import Clients
from trackera_lab.truth import bucket_shapes, encryption, group_shapes, identity_shapes, messages, trust_shapes
from trackera_lab.truth.book import REGIONS, questions

SCALE, DRAW = 1000, 7
POLICIES = pathlib.Path(__file__).parents[3] / "policies"
_QUARTER = 2**30
"""A quarter of IPv4; of IPv6, a quarter of all of it is taken."""


class Truth(unittest.TestCase):
    """What holds for every random estate."""

    clients: Clients
    truth: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients, cls.truth = estate_lab.generated(SCALE, DRAW)

    def verdicts(self, question: str) -> dict[str, str]:
        """The answers to a question, by resource."""
        return {answer["id"]: answer["verdict"] for answer in self.truth["answers"][question]}

    def test_every_resource_of_a_kind_is_told_about_exactly_once(self) -> None:
        present = {kind: sorted(found(self.clients)) for kind, found in _PRESENT.items()}
        for question, about in questions().items():
            with self.subTest(question):
                told = sorted(answer["id"] for answer in self.truth["answers"][question])
                self.assertEqual(told, present[about["kind"]])

    def test_about_as_many_resources_are_made_as_were_asked_for(self) -> None:
        self.assertAlmostEqual(sum(self.truth["resources"].values()), SCALE, delta=SCALE * 0.1)

    def test_every_shape_occurs(self) -> None:
        for question, shapes in (
            ("group-opens-only-the-web", group_shapes.SHAPES),
            ("bucket-policy-is-private", bucket_shapes.GRANTS),
            ("role-admits-no-stranger", trust_shapes.TRUST),
            ("key-rotates", encryption.SHAPES),
            ("key-is-not-public", encryption.GRANTS),
            ("topic-is-not-public", messages.SHAPES),
        ):
            with self.subTest(question):
                told = {answer["shape"] for answer in self.truth["answers"][question]}
                self.assertLessEqual({shape.name for shape in shapes}, told)
        self.assertGreaterEqual(len(group_shapes.SHAPES), 25)
        self.assertGreaterEqual(len(bucket_shapes.TRANSPORT) + len(bucket_shapes.GRANTS), 15)
        self.assertGreaterEqual(len(identity_shapes.SHAPES), 30)

    def test_every_question_has_answers_of_both_kinds(self) -> None:
        for question in (name for name, about in questions().items() if "always" not in about):
            with self.subTest(question):
                self.assertLessEqual({"pass", "fail"}, set(self.verdicts(question).values()))

    def test_policies_ask_about_the_same_kind(self) -> None:
        known = {
            policy["id"]: policy["resource"]
            for file in sorted(POLICIES.glob("*.yaml"))
            for policy in yaml.safe_load(file.read_text(encoding="utf-8"))["policies"]
        }
        for question, about in questions().items():
            with self.subTest(question):
                self.assertTrue(about["policy"] in known or "because" in about)
                if about["policy"]:
                    asked = "aws.account" if "named" in about else about["kind"]
                    self.assertEqual(known[about["policy"]], asked)

    def test_ssh_is_open_where_the_written_rules_say_so(self) -> None:
        told = self.verdicts("group-opens-ssh")
        for region in REGIONS:
            ec2 = self.clients("ec2", region)
            for group in _pages(ec2, "describe_security_groups", "SecurityGroups"):
                if told[group["GroupId"]] != "not_applicable":
                    with self.subTest(group["Description"]):
                        self.assertEqual(told[group["GroupId"]] == "fail", _opens_ssh(ec2, group))

    def test_what_one_call_can_tell_is_told_the_same(self) -> None:
        for question, read in _READINGS.items():
            with self.subTest(question):
                told = self.verdicts(question)
                for identifier, good in read(self.clients):
                    if told[identifier] != "not_applicable":
                        self.assertEqual(told[identifier], "pass" if good else "fail", identifier)


class Draws(unittest.TestCase):
    """What the numbers mean."""

    def test_the_same_number_draws_the_same_shapes_and_another_draws_others(self) -> None:
        first, again, other = (_shapes(estate_lab.generated(200, draw)[1]) for draw in (3, 3, 4))
        estate_lab.forget()
        self.assertEqual(first, _shapes(estate_lab.generated(200, 3)[1]))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    @unittest.skipUnless(os.environ.get("TRACKERA_TRIALS") == "full", "takes half a minute")
    def test_ten_thousand_resources_are_made_within_a_minute(self) -> None:
        began = time.monotonic()
        _, truth = estate_lab.generated(10_000, 1)
        self.assertLess(time.monotonic() - began, 60)
        self.assertGreater(sum(truth["resources"].values()), 9_000)


def _shapes(truth: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    return {
        question: [(answer["verdict"], answer["shape"]) for answer in answers]
        for question, answers in truth["answers"].items()
    }


def _opens_ssh(ec2: Any, group: dict[str, Any]) -> bool:
    """Whether the sources of all rules for TCP 22 together are a tenth of the Internet of either family."""
    sources = [source for rule in group["IpPermissions"] if _is_ssh(rule) for source in _sources(ec2, rule)]
    v4 = [source for source in sources if source.version == 4]
    v6 = [source for source in sources if source.version == 6]
    return _width(v4) > 2**32 // 10 or _width(v6) > 2**128 // 10


def _is_ssh(rule: dict[str, Any]) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "6") and bool(rule["FromPort"] <= 22 <= rule["ToPort"])


def _sources(ec2: Any, rule: dict[str, Any]) -> Iterator[Any]:
    for item in rule["IpRanges"]:
        yield ipaddress.ip_network(item["CidrIp"])
    for item in rule["Ipv6Ranges"]:
        yield ipaddress.ip_network(item["CidrIpv6"])
    for item in rule["PrefixListIds"]:
        for entry in ec2.get_managed_prefix_list_entries(PrefixListId=item["PrefixListId"])["Entries"]:
            yield ipaddress.ip_network(entry["Cidr"])


def _width(sources: list[Any]) -> int:
    return sum(network.num_addresses for network in ipaddress.collapse_addresses(sources))


def _listed(service: str, operation: str, field: str, name: str, **more: Any) -> Callable[[Clients], Iterator[str]]:
    def found(clients: Clients) -> Iterator[str]:
        for region in REGIONS:
            yield from (item[name] for item in _pages(clients(service, region), operation, field, **more))

    return found


def _everywhere(service: str, operation: str, field: str, name: str, **more: Any) -> Callable[[Clients], Iterator[str]]:
    def found(clients: Clients) -> Iterator[str]:
        yield from (item[name] for item in _pages(clients(service), operation, field, **more))

    return found


def _access_keys(clients: Clients) -> Iterator[str]:
    for user in _pages(clients("iam"), "list_users", "Users"):
        for key in clients("iam").list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
            yield key["AccessKeyId"]


def _queues(clients: Clients) -> Iterator[str]:
    for region in REGIONS:
        urls = clients("sqs", region).list_queues(MaxResults=1000).get("QueueUrls", [])
        yield from (url.rpartition("/")[2] for url in urls)


def _senders(clients: Clients) -> Iterator[str]:
    for region in REGIONS:
        senders = clients("sesv2", region).list_email_identities(PageSize=1000)["EmailIdentities"]
        yield from (sender["IdentityName"] for sender in senders)


def _key_facts(clients: Clients) -> Iterator[tuple[str, dict[str, Any]]]:
    for region in REGIONS:
        kms = clients("kms", region)
        for key in _pages(kms, "list_keys", "Keys"):
            yield key["KeyId"], kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]


_PRESENT = {
    "aws.ec2.security_group": _listed("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "aws.ec2.network_interface": _listed(
        "ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"
    ),
    "aws.ec2.volume": _listed("ec2", "describe_volumes", "Volumes", "VolumeId"),
    "aws.ec2.snapshot": _listed("ec2", "describe_snapshots", "Snapshots", "SnapshotId", OwnerIds=["self"]),
    "aws.s3.bucket": _everywhere("s3", "list_buckets", "Buckets", "Name"),
    "aws.iam.user": _everywhere("iam", "list_users", "Users", "UserName"),
    "aws.iam.role": _everywhere("iam", "list_roles", "Roles", "RoleName"),
    "aws.iam.access_key": _access_keys,
    "aws.kms.key": lambda clients: (identifier for identifier, _ in _key_facts(clients)),
    "aws.sns.topic": _listed("sns", "list_topics", "Topics", "TopicArn"),
    "aws.sqs.queue": _queues,
    "aws.ses.identity": _senders,
    "aws.rds.db_instance": _listed("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "aws.rds.db_snapshot": _listed("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
}


def _regional(
    service: str, operation: str, field: str, name: str, good: Callable[[dict[str, Any]], bool], **more: Any
) -> Callable[[Clients], Iterator[tuple[str, bool]]]:
    def read(clients: Clients) -> Iterator[tuple[str, bool]]:
        for region in REGIONS:
            for item in _pages(clients(service, region), operation, field, **more):
                yield item[name], good(item)

    return read


def _buckets(ask: Callable[[Any, str], bool]) -> Callable[[Clients], Iterator[tuple[str, bool]]]:
    def read(clients: Clients) -> Iterator[tuple[str, bool]]:
        s3 = clients("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            try:
                yield bucket["Name"], ask(s3, bucket["Name"])
            except s3.exceptions.ClientError as refusal:
                missing = refusal.response["Error"]["Code"]
                yield bucket["Name"], missing == "NoSuchBucketPolicy"

    return read


def _rotation(clients: Clients) -> Iterator[tuple[str, bool]]:
    for region in REGIONS:
        kms = clients("kms", region)
        for key in _pages(kms, "list_keys", "Keys"):
            about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if about["KeyManager"] == "CUSTOMER" and about["KeySpec"] == "SYMMETRIC_DEFAULT":
                yield key["KeyId"], kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]


def _ages(clients: Clients) -> Iterator[tuple[str, bool]]:
    now = datetime.datetime.now(datetime.timezone.utc)
    for user in _pages(clients("iam"), "list_users", "Users"):
        for key in clients("iam").list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
            yield key["AccessKeyId"], now - key["CreateDate"] <= datetime.timedelta(days=90)


_READINGS: dict[str, Callable[[Clients], Iterator[tuple[str, bool]]]] = {
    "volume-is-encrypted": _regional("ec2", "describe_volumes", "Volumes", "VolumeId", lambda item: item["Encrypted"]),
    "snapshot-is-encrypted": _regional(
        "ec2", "describe_snapshots", "Snapshots", "SnapshotId", lambda item: item["Encrypted"], OwnerIds=["self"]
    ),
    "database-is-encrypted": _regional(
        "rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier", lambda item: item["StorageEncrypted"]
    ),
    "database-stays": _regional(
        "rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier", lambda item: item["DeletionProtection"]
    ),
    "database-is-backed-up": _regional(
        "rds",
        "describe_db_instances",
        "DBInstances",
        "DBInstanceIdentifier",
        lambda item: item["BackupRetentionPeriod"] >= 7,
    ),
    "database-snapshot-is-encrypted": _regional(
        "rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier", lambda item: item["Encrypted"]
    ),
    "bucket-keeps-versions": _buckets(lambda s3, name: s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled"),
    "bucket-blocks-the-public": _buckets(
        lambda s3, name: all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    ),
    "bucket-policy-is-private": _buckets(
        lambda s3, name: not s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"]
    ),
    "key-rotates": _rotation,
    "key-is-enabled": lambda clients: ((identifier, about["Enabled"]) for identifier, about in _key_facts(clients)
                                       if about["KeyManager"] == "CUSTOMER"),
    "access-key-is-young": _ages,
}  # fmt: skip


if __name__ == "__main__":
    unittest.main()
