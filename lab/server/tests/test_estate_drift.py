"""Every mistake of the drifted estate is there, has a story, and breaks the rule that it should."""

from __future__ import annotations

import inspect
import pathlib
import re
import unittest

from tests import estate_lab, estate_rules, estate_rules_more, estate_rules_outsiders
from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import (
    drift,
    mistakes_data,
    mistakes_identity,
    mistakes_network,
    mistakes_outsiders,
    mistakes_storage,
    mistakes_transport,
    mistakes_watching,
    names,
)

README = pathlib.Path(__file__).parents[2] / "README.md"
MODULES = (
    mistakes_data,
    mistakes_identity,
    mistakes_network,
    mistakes_outsiders,
    mistakes_storage,
    mistakes_transport,
    mistakes_watching,
)

RULES = estate_rules.RULES | estate_rules_more.RULES | estate_rules_outsiders.RULES
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
    "open_buckets": [names.EXPORT_BUCKET, names.FILES_BUCKET, names.LANDING_BUCKET],
    "keys_that_stay": [names.EXPORT_KEY],
    "trails_that_do_not_deliver": [names.TRAIL],
    "events_that_wake_nobody": ["RootUsed", "SignInWithoutMfa"],
    "networks_without_records": [PRIMARY_REGION, names.FORGOTTEN_REGION],
    "regions_that_may_share": [PRIMARY_REGION],
    "regions_with_open_metadata": [],
    "servers_with_open_metadata": [names.FORGOTTEN_SERVER, "trackera-app-2"],
    "public_images": [names.SERVER_IMAGE],
    "open_access_lists": [PRIMARY_REGION, names.FORGOTTEN_REGION],
    "weak_listeners": [names.WEAK_PORT],
    "plain_listeners": [names.PLAIN_PORT],
    "ending_certificates": [names.STATUS_HOST],
    "stale_secrets": [names.STALE_SECRET],
    "endless_log_groups": [names.ENDLESS_LOG_GROUP],
    "public_bucket_policies": [names.LANDING_BUCKET],
    "buckets_without_versions": [names.FILES_BUCKET, names.EXPORT_BUCKET],
    "plain_queues": [names.PLAIN_QUEUE],
    "plain_topics": [names.arn("sns", names.UNHEARD_TOPIC, PRIMARY_REGION)],
    "roles_for_strangers": [names.CONTRACTOR_ROLE, names.VENDOR_ROLE],
    "weak_password_rules": ["MinimumPasswordLength", "PasswordReusePrevention", "RequireSymbols"],
    "virtual_device_of_root": [names.arn("iam", "mfa/root-account-mfa-device")],
    # Without real databases behind it, the reporting database is of an old version, which forces nothing by itself.
    "databases_that_take_plain_connections": [names.DATABASE, names.REPORTING_DATABASE],
    "weak_mail": [names.NEWSLETTER_DOMAIN, names.NEWSLETTER_SET],
    "vaults_that_are_behind": [],
    "groups_in_one_zone": [names.SERVER_GROUP],
    "buckets_of_backups_without_lock": [],
    "rules_without_target": [],
    "keys_for_others": [names.EXPORT_KEY],
    "topics_for_everybody": [names.arn("sns", names.UNHEARD_TOPIC, PRIMARY_REGION)],
    "queues_for_everybody": [names.PLAIN_QUEUE],
    "senders_for_others": [names.NEWSLETTER_DOMAIN],
    "roles_without_second_factor": [names.CONTRACTOR_ROLE, names.DRILL_ROLE, names.VENDOR_ROLE],
    "policies_without_encryption": [names.FILES_BUCKET, names.EXPORT_BUCKET, names.LANDING_BUCKET],
}


class DriftedEstate(unittest.TestCase):
    """What a year without a watchman does."""

    def setUp(self) -> None:
        self.clients = estate_lab.seeded("drifted")

    def test_every_mistake_breaks_its_rule_and_nothing_else_breaks(self) -> None:
        for name, broken in BROKEN.items():
            with self.subTest(name):
                found = RULES[name](self.clients)
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
            for module in MODULES
            for name, function in inspect.getmembers(module, inspect.isfunction)
            if function.__module__ == module.__name__ and not name.startswith("_")
        }
        self.assertEqual(written, set(drift.MISTAKES))

    def test_every_rule_is_said_to_hold_or_to_be_broken(self) -> None:
        self.assertEqual(set(RULES) - set(BROKEN), {"public_disk_snapshots"})

    def test_the_guide_tells_every_mistake_as_it_happened(self) -> None:
        told = re.findall(r"^\| `(\w+)` \| (.+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(told, [(happen.__name__, happen.__doc__) for happen in drift.MISTAKES])

    def test_every_mistake_has_a_name_and_one_sentence(self) -> None:
        names_seen = [happen.__name__ for happen in drift.MISTAKES]
        self.assertEqual(len(names_seen), len(set(names_seen)))
        self.assertGreater(len(names_seen), 12)
        for happen in drift.MISTAKES:
            self.assertRegex(happen.__doc__ or "", r"^[A-Z][^\n]+\.$")
            self.assertNotRegex((happen.__doc__ or "")[:-1], r"\. ")


if __name__ == "__main__":
    unittest.main()
