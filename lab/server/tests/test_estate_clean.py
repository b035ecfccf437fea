"""The clean estate keeps every rule, and it is a company with a past."""

from __future__ import annotations

import datetime
import itertools
import unittest

from tests import estate_lab, estate_rules, estate_rules_more, estate_rules_outsiders
from trackera_lab import estate
from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names


class CleanEstate(unittest.TestCase):
    """What a clean estate is."""

    def setUp(self) -> None:
        self.clients = estate_lab.seeded("clean")

    def test_every_rule_holds(self) -> None:
        rules = estate_rules.RULES | estate_rules_more.RULES | estate_rules_outsiders.RULES
        for name, rule in rules.items():
            with self.subTest(name):
                self.assertFalse(rule(self.clients))

    def test_exactly_two_people_administrate(self) -> None:
        self.assertEqual(estate_rules.administrators(self.clients), sorted(names.ADMINISTRATORS))

    def test_root_has_a_second_factor_and_no_keys(self) -> None:
        summary = self.clients("iam").get_account_summary()["SummaryMap"]
        self.assertEqual((summary["AccountMFAEnabled"], summary["AccountAccessKeysPresent"]), (1, 0))

    def test_the_account_is_closed_to_the_public(self) -> None:
        block = self.clients("s3control").get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
        self.assertEqual(list(block.values()), [True] * 4)

    def test_identities_and_keys_have_ages(self) -> None:
        iam = self.clients("iam")
        user = iam.get_user(UserName=names.ADMINISTRATORS[0])["User"]
        key = iam.list_access_keys(UserName=names.DEPLOYER)["AccessKeyMetadata"][0]
        self.assertEqual(_days_since(user["CreateDate"]), 855)
        self.assertEqual(_days_since(key["CreateDate"]), 31)

    def test_two_weeks_of_nights_left_snapshots_and_dumps(self) -> None:
        taken = self.clients("rds").describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
        dumps = self.clients("s3").list_objects_v2(Bucket=names.BACKUP_BUCKET, Prefix=names.DUMP_PREFIX)["Contents"]
        for dates in ([snapshot["SnapshotCreateTime"] for snapshot in taken], [dump["LastModified"] for dump in dumps]):
            dates.sort()
            self.assertEqual(len(dates), 14)
            self.assertTrue(
                all(later - earlier == datetime.timedelta(days=1) for earlier, later in itertools.pairwise(dates))
            )

    def test_copies_in_the_recovery_region_name_their_origin(self) -> None:
        copies = self.clients("rds", RECOVERY_REGION).describe_db_snapshots()["DBSnapshots"]
        self.assertEqual(len(copies), 2)
        for copied in copies:
            self.assertIn(f":kms:{RECOVERY_REGION}:", copied["KmsKeyId"])
            self.assertLess(copied["OriginalSnapshotCreateTime"], copied["SnapshotCreateTime"])

    def test_servers_stand_in_private_subnets_without_public_addresses(self) -> None:
        reservations = self.clients("ec2").describe_instances()["Reservations"]
        instances = [instance for reservation in reservations for instance in reservation["Instances"]]
        self.assertEqual(len(instances), 2)
        for instance in instances:
            self.assertNotIn("PublicIpAddress", instance)
            self.assertEqual(instance["MetadataOptions"]["HttpTokens"], "required")

    def test_only_the_balancer_has_public_addresses(self) -> None:
        interfaces = self.clients("ec2").describe_network_interfaces()["NetworkInterfaces"]
        public = {interface["Description"][:4] for interface in interfaces if "Association" in interface}
        self.assertEqual(public, {"ELB "})

    def test_the_backup_key_has_a_replica_with_an_alias_of_its_own(self) -> None:
        for region, kind in ((PRIMARY_REGION, "PRIMARY"), (RECOVERY_REGION, "REPLICA")):
            about = self.clients("kms", region).describe_key(KeyId=names.BACKUP_KEY)["KeyMetadata"]
            self.assertIn(f":{region}:", about["Arn"])
            self.assertEqual(about["MultiRegionConfiguration"]["MultiRegionKeyType"], kind)

    def test_an_unknown_variant_is_refused_with_the_known_ones(self) -> None:
        with self.assertRaisesRegex(ValueError, "clean, drifted, hostile"):
            estate.seed("http://127.0.0.1:9", "dirty")


def _days_since(moment: datetime.datetime) -> int:
    return (datetime.datetime.now(datetime.timezone.utc) - moment).days


if __name__ == "__main__":
    unittest.main()
