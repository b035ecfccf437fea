"""The hostile estate keeps every rule, every answer stays readable, and the words arrive as they were written."""

from __future__ import annotations

import json
import unittest
import xml.etree.ElementTree

from tests import estate_lab, estate_rules, estate_rules_more, estate_rules_outsiders
from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import hostile, names
from trackera_lab.estate.hostile_words import CONTROLS, EVERYTHING, LONG, TEXT


class HostileEstate(unittest.TestCase):
    """What a reader has to survive."""

    def setUp(self) -> None:
        self.clients = estate_lab.seeded("hostile")

    def test_every_rule_holds_as_in_the_clean_estate(self) -> None:
        rules = estate_rules.RULES | estate_rules_more.RULES | estate_rules_outsiders.RULES
        for name, rule in rules.items():
            with self.subTest(name):
                self.assertFalse(rule(self.clients))

    def test_security_groups_carry_every_word(self) -> None:
        groups = estate_rules._pages(self.clients("ec2"), "describe_security_groups", "SecurityGroups")
        found = {group["GroupName"] for group in groups}
        self.assertFalse(set(map(_as_xml_keeps_it, TEXT.values())) - found - {""})

    def test_a_group_has_an_id_like_an_option_and_no_name(self) -> None:
        group = self.clients("ec2").describe_security_groups(GroupIds=[hostile.GROUP_ID])["SecurityGroups"][0]
        self.assertEqual((group["GroupId"], group["GroupName"]), (hostile.GROUP_ID, ""))

    def test_aliases_carry_every_control_character(self) -> None:
        aliases = {alias["AliasName"] for alias in estate_rules._pages(self.clients("kms"), "list_aliases", "Aliases")}
        self.assertLessEqual({f"alias/{word}" for word in CONTROLS.values()}, aliases)

    def test_policy_documents_carry_control_characters(self) -> None:
        details = estate_rules._pages(self.clients("iam"), "get_account_authorization_details", "UserDetailList")
        statements = [
            policy["PolicyDocument"]["Statement"][0] for user in details for policy in user.get("UserPolicyList", [])
        ]
        self.assertTrue({statement["Sid"] for statement in statements} <= set(EVERYTHING.values()))

    def test_users_have_names_that_look_like_options_and_formulas(self) -> None:
        self.assertLessEqual(set(hostile.USERS), set(estate_rules._users(self.clients)))

    def test_tags_are_ten_kilobytes_long_and_empty(self) -> None:
        tags = estate_rules._pages(self.clients("ec2"), "describe_tags", "Tags")
        values = {tag["Value"] for tag in tags}
        self.assertLessEqual({LONG, ""}, values)

    def test_a_snapshot_has_a_name_like_an_option(self) -> None:
        snapshots = self.clients("rds").describe_db_snapshots()["DBSnapshots"]
        self.assertLessEqual(set(hostile.SNAPSHOTS), {snapshot["DBSnapshotIdentifier"] for snapshot in snapshots})

    def test_the_newest_dump_has_a_hostile_name(self) -> None:
        dumps = self.clients("s3", PRIMARY_REGION).list_objects_v2(Bucket=names.BACKUP_BUCKET)["Contents"]
        newest = max(dumps, key=lambda dump: dump["LastModified"])["Key"]
        self.assertTrue(any(newest.endswith(word) for word in TEXT.values() if word))


    def test_alarms_carry_every_word_that_can_be_a_name(self) -> None:
        alarms = estate_rules._pages(self.clients("cloudwatch"), "describe_alarms", "MetricAlarms")
        words = {word for word in TEXT.values() if word.strip() and len(word) < 255}
        self.assertLessEqual(words, {alarm["AlarmName"] for alarm in alarms})

    def test_event_patterns_and_plans_carry_every_control_character(self) -> None:
        rules = estate_rules._pages(self.clients("events"), "list_rules", "Rules")
        words = {json.loads(rule["EventPattern"]).get("detail", {}).get("word", [""])[0] for rule in rules}
        plans = list(estate_rules._pages(self.clients("backup"), "list_backup_plans", "BackupPlansList"))
        self.assertLessEqual(set(CONTROLS.values()), words)
        self.assertGreater(len(plans), len(CONTROLS))

    def test_groups_of_servers_and_records_carry_hostile_words(self) -> None:
        groups = estate_rules._pages(
            self.clients("autoscaling"), "describe_auto_scaling_groups", "AutoScalingGroups"
        )
        self.assertIn(TEXT["html"], {group["AutoScalingGroupName"] for group in groups})
        zone = self.clients("route53").list_hosted_zones()["HostedZones"][0]["Id"]
        records = estate_rules._pages(
            self.clients("route53"), "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone
        )
        values = {record["ResourceRecords"][0]["Value"] for record in records if record["Type"] == "TXT"}
        self.assertIn(json.dumps(TEXT["right to left"], ensure_ascii=False), values)


class Words(unittest.TestCase):
    """What the words are."""

    def test_text_can_stand_in_xml(self) -> None:
        for name, word in TEXT.items():
            with self.subTest(name):
                element = xml.etree.ElementTree.Element("word")
                element.text = word
                read = xml.etree.ElementTree.fromstring(xml.etree.ElementTree.tostring(element, "utf-8"))
                self.assertEqual(read.text or "", _as_xml_keeps_it(word))

    def test_controls_cannot(self) -> None:
        for name, word in CONTROLS.items():
            with self.subTest(name):
                self.assertTrue(any(ord(character) < 32 or ord(character) == 127 for character in word))


def _as_xml_keeps_it(word: str) -> str:
    """XML reads every end of a line as one line feed."""
    return word.replace("\r\n", "\n").replace("\r", "\n")


if __name__ == "__main__":
    unittest.main()
