"""The control interface, the clock, the call log and the transport."""

import datetime
import http.client
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from tests.harness import LabTest, Refused


class Interface(LabTest):
    def test_a_request_without_the_header_is_refused(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{self.lab.endpoint}/_lab/status")
        self.assertEqual(caught.exception.code, 403)
        caught.exception.close()

    def test_a_web_page_is_refused_everywhere(self):
        for path in ("/_lab/status", "/"):
            headers = {"Origin": "http://elsewhere.example", "x-lab-control": "1"}
            request = urllib.request.Request(self.lab.endpoint + path, headers=headers)
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request)
            self.assertEqual(caught.exception.code, 403)
            caught.exception.close()

    def test_an_unknown_request_lists_the_known_ones(self):
        with self.assertRaisesRegex(Refused, "GET /_lab/status"):
            self.lab.control("GET", "stats")

    def test_settings_are_checked_and_nothing_half_applied(self):
        for wanted in (
            {"page_size": 0},
            {"page_size": 5, "opted_in_regions": "eu-south-2"},
            {"root": {"mfa": "sometimes"}},
            {"root": {"hat": 1}},
            {"users": {"dora": {"password_last_used": "yesterday"}}},
            {"colour": "red"},
        ):
            with self.subTest(wanted), self.assertRaises(Refused):
                self.lab.control("POST", "settings", wanted)
        self.assertIsNone(self.lab.control("GET", "settings")["page_size"])

    def test_reset_empties_everything(self):
        self.lab.client("iam").create_user(UserName="one")
        self.lab.client("s3", "us-east-1").create_bucket(Bucket="mine")
        self.fault("deny", "*")
        self.lab.control("POST", "outage", {"region": "eu-west-1", "down": True})
        self.lab.control("POST", "settings", {"page_size": 1})
        self.lab.control("POST", "reset", {})
        status = self.lab.control("GET", "status")
        self.assertEqual((status["faults"], status["down"], status["calls"], status["variant"]), ([], [], 0, None))
        self.assertEqual(self.lab.client("iam").list_users()["Users"], [])
        self.assertEqual(self.lab.client("s3").list_buckets()["Buckets"], [])

    def test_an_unknown_variant_is_refused(self):
        with self.assertRaisesRegex(Refused, "clean, drifted, hostile"):
            self.lab.control("POST", "seed", {"variant": "tidy"})


class Clock(LabTest):
    def test_a_date_in_the_past_dates_what_a_call_makes(self):
        iam = self.lab.client("iam", date="2026-03-01T00:00:00Z")
        iam.create_user(UserName="one")
        created = iam.create_access_key(UserName="one")["AccessKey"]["CreateDate"]
        self.assertEqual(created, datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc))
        self.lab.client("iam").create_user(UserName="two")
        now = self.lab.client("iam").get_user(UserName="two")["User"]["CreateDate"]
        self.assertLess(abs((datetime.datetime.now(datetime.timezone.utc) - now).total_seconds()), 60)

    def test_an_age_is_counted_from_now(self):
        s3 = self.lab.client("s3", "us-east-1", date="-36h")
        s3.create_bucket(Bucket="mine")
        s3.put_object(Bucket="mine", Key="dump", Body=b"x")
        now = datetime.datetime.now(datetime.timezone.utc)
        for moment in (
            s3.list_buckets()["Buckets"][0]["CreationDate"],
            s3.list_objects_v2(Bucket="mine")["Contents"][0]["LastModified"],
        ):
            self.assertEqual(round((now - moment).total_seconds() / 3600), 36)

    def test_a_date_that_makes_no_sense_is_refused(self):
        code, status, message = self.refusal(self.lab.client("iam", date="yesterday").list_users)
        self.assertEqual((code, status), ("ValidationError", 400))
        self.assertIn("yesterday", message)


class CallLog(LabTest):
    def test_calls_are_named_as_the_sdks_name_them(self):
        self.lab.client("s3").list_buckets()
        self.lab.client("sesv2").list_email_identities()
        self.lab.client("elbv2").describe_load_balancers()
        self.lab.client("cloudwatch").describe_alarms()
        self.lab.client("sts").get_caller_identity()
        self.lab.client("backup").list_backup_plans()
        self.lab.client("ec2", "eu-west-1").describe_vpcs()
        calls = [(call["operation"], call["region"], call["status"]) for call in self.lab.control("GET", "calls")]
        self.assertEqual(calls, [
            ("s3:ListBuckets", "eu-central-1", 200),
            ("sesv2:ListEmailIdentities", "eu-central-1", 200),
            ("elbv2:DescribeLoadBalancers", "eu-central-1", 200),
            ("cloudwatch:DescribeAlarms", "eu-central-1", 200),
            ("sts:GetCallerIdentity", "eu-central-1", 200),
            ("backup:ListBackupPlans", "eu-central-1", 200),
            ("ec2:DescribeVpcs", "eu-west-1", 200),
        ])  # fmt: skip
        self.lab.control("DELETE", "calls")
        self.assertEqual(self.lab.control("GET", "calls"), [])

    def test_s3_operations_on_one_path_are_told_apart(self):
        s3 = self.lab.client("s3", "us-east-1")
        s3.create_bucket(Bucket="mine")
        s3.put_object(Bucket="mine", Key="a", Body=b"x")
        s3.copy_object(Bucket="mine", Key="b", CopySource="mine/a")
        s3.head_bucket(Bucket="mine")
        s3.head_object(Bucket="mine", Key="a")
        s3.list_objects_v2(Bucket="mine")
        s3.list_objects(Bucket="mine")
        s3.get_bucket_location(Bucket="mine")
        s3.get_bucket_versioning(Bucket="mine")
        names = [call["operation"].removeprefix("s3:") for call in self.lab.control("GET", "calls")]
        self.assertEqual(names, [
            "CreateBucket", "PutObject", "CopyObject", "HeadBucket", "HeadObject", "ListObjectsV2", "ListObjects",
            "GetBucketLocation", "GetBucketVersioning",
        ])  # fmt: skip


class Transport(LabTest):
    def test_a_connection_is_kept_open_between_calls(self):
        address = urllib.parse.urlsplit(self.lab.endpoint)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        self.addCleanup(connection.close)
        connection.connect()
        port = connection.sock.getsockname()[1]
        for _ in range(3):
            connection.request("GET", "/_lab/calls", headers={"x-lab-control": "1"})
            self.assertEqual(json.loads(connection.getresponse().read()), [])
            self.assertEqual(connection.sock.getsockname()[1], port)

    def test_cbor_is_spoken(self):
        sys.path.insert(0, ".")
        from trackera_lab import cbor

        self.lab.client("cloudwatch").put_metric_alarm(
            AlarmName="cpu", MetricName="CPU", Namespace="x", ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1, Threshold=2.5, Period=60, Statistic="Average",
        )  # fmt: skip
        request = urllib.request.Request(
            f"{self.lab.endpoint}/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
            data=cbor.encode({"AlarmNames": ["cpu"]}),
            headers={
                "smithy-protocol": "rpc-v2-cbor",
                "Content-Type": "application/cbor",
                "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260801/eu-central-1/monitoring/aws4_request, Signature=0",
            },
        )
        with urllib.request.urlopen(request) as answer:
            alarm = cbor.decode(answer.read())["MetricAlarms"][0]
        self.assertEqual((alarm["AlarmName"], alarm["Threshold"]), ("cpu", 2.5))
        self.assertIsInstance(alarm["StateUpdatedTimestamp"], float)
