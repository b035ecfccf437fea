"""A region that is down answers nothing, and takes with it what depends on it."""

import json
import threading

from tests.harness import LabTest, Refused


class Outage(LabTest):
    def down(self, region):
        self.lab.control("POST", "outage", {"region": region, "down": True})

    def up(self, region):
        self.lab.control("POST", "outage", {"region": region, "down": False})

    def test_every_call_to_the_region_is_cut_off_and_others_are_not(self):
        self.down("eu-central-1")
        for service, method in (("ec2", "describe_vpcs"), ("kms", "list_keys"), ("sts", "get_caller_identity")):
            self.assert_lost(getattr(self.lab.client(service), method))
            getattr(self.lab.client(service, "eu-west-1"), method)()
        self.assertEqual(self.lab.control("GET", "status")["down"], ["eu-central-1"])
        self.assertEqual(self.called("ec2:DescribeVpcs")[0]["fault"], "outage")

    def test_it_ends(self):
        self.down("eu-central-1")
        self.up("eu-central-1")
        self.lab.client("ec2").describe_vpcs()

    def test_services_without_a_region_live_in_their_home(self):
        self.down("eu-central-1")
        self.lab.client("iam").list_users()
        self.lab.client("route53").list_hosted_zones()
        self.down("us-east-1")
        self.assert_lost(self.lab.client("iam", "eu-west-1").list_users)
        self.assert_lost(self.lab.client("route53", "eu-west-1").list_hosted_zones)
        self.assert_lost(self.lab.client("s3", "eu-west-1").list_buckets)

    def test_a_bucket_is_where_it_is(self):
        s3 = self.lab.client("s3", "eu-west-1")
        s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.down("eu-west-1")
        self.assert_lost(self.lab.client("s3").list_objects_v2, Bucket="far")

    def test_a_call_elsewhere_that_names_an_arn_of_the_region_fails(self):
        self.down("eu-central-1")
        arn = "arn:aws:rds:eu-central-1:000000000000:snapshot:nightly"
        rds = self.lab.client("rds", "eu-west-1")
        self.assert_lost(
            rds.copy_db_snapshot, SourceDBSnapshotIdentifier=arn, TargetDBSnapshotIdentifier="copy"
        )
        key = "arn:aws:kms:eu-central-1:000000000000:key/1"
        self.assert_lost(self.lab.client("kms", "eu-west-1").describe_key, KeyId=key)
        rds.describe_db_snapshots()

    def test_a_policy_that_mentions_the_region_needs_nothing_from_it(self):
        self.down("eu-central-1")
        allow = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:rds:eu-central-1:000000000000:db:a"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self.lab.client("iam").create_policy(PolicyName="mentions", PolicyDocument=document)

    def test_a_region_that_dies_during_a_call_does_not_answer_it(self):
        self.fault("hang", "ec2:CreateVpc")
        lost = []
        client = self.lab.client("ec2")

        def create():
            try:
                client.create_vpc(CidrBlock="10.0.0.0/16")
            except Exception as failure:  # Whatever the client makes of a lost connection.
                lost.append(failure)

        thread = threading.Thread(target=create)
        thread.start()
        while self.lab.control("GET", "faults")[0]["met"] == 0:
            pass
        self.down("eu-central-1")
        self.lab.control("DELETE", "faults")
        thread.join(timeout=10)
        self.assertEqual(len(lost), 1)

    def test_only_regions_can_be_down(self):
        with self.assertRaises(Refused):
            self.down("atlantis")
