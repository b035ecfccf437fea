"""Whoever listens to the bus learns of every write at once, in the shape that EventBridge gives it."""

import json
import threading
import time

from tests.harness import LabTest

PATTERN = json.dumps({"detail-type": ["AWS API Call via CloudTrail"]})


class Trail(LabTest):
    def listen(self, region="eu-central-1"):
        """A queue that a rule of the region fills; gives a function that takes what is in it."""
        sqs, events = self.lab.client("sqs", region), self.lab.client("events", region)
        url = sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="all", EventPattern=PATTERN, State="ENABLED")
        events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])

        def taken():
            heard = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    heard.append(json.loads(message["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return heard

        taken()
        return taken

    def test_a_write_is_told_as_event_bridge_tells_it(self):
        taken = self.listen()
        ec2 = self.lab.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        taken()
        ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
        [event] = taken()
        self.assertEqual((event["source"], event["account"]), ("aws.ec2", "000000000000"))
        self.assertEqual((event["region"], event["detail-type"]), ("eu-central-1", "AWS API Call via CloudTrail"))
        detail = event["detail"]
        self.assertEqual(detail["eventName"], "AuthorizeSecurityGroupIngress")
        self.assertEqual(detail["requestParameters"]["groupId"], group)
        self.assertEqual((detail["awsRegion"], detail["recipientAccountId"]), ("eu-central-1", "000000000000"))
        self.assertNotIn("errorCode", detail)

    def test_reads_and_data_are_not_told(self):
        taken = self.listen()
        self.lab.client("ec2").describe_vpcs()
        self.lab.client("iam").list_users()
        s3 = self.lab.client("s3")
        s3.create_bucket(Bucket="told", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_object(Bucket="told", Key="a", Body=b"b")
        self.assertEqual([event["detail"]["eventName"] for event in taken()], ["CreateBucket"])

    def test_identities_are_told_in_one_region_alone(self):
        here, home = self.listen(), self.listen("us-east-1")
        self.lab.client("iam").create_user(UserName="ada")
        self.assertEqual(here(), [])
        self.assertEqual([event["detail"]["eventName"] for event in home()], ["CreateUser"])

    def test_a_refused_write_is_told_with_its_error(self):
        taken = self.listen()
        self.lab.control("POST", "faults", {"kind": "deny", "operation": "ec2:CreateVpc"})
        with self.assertRaises(Exception):
            self.lab.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        self.assertIn("errorCode", taken()[0]["detail"])

    def test_buckets_are_told_by_the_names_of_the_trail(self):
        taken = self.listen()
        s3 = self.lab.client("s3")
        s3.create_bucket(Bucket="named", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.delete_public_access_block(Bucket="named")
        names = [event["detail"]["eventName"] for event in taken()]
        self.assertEqual(names, ["CreateBucket", "DeleteBucketPublicAccessBlock"])

    def test_an_estate_that_was_just_filled_has_no_news(self):
        self.lab.control("POST", "seed", {"variant": "clean", "scale": 1000, "draw": 1})
        sqs = self.lab.client("sqs")
        url = sqs.get_queue_url(QueueName="trackera-ops-events")["QueueUrl"]
        self.assertNotIn("Messages", sqs.receive_message(QueueUrl=url))
        self.lab.client("kms").create_key()
        [message] = sqs.receive_message(QueueUrl=url)["Messages"]
        self.assertEqual(json.loads(message["Body"])["detail"]["eventName"], "CreateKey")

    def test_whoever_waits_for_messages_keeps_nobody_from_the_queue(self):
        self.listen()
        sqs = self.lab.client("sqs")
        url = sqs.get_queue_url(QueueName="heard")["QueueUrl"]
        heard = []
        waiting = threading.Thread(
            target=lambda: heard.extend(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", []))
        )
        waiting.start()
        started = time.monotonic()
        self.lab.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
        waiting.join(timeout=30)
        self.assertEqual([message["Body"] for message in heard], ["{}"])
        self.assertLess(time.monotonic() - started, 10)
