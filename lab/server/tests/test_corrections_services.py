"""The lab answers as AWS does where moto does not: services that carry, watch and certify."""

import datetime
import unittest

from tests.harness import LabTest

NOW = datetime.datetime.now(datetime.timezone.utc)


class Subscriptions(LabTest):
    def test_an_address_is_pending_until_its_owner_agrees(self):
        sns = self.lab.client("sns")
        topic = sns.create_topic(Name="topic")["TopicArn"]
        made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.example", ReturnSubscriptionArn=True)
        self.assertEqual(self.states(sns, topic), ("PendingConfirmation", "0", "1"))
        sns.confirm_subscription(TopicArn=topic, Token=made["SubscriptionArn"].rpartition(":")[2])
        self.assertEqual(self.states(sns, topic), (made["SubscriptionArn"], "1", "0"))
        self.assertEqual(self.refusal(sns.confirm_subscription, TopicArn=topic, Token="x")[0], "InvalidParameter")

    def test_a_queue_needs_nobody_to_agree(self):
        sns = self.lab.client("sns")
        topic = sns.create_topic(Name="topic")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:000000000000:queue")
        self.assertEqual(self.states(sns, topic)[1:], ("1", "0"))

    @staticmethod
    def states(sns, topic):
        about = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        listed = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
        return listed, about["SubscriptionsConfirmed"], about["SubscriptionsPending"]


class Certificates(LabTest):
    def test_a_plain_list_hides_other_keys_than_small_ones_of_rsa(self):
        from trackera_lab.estate.mistakes_transport import _self_signed

        acm = self.lab.client("acm", date="-5d")
        acm.request_certificate(DomainName="a.example", ValidationMethod="DNS")
        certificate, key = _self_signed("b.example", NOW - datetime.timedelta(days=9), NOW + datetime.timedelta(days=9))
        acm.import_certificate(Certificate=certificate, PrivateKey=key)
        plain = acm.list_certificates()["CertificateSummaryList"]
        both = acm.list_certificates(Includes={"keyTypes": ["RSA_2048", "EC_prime256v1"]})["CertificateSummaryList"]
        self.assertEqual([item["KeyAlgorithm"] for item in plain], ["RSA_2048"])
        self.assertEqual(len(both), 2)

    def test_a_certificate_ends_a_year_after_it_was_asked_for(self):
        self.lab.client("acm", date="-360d").request_certificate(DomainName="a.example", ValidationMethod="DNS")
        listed = self.lab.client("acm").list_certificates()["CertificateSummaryList"][0]
        self.assertEqual((listed["Status"], listed["InUse"]), ("ISSUED", False))
        self.assertLess(abs(listed["NotAfter"] - NOW - datetime.timedelta(days=5)), datetime.timedelta(hours=1))


class Trails(LabTest):
    def setUp(self):
        super().setUp()
        where = {"LocationConstraint": "eu-central-1"}
        self.lab.client("s3").create_bucket(Bucket="logs", CreateBucketConfiguration=where)
        self.trail = self.lab.client("cloudtrail")
        self.lab.client("cloudtrail", date="-30d").create_trail(Name="audit", S3BucketName="logs")

    def test_a_trail_that_never_recorded_has_delivered_nothing(self):
        status = self.trail.get_trail_status(Name="audit")
        self.assertFalse(status["IsLogging"])
        self.assertNotIn("LatestDeliveryTime", status)

    def test_a_stopped_trail_delivered_when_it_was_stopped(self):
        self.lab.client("cloudtrail", date="-30d").start_logging(Name="audit")
        self.assertLess(NOW - self.trail.get_trail_status(Name="audit")["LatestDeliveryTime"], datetime.timedelta(hours=1))
        self.lab.client("cloudtrail", date="-3d").stop_logging(Name="audit")
        status = self.trail.get_trail_status(Name="audit")
        self.assertEqual((NOW - status["LatestDeliveryTime"]).days, 3)

    def test_a_fresh_trail_records_all_management_events_and_no_data(self):
        selector = self.trail.get_event_selectors(TrailName="audit")["EventSelectors"][0]
        self.assertEqual((selector["ReadWriteType"], selector["IncludeManagementEvents"]), ("All", True))
        self.assertEqual(selector["DataResources"], [])


class ParameterGroups(LabTest):
    def value(self, group, name="rds.force_ssl"):
        wanted = [{"Name": "parameter-name", "Values": [name]}]
        answer = self.lab.client("rds").describe_db_parameters(DBParameterGroupName=group, Filters=wanted)
        return answer["Parameters"][0].get("ParameterValue"), answer["Parameters"][0]["Source"]

    def test_encryption_is_forced_by_default_from_version_15_on(self):
        self.assertEqual(self.value("default.postgres14"), ("0", "system"))
        self.assertEqual(self.value("default.postgres15"), ("1", "system"))
        self.assertEqual(self.value("default.aurora-postgresql16"), ("1", "system"))

    def test_what_a_user_sets_comes_before_the_default(self):
        rds = self.lab.client("rds")
        rds.create_db_parameter_group(DBParameterGroupName="own", DBParameterGroupFamily="postgres15", Description="x")
        changed = {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}
        rds.modify_db_parameter_group(DBParameterGroupName="own", Parameters=[changed])
        self.assertEqual(self.value("own"), ("0", "user"))
        self.assertEqual(self.value("own", "log_connections"), (None, "engine-default"))


class Defaults(LabTest):
    def test_a_region_shares_nothing_once_it_is_told_so(self):
        ec2 = self.lab.client("ec2")
        self.assertEqual(ec2.get_snapshot_block_public_access_state()["State"], "unblocked")
        volume = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", "OperationType": "add"}
        ec2.enable_snapshot_block_public_access(State="block-all-sharing")
        refused = self.refusal(ec2.modify_snapshot_attribute, **share, GroupNames=["all"])
        self.assertEqual(refused[0], "OperationNotPermitted")
        ec2.modify_snapshot_attribute(**share, UserIds=["111122223333"])
        ec2.disable_snapshot_block_public_access()
        ec2.modify_snapshot_attribute(**share, GroupNames=["all"])

    def test_defaults_of_the_metadata_service_are_kept_per_region(self):
        self.lab.client("ec2").modify_instance_metadata_defaults(HttpTokens="required")
        here = self.lab.client("ec2").get_instance_metadata_defaults()["AccountLevel"]
        there = self.lab.client("ec2", "eu-west-1").get_instance_metadata_defaults()["AccountLevel"]
        self.assertEqual((here.get("HttpTokens"), there.get("HttpTokens")), ("required", None))

    def test_a_change_of_one_option_of_a_server_leaves_the_others(self):
        ec2 = self.lab.client("ec2")
        options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 3}
        made = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, MetadataOptions=options)["Instances"][0]
        ec2.modify_instance_metadata_options(InstanceId=made["InstanceId"], HttpTokens="optional")
        about = ec2.describe_instances()["Reservations"][0]["Instances"][0]["MetadataOptions"]
        told = (about["HttpTokens"], about["HttpEndpoint"], about["HttpPutResponseHopLimit"])
        self.assertEqual(told, ("optional", "enabled", 3))

    def test_an_image_is_as_encrypted_as_its_server(self):
        ec2 = self.lab.client("ec2")
        disk = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9, "Encrypted": True}}]
        server = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, BlockDeviceMappings=disk)["Instances"][0]
        image = ec2.create_image(InstanceId=server["InstanceId"], Name="image")["ImageId"]
        mapping = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]
        self.assertTrue(mapping["Encrypted"])
        snapshots = ec2.describe_snapshots(SnapshotIds=[mapping["SnapshotId"]])["Snapshots"]
        self.assertEqual([snapshot["Encrypted"] for snapshot in snapshots], [True])


class Pages(LabTest):
    def test_the_last_page_of_a_list_in_json_is_not_lost(self):
        cloudwatch = self.lab.client("cloudwatch")
        for number in range(3):
            cloudwatch.put_metric_alarm(
                AlarmName=f"alarm-{number}", Namespace="n", MetricName="m", Period=60, EvaluationPeriods=1, Threshold=1,
                ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
            )  # fmt: skip
        self.lab.control("POST", "settings", {"page_size": 2})
        pages = [page["MetricAlarms"] for page in cloudwatch.get_paginator("describe_alarms").paginate()]
        self.assertEqual([len(page) for page in pages], [2, 1])


class Policies(unittest.TestCase):
    def test_s3_calls_public_what_no_fixed_value_narrows(self):
        from trackera_lab.corrections.s3_settings import is_public
        from trackera_lab.truth.bucket_shapes import GRANTS

        for shape in GRANTS:
            with self.subTest(shape.name):
                self.assertEqual(is_public(_document(shape.statements)), not shape.good)

    def test_the_common_tls_policies_have_their_documented_content(self):
        from moto.elbv2.ssl_policies import SSL_POLICIES

        from trackera_lab.corrections.tls_policies import MISSING

        protocols = {name: set(about["ssl_protocols"]) for name, about in SSL_POLICIES.items()}
        protocols |= {name: set(about[0]) for name, about in MISSING.items()}
        for name, expected in {
            "ELBSecurityPolicy-TLS13-1-2-2021-06": {"TLSv1.2", "TLSv1.3"},
            "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": {"TLSv1.2", "TLSv1.3"},
            "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09": {"TLSv1.2", "TLSv1.3"},
            "ELBSecurityPolicy-FS-1-2-Res-2020-10": {"TLSv1.2"},
            "ELBSecurityPolicy-2016-08": {"TLSv1", "TLSv1.1", "TLSv1.2"},
            "ELBSecurityPolicy-FS-1-1-2019-08": {"TLSv1.1", "TLSv1.2"},
        }.items():
            with self.subTest(name):
                self.assertEqual(protocols[name], expected)


def _document(statements):
    import json

    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
