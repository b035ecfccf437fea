"""Stubs have the shapes that AWS documents, and follow the request where it matters."""

import datetime
import pathlib
import sys
import unittest

from tests.harness import LabTest, Refused

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))


REFUSALS = ("NoSuchEntity", "ResourceNotFoundException", "ValidationException", "InvalidInput")
"""What may be said to a request that names nothing that exists."""


class Fixture(unittest.TestCase):
    def test_every_answer_fits_the_service_model(self):
        from trackera_lab.stubs import fixture, wire

        for name, stub in fixture.load().items():
            service, _, operation = name.partition(":")
            for answer in filter(None, (stub.answer, stub.elsewhere)):
                filled = fixture._fill(answer, {"account": "000000000000", "region": "eu-central-1"})
                with self.subTest(name):
                    self.assertIsNone(wire.problem(service, operation, filled))

    def test_every_selection_names_a_parameter_of_the_request(self):
        from moto.core.utils import get_service_model

        from trackera_lab.stubs import fixture

        for name, stub in fixture.load().items():
            service, _, operation = name.partition(":")
            shape = get_service_model(service).operation_model(operation).input_shape
            with self.subTest(name):
                self.assertLessEqual(set(stub.match), set(shape.members if shape else ()))


class Answers(LabTest):
    def test_every_stub_is_read_by_the_sdk(self):
        from botocore import xform_name

        from trackera_lab.stubs import computed, fixture

        for name in {*fixture.load(), *computed.ANSWERS}:
            service, _, operation = name.partition(":")
            client = self.lab.client(service)
            shape = client.meta.service_model.operation_model(operation).input_shape
            required = {member: self.value(shape.members[member]) for member in (shape.required_members if shape else ())}
            with self.subTest(name):
                try:
                    answer = getattr(client, xform_name(operation))(**required)
                except client.exceptions.ClientError as refusal:
                    self.assertIn(refusal.response["Error"]["Code"], REFUSALS)
                    continue
                self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 200)

    @staticmethod
    def value(shape):
        values = {"string": (shape.enum[0] if getattr(shape, "enum", None) else "x" * 36), "list": ["x" * 36], "map": {}}
        return values[shape.type_name]

    def test_instances_of_the_estate_are_managed_and_patched(self):
        ec2, ssm = self.lab.client("ec2"), self.lab.client("ssm")
        made = ec2.run_instances(ImageId="ami-12345678", MinCount=2, MaxCount=2)["Instances"]
        wanted = sorted(instance["InstanceId"] for instance in made)
        known = ssm.describe_instance_information()["InstanceInformationList"]
        self.assertEqual(sorted(entry["InstanceId"] for entry in known), wanted)
        states = ssm.describe_instance_patch_states(InstanceIds=wanted[:1])["InstancePatchStates"]
        self.assertEqual([state["InstanceId"] for state in states], wanted[:1])

    def test_events_are_found_by_name_and_time_newest_first(self):
        trail = self.lab.client("cloudtrail")
        times = [event["EventTime"] for event in trail.lookup_events()["Events"]]
        self.assertEqual(times, sorted(times, reverse=True))
        attribute = [{"AttributeKey": "EventName", "AttributeValue": "ConsoleLogin"}]
        events = trail.lookup_events(LookupAttributes=attribute)["Events"]
        self.assertEqual({event["EventName"] for event in events}, {"ConsoleLogin"})
        recent = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
        self.assertEqual(trail.lookup_events(StartTime=recent)["Events"], [])

    def test_a_simulation_follows_the_policies_and_a_denial_wins(self):
        iam = self.lab.client("iam")
        iam.create_user(UserName="one")
        iam.attach_user_policy(UserName="one", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"S3:Delete*","Resource":"*"}]}'
        iam.put_user_policy(UserName="one", PolicyName="deny", PolicyDocument=deny)
        results = iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::000000000000:user/one", ActionNames=["s3:GetObject", "s3:DeleteBucket"]
        )["EvaluationResults"]
        self.assertEqual([result["EvalDecision"] for result in results], ["allowed", "explicitDeny"])

    def test_regions_without_the_company_are_empty(self):
        self.assertEqual(self.lab.client("accessanalyzer", "ap-south-1").list_analyzers()["analyzers"], [])

    def test_an_answer_can_be_replaced_until_reset(self):
        stub = {"operation": "guardduty:ListFindings", "region": "eu-west-1", "answer": {"FindingIds": ["a", "b"]}}
        self.lab.control("POST", "stubs", stub)
        guard = self.lab.client("guardduty", "eu-west-1")
        self.assertEqual(guard.list_findings(DetectorId="d")["FindingIds"], ["a", "b"])
        self.lab.control("POST", "reset", {})
        self.assertNotEqual(guard.list_findings(DetectorId="d")["FindingIds"], ["a", "b"])

    def test_a_replacement_of_the_wrong_shape_is_refused(self):
        with self.assertRaisesRegex(Refused, "no member `findings`"):
            self.lab.control("POST", "stubs", {"operation": "guardduty:ListFindings", "answer": {"findings": []}})

    def test_what_nobody_knows_is_refused_at_once_in_each_protocol(self):
        for service, method, parameters in (
            ("ec2", "describe_fpga_images", {}),
            ("iam", "get_context_keys_for_custom_policy", {"PolicyInputList": ["{}"]}),
            ("ssm", "describe_activations", {}),
            ("drs", "describe_jobs", {}),
            ("s3control", "list_jobs", {"AccountId": "000000000000"}),
        ):
            with self.subTest(service):
                act = getattr(self.lab.client(service), method)
                self.assertEqual(self.refusal(act, **parameters)[:2], ("NotImplementedByLab", 400))
