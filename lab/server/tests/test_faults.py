"""Each kind of fault looks to a client as the real thing does."""

import threading
import time

from tests.harness import LabTest, Refused


class Denial(LabTest):
    def test_each_protocol_refuses_in_its_own_code(self):
        expected = {
            ("ec2", "describe_volumes", "ec2:DescribeVolumes"): ("UnauthorizedOperation", 403),
            ("iam", "list_users", "iam:ListUsers"): ("AccessDenied", 403),
            ("sts", "get_caller_identity", "sts:GetCallerIdentity"): ("AccessDenied", 403),
            ("rds", "describe_db_instances", "rds:DescribeDBInstances"): ("AccessDenied", 403),
            ("s3", "list_buckets", "s3:ListBuckets"): ("AccessDenied", 403),
            ("kms", "list_keys", "kms:ListKeys"): ("AccessDeniedException", 400),
            ("backup", "list_backup_vaults", "backup:ListBackupVaults"): ("AccessDeniedException", 403),
            ("cloudwatch", "describe_alarms", "cloudwatch:DescribeAlarms"): ("AccessDeniedException", 400),
            ("route53", "list_hosted_zones", "route53:ListHostedZones"): ("AccessDenied", 403),
        }
        for (service, method, operation), (code, status) in expected.items():
            with self.subTest(operation):
                self.fault("deny", operation)
                answered = self.refusal(getattr(self.lab.client(service), method))
                self.assertEqual(answered[:2], (code, status))
                self.assertIn("is not authorized to perform", answered[2])

    def test_s3_control_is_told_apart_from_s3(self):
        self.fault("deny", "s3control:GetPublicAccessBlock")
        control = self.lab.client("s3control")
        self.assertEqual(self.refusal(control.get_public_access_block, AccountId="000000000000")[0], "AccessDenied")
        s3 = self.lab.client("s3")
        s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.get_public_access_block(Bucket="mine")

    def test_an_organization_refuses_in_the_words_of_a_service_control_policy(self):
        self.fault("deny-scp", "ec2:*")
        message = self.refusal(self.lab.client("ec2").describe_vpcs)[2]
        self.assertIn("with an explicit deny in a service control policy", message)

    def test_a_denied_head_request_has_no_body_and_status_403(self):
        s3 = self.lab.client("s3")
        s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.fault("deny", "s3:HeadObject")
        self.assertEqual(self.refusal(s3.head_object, Bucket="mine", Key="a")[:2], ("403", 403))

    def test_a_denial_reaches_only_its_region(self):
        self.fault("deny", "ec2:DescribeVpcs", region="eu-west-1")
        self.lab.client("ec2").describe_vpcs()
        self.refusal(self.lab.client("ec2", "eu-west-1").describe_vpcs)

    def test_a_denied_write_changes_nothing(self):
        self.fault("deny", "iam:CreateUser")
        iam = self.lab.client("iam")
        self.refusal(iam.create_user, UserName="nobody")
        self.assertEqual(iam.list_users()["Users"], [])

    def test_clearing_ends_it(self):
        fault = self.fault("deny", "*")
        self.lab.control("DELETE", f"faults?id={fault['id']}")
        self.lab.client("iam").list_users()

    def test_only_so_many_calls_meet_it(self):
        self.fault("deny", "iam:ListUsers", times=2)
        iam = self.lab.client("iam")
        for _ in range(2):
            self.refusal(iam.list_users)
        iam.list_users()


class Speed(LabTest):
    def test_a_delay_is_waited_before_the_answer(self):
        self.fault("delay", "iam:ListUsers", milliseconds=300)
        began = time.monotonic()
        self.lab.client("iam").list_users()
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_delays_of_concurrent_calls_do_not_add_up(self):
        self.fault("delay", "*", milliseconds=300)
        client = self.lab.client("iam")
        began = time.monotonic()
        threads = [threading.Thread(target=client.list_users) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - began, 1.2)

    def test_throttling_has_the_code_of_the_service(self):
        self.fault("throttle", "*")
        codes = {
            "ec2": self.refusal(self.lab.client("ec2").describe_vpcs),
            "iam": self.refusal(self.lab.client("iam").list_users),
            "s3": self.refusal(self.lab.client("s3").list_buckets),
            "kms": self.refusal(self.lab.client("kms").list_keys),
        }
        self.assertEqual(codes["ec2"][:2], ("RequestLimitExceeded", 503))
        self.assertEqual(codes["iam"][:2], ("Throttling", 400))
        self.assertEqual(codes["s3"][:2], ("SlowDown", 503))
        self.assertEqual(codes["kms"][:2], ("ThrottlingException", 400))

    def test_a_rate_lets_its_share_through(self):
        self.fault("throttle", "iam:*", rate=5)
        iam = self.lab.client("iam")
        let_through = 0
        for _ in range(12):
            try:
                iam.list_users()
                let_through += 1
            except iam.exceptions.ClientError:
                pass
        self.assertGreaterEqual(let_through, 5)
        self.assertLess(let_through, 12)


class Silence(LabTest):
    def test_a_dropped_answer_leaves_the_deed_done(self):
        self.fault("drop", "iam:CreateUser")
        iam = self.lab.client("iam")
        self.assert_lost(iam.create_user, UserName="made")
        self.assertEqual([user["UserName"] for user in iam.list_users()["Users"]], ["made"])
        self.assertEqual(self.called("iam:CreateUser")[-1] | {"at": ""}, {
            "operation": "iam:CreateUser", "region": "us-east-1", "at": "", "status": None, "fault": "drop",
        })  # fmt: skip

    def test_a_refused_call_leaves_it_undone(self):
        self.fault("refuse", "iam:CreateUser")
        iam = self.lab.client("iam")
        self.assert_lost(iam.create_user, UserName="nobody")
        self.assertEqual(iam.list_users()["Users"], [])

    def test_a_dropped_read_resets_the_connection(self):
        self.fault("drop", "ec2:DescribeVpcs")
        self.assert_lost(self.lab.client("ec2").describe_vpcs)

    def test_a_hanging_call_goes_on_when_it_is_cleared_and_control_answers_meanwhile(self):
        self.fault("hang", "*")
        answers = []
        client = self.lab.client("iam")
        thread = threading.Thread(target=lambda: answers.append(client.list_users()))
        thread.start()
        while self.lab.control("GET", "faults", timeout=5)[0]["met"] == 0:
            pass
        self.assertEqual(answers, [])
        self.lab.control("DELETE", "faults", timeout=5)
        thread.join(timeout=10)
        self.assertEqual(answers[0]["Users"], [])

    def test_a_client_loses_patience_with_a_hanging_call(self):
        self.fault("hang", "iam:ListUsers")
        self.assert_lost(self.lab.client("iam", patience=0.5).list_users)


class Requests(LabTest):
    def test_a_misspelt_operation_is_refused_with_the_nearest_name(self):
        with self.assertRaisesRegex(Refused, "did you mean `DescribeVolumes`"):
            self.fault("deny", "ec2:DescribeVolume")
        with self.assertRaisesRegex(Refused, "did you mean `kms`"):
            self.fault("deny", "kmss:ListKeys")

    def test_what_makes_no_sense_is_refused(self):
        for request in (
            {"kind": "explode", "operation": "*"},
            {"kind": "deny"},
            {"kind": "deny", "operation": "*", "region": "mars"},
            {"kind": "delay", "operation": "*"},
            {"kind": "delay", "operation": "*", "milliseconds": -1},
            {"kind": "throttle", "operation": "*", "rate": "fast"},
            {"kind": "deny", "operation": "*", "colour": "red"},
        ):
            with self.subTest(request), self.assertRaises(Refused):
                self.lab.control("POST", "faults", request)
        self.assertEqual(self.lab.control("GET", "faults"), [])
