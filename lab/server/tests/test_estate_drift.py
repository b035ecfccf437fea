"""Every mistake of the drifted estate is there, has a story, and breaks the rule that it should."""

from __future__ import annotations

import inspect
import unittest

from tests import estate_lab, estate_rules, estate_rules_more
from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import drift, mistakes_data, mistakes_identity, mistakes_network, names

BROKEN = {
    "default_groups_with_rules": [PRIMARY_REGION, names.FORGOTTEN_REGION],
    "ports_open_to_the_internet": {(PRIMARY_REGION, 22), (PRIMARY_REGION, 5432), (names.FORGOTTEN_REGION, 22)},
    "regions_without_disk_encryption": [RECOVERY_REGION],
    "plain_disks": [PRIMARY_REGION, PRIMARY_REGION, names.FORGOTTEN_REGION],
    "occupied_regions": [names.FORGOTTEN_REGION],
    "old_keys": [names.DEPLOYER],
    "spare_keys": [names.ADMINISTRATORS[1]],
    "unused_keys": [names.ADMINISTRATORS[1]],
    "passwords_without_mfa": [names.ADMINISTRATORS[1]],
    "people": [names.NEW_COLLEAGUE, names.CONTRACTOR_ROLE],
    "weak_databases": [names.REPORTING_DATABASE],
    "shared_database_snapshots": [names.SHARED_SNAPSHOT],
    "plain_database_snapshots": [names.SHARED_SNAPSHOT],
    "regions_without_fresh_snapshot": [],
    "places_without_fresh_dump": [names.BACKUP_BUCKET, names.RECOVERY_BUCKET],
    "open_buckets": [names.EXPORT_BUCKET],
    "keys_that_stay": [names.EXPORT_KEY],
}


class DriftedEstate(unittest.TestCase):
    """What a year without a watchman does."""

    def setUp(self) -> None:
        self.clients = estate_lab.seeded("drifted")

    def test_every_mistake_breaks_its_rule_and_nothing_else_breaks(self) -> None:
        for name, broken in BROKEN.items():
            with self.subTest(name):
                found = estate_rules.RULES[name](self.clients)
                self.assertEqual(sorted(found, key=str), sorted(broken, key=str))

    def test_one_disk_snapshot_is_public(self) -> None:
        self.assertEqual(len(estate_rules.public_disk_snapshots(self.clients)), 1)

    def test_root_was_used(self) -> None:
        self.clients("iam").generate_credential_report()
        report = self._report()
        self.assertRegex(report.splitlines()[1], r"^<root_account>,")
        self.assertNotIn("no_information", report.splitlines()[1].split(",")[4])

    def test_the_reporting_database_has_no_backups(self) -> None:
        snapshots = self.clients("rds").describe_db_snapshots(
            DBInstanceIdentifier=names.REPORTING_DATABASE, SnapshotType="automated"
        )["DBSnapshots"]
        self.assertEqual(snapshots, [])

    def _report(self) -> str:
        iam = self.clients("iam")
        while iam.generate_credential_report()["State"] != "COMPLETE":
            continue
        return str(iam.get_credential_report()["Content"].decode())


class Stories(unittest.TestCase):
    """What is written about the mistakes."""

    def test_every_mistake_is_listed(self) -> None:
        written = {
            function
            for module in (mistakes_data, mistakes_identity, mistakes_network)
            for name, function in inspect.getmembers(module, inspect.isfunction)
            if function.__module__ == module.__name__ and not name.startswith("_")
        }
        self.assertEqual(written, set(drift.MISTAKES))

    def test_every_mistake_has_a_name_and_one_sentence(self) -> None:
        names_seen = [happen.__name__ for happen in drift.MISTAKES]
        self.assertEqual(len(names_seen), len(set(names_seen)))
        self.assertGreater(len(names_seen), 12)
        for happen in drift.MISTAKES:
            self.assertRegex(happen.__doc__ or "", r"^[A-Z][^\n]+\.$")
            self.assertNotRegex((happen.__doc__ or "")[:-1], r"\. ")


if __name__ == "__main__":
    unittest.main()
