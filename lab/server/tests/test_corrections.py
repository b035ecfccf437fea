"""The lab answers as AWS does where moto does not."""

import base64
import hashlib
import csv
import datetime
import http.client
import io
import json
import time
import urllib.parse

from tests.harness import LabTest

_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}'


class Regions(LabTest):
    def test_only_enabled_regions_are_listed_unless_all_are_asked_for(self):
        ec2 = self.lab.client("ec2")
        self.assertEqual(len(ec2.describe_regions()["Regions"]), 17)
        everywhere = {region["RegionName"]: region["OptInStatus"] for region in self.all_regions(ec2)}
        self.assertEqual(everywhere["eu-central-1"], "opt-in-not-required")
        self.assertEqual(everywhere["eu-south-2"], "not-opted-in")

    def all_regions(self, ec2):
        return ec2.describe_regions(AllRegions=True)["Regions"]

    def test_a_region_can_be_opted_into(self):
        self.lab.control("POST", "settings", {"opted_in_regions": ["eu-south-2"]})
        statuses = {
            region["RegionName"]: region["OptInStatus"]
            for region in self.lab.client("ec2").describe_regions()["Regions"]
        }
        self.assertEqual((len(statuses), statuses["eu-south-2"]), (18, "opted-in"))


class Buckets(LabTest):
    def setUp(self):
        super().setUp()
        self.s3 = self.lab.client("s3")
        self.s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    def test_a_fresh_bucket_is_encrypted_and_closed(self):
        rules = self.s3.get_bucket_encryption(Bucket="mine")["ServerSideEncryptionConfiguration"]["Rules"]
        self.assertEqual(rules[0]["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "AES256"})
        self.assertTrue(all(self.s3.get_public_access_block(Bucket="mine")["PublicAccessBlockConfiguration"].values()))
        ownership = self.s3.get_bucket_ownership_controls(Bucket="mine")["OwnershipControls"]["Rules"]
        self.assertEqual(ownership, [{"ObjectOwnership": "BucketOwnerEnforced"}])

    def test_an_object_says_that_it_is_encrypted(self):
        self.s3.put_object(Bucket="mine", Key="a", Body=b"x")
        self.assertEqual(self.s3.head_object(Bucket="mine", Key="a")["ServerSideEncryption"], "AES256")

    def test_a_put_is_held_to_the_checksum_that_it_declares(self):
        s3 = self.lab.client("s3")
        s3.create_bucket(Bucket="sums", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        good = base64.b64encode(hashlib.sha256(b"content").digest()).decode()
        put = {"Bucket": "sums", "Key": "one", "ChecksumSHA256": good}
        self.assertEqual(self.refusal(s3.put_object, Body=b"another", **put)[:2], ("BadDigest", 400))
        s3.put_object(Body=b"content", **put)
        self.assertEqual(s3.head_object(Bucket="sums", Key="one", ChecksumMode="ENABLED")["ChecksumSHA256"], good)

    def test_the_list_names_each_bucket_s_region(self):
        self.assertEqual(self.s3.list_buckets()["Buckets"][0]["BucketRegion"], "eu-central-1")

    def test_a_public_policy_is_refused_until_the_block_is_lifted(self):
        allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::mine/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self.assertEqual(self.refusal(self.s3.put_bucket_policy, Bucket="mine", Policy=policy)[0], "AccessDenied")
        self.s3.delete_public_access_block(Bucket="mine")
        code = self.refusal(self.s3.get_public_access_block, Bucket="mine")[0]
        self.assertEqual(code, "NoSuchPublicAccessBlockConfiguration")
        self.s3.put_bucket_policy(Bucket="mine", Policy=policy)
        self.assertTrue(self.s3.get_bucket_policy_status(Bucket="mine")["PolicyStatus"]["IsPublic"])

    def test_deleting_the_encryption_brings_back_the_default(self):
        self.s3.delete_bucket_encryption(Bucket="mine")
        self.s3.get_bucket_encryption(Bucket="mine")

    def test_missing_tags_are_a_fact_and_not_an_empty_list(self):
        self.assertEqual(self.refusal(self.s3.get_bucket_tagging, Bucket="mine")[:2], ("NoSuchTagSet", 404))

    def test_a_bucket_and_an_account_may_stand_in_the_host_name(self):
        self.s3.put_object(Bucket="mine", Key="a/b c", Body=b"hello")
        self.assertEqual(self.raw("mine.localhost", "/a/b%20c"), (200, b"hello"))
        status, body = self.raw("000000000000.localhost", "/v20180820/configuration/publicAccessBlock")
        self.assertEqual(status, 404)
        self.assertIn(b"NoSuchPublicAccessBlockConfiguration", body)
        operations = [call["operation"] for call in self.lab.control("GET", "calls")][-2:]
        self.assertEqual(operations, ["s3:GetObject", "s3control:GetPublicAccessBlock"])

    def raw(self, host, path):
        address = urllib.parse.urlsplit(self.lab.endpoint)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        signature = "AWS4-HMAC-SHA256 Credential=test/20260801/eu-central-1/s3/aws4_request, Signature=0"
        headers = {
            "Host": f"{host}:{address.port}",
            "Authorization": signature,
            "x-amz-account-id": "000000000000",
        }
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body


class Identity(LabTest):
    def report(self):
        iam = self.lab.client("iam")
        while iam.generate_credential_report()["State"] != "COMPLETE":
            time.sleep(0.05)
        report = iam.get_credential_report()
        rows = csv.DictReader(io.StringIO(report["Content"].decode()))
        return {row["user"]: row for row in rows}, report["GeneratedTime"]

    def test_the_report_is_made_on_request_and_has_roots_row(self):
        iam = self.lab.client("iam")
        self.assertEqual(self.refusal(iam.get_credential_report)[0], "ReportNotPresent")
        rows, made_at = self.report()
        root = rows["<root_account>"]
        self.assertEqual(root["arn"], "arn:aws:iam::000000000000:root")
        self.assertEqual((root["mfa_active"], root["access_key_1_active"]), ("true", "false"))
        self.assertLess(abs((datetime.datetime.now(datetime.timezone.utc) - made_at).total_seconds()), 60)

    def test_a_report_stays_for_four_hours(self):
        old = self.lab.client("iam", date="-3h")
        old.generate_credential_report()
        self.lab.client("iam").create_user(UserName="late")
        self.assertNotIn("late", self.report()[0])

    def test_an_older_report_is_made_again(self):
        self.lab.client("iam", date="-5h").generate_credential_report()
        time.sleep(0.3)
        stale = self.lab.client("iam").get_credential_report()["GeneratedTime"]
        self.assertGreater((datetime.datetime.now(datetime.timezone.utc) - stale).total_seconds(), 4.9 * 3600)
        self.lab.client("iam").create_user(UserName="late")
        self.assertIn("late", self.report()[0])

    def test_facts_about_root_are_settings_and_agree_everywhere(self):
        facts = {"mfa": "virtual", "access_keys": 1, "password_last_used": "-2d"}
        self.lab.control("POST", "settings", {"root": facts})
        iam = self.lab.client("iam")
        summary = iam.get_account_summary()["SummaryMap"]
        self.assertEqual((summary["AccountMFAEnabled"], summary["AccountAccessKeysPresent"]), (1, 1))
        device = iam.list_virtual_mfa_devices()["VirtualMFADevices"][0]
        self.assertEqual(device["User"]["Arn"], "arn:aws:iam::000000000000:root")
        root = self.report()[0]["<root_account>"]
        self.assertEqual((root["mfa_active"], root["access_key_1_active"]), ("true", "true"))
        self.lab.control("POST", "settings", {"root": {"mfa": "none"}})
        self.assertEqual(iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"], 0)
        self.assertEqual(self.report()[0]["<root_account>"]["mfa_active"], "false")

    def test_the_summary_counts_what_is_there(self):
        iam = self.lab.client("iam")
        iam.create_user(UserName="one")
        iam.create_policy(PolicyName="own", PolicyDocument=_POLICY)
        summary = iam.get_account_summary()["SummaryMap"]
        self.assertEqual((summary["Users"], summary["Policies"], summary["Roles"]), (1, 1, 0))

    def test_a_user_s_row_follows_keys_devices_and_password(self):
        iam = self.lab.client("iam", date="-200d")
        iam.create_user(UserName="dora")
        iam.create_login_profile(UserName="dora", Password="long enough 1!")
        key = iam.create_access_key(UserName="dora")["AccessKey"]
        self.lab.client("sts", date="-150d", aws_access_key_id=key["AccessKeyId"]).get_caller_identity()
        self.lab.control("POST", "settings", {"users": {"dora": {"password_last_used": "-1d"}}})
        row = self.report()[0]["dora"]
        age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(
            row["access_key_1_last_rotated"]
        )
        self.assertEqual(age.days, 200)
        self.assertEqual((row["password_enabled"], row["mfa_active"]), ("true", "false"))
        self.assertEqual((row["access_key_1_active"], row["access_key_1_last_used_service"]), ("true", "sts"))
        self.assertEqual(row["access_key_2_active"], "false")
        self.assertNotIn(row["password_last_used"], ("N/A", "no_information"))

    def test_authorization_details_are_complete_and_leave_out_unused_policies_of_aws(self):
        iam = self.lab.client("iam")
        iam.create_user(UserName="one")
        iam.attach_user_policy(UserName="one", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        iam.create_policy(PolicyName="own", PolicyDocument=_POLICY)
        details = iam.get_account_authorization_details()
        names = {policy["PolicyName"]: policy for policy in details["Policies"]}
        self.assertEqual(set(names), {"ReadOnlyAccess", "own"})
        self.assertTrue(names["own"]["PolicyId"])
        self.assertEqual(names["own"]["PolicyVersionList"][0]["Document"]["Version"], "2012-10-17")
        attached = details["UserDetailList"][0]["AttachedManagedPolicies"]
        self.assertEqual(attached[0]["PolicyName"], "ReadOnlyAccess")


class Keys(LabTest):
    def test_keys_of_aws_say_so_and_their_aliases_have_no_key_before_first_use(self):
        ec2, kms = self.lab.client("ec2"), self.lab.client("kms")
        before = {alias["AliasName"]: alias for alias in kms.list_aliases()["Aliases"]}
        self.assertNotIn("TargetKeyId", before["alias/aws/ebs"])
        volume = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1, Encrypted=True)
        described = kms.describe_key(KeyId=volume["KmsKeyId"])["KeyMetadata"]
        self.assertEqual(described["KeyManager"], "AWS")
        self.assertTrue(kms.get_key_rotation_status(KeyId=volume["KmsKeyId"])["KeyRotationEnabled"])
        self.assertEqual(ec2.get_ebs_default_kms_key_id()["KmsKeyId"], "alias/aws/ebs")

    def test_rotation_tells_its_period(self):
        kms = self.lab.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        self.assertFalse(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"])
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
        self.assertEqual(kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"], 180)


class Balancers(LabTest):
    def test_only_encrypted_listeners_have_a_policy_and_attributes_are_complete(self):
        ec2, balancers = self.lab.client("ec2"), self.lab.client("elbv2")
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
        arn = balancers.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        balancers.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[action])
        listener = balancers.describe_listeners(LoadBalancerArn=arn)["Listeners"][0]
        self.assertNotIn("SslPolicy", listener)
        attributes = balancers.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        known = {attribute["Key"]: attribute["Value"] for attribute in attributes}
        self.assertEqual(known["routing.http.drop_invalid_header_fields.enabled"], "false")
        self.assertEqual(known["access_logs.s3.enabled"], "false")


class Snapshots(LabTest):
    def test_only_own_snapshots_are_self_s_and_only_public_ones_are_everybody_s(self):
        ec2 = self.lab.client("ec2", date="-400d")
        volume = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1)["VolumeId"]
        closed, public = (ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for _ in range(2))
        ec2.modify_snapshot_attribute(
            SnapshotId=public, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
        )
        own = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        self.assertEqual({snapshot["SnapshotId"] for snapshot in own}, {closed, public})
        self.assertEqual((datetime.datetime.now(datetime.timezone.utc) - own[0]["StartTime"]).days, 400)
        everybody = ec2.describe_snapshots(RestorableByUserIds=["all"])["Snapshots"]
        self.assertEqual([snapshot["SnapshotId"] for snapshot in everybody], [public])
