"""Lists come in pages, and following them gives every entry exactly once."""

from tests.harness import LabTest


class Pages(LabTest):
    def pages(self, client, operation, member, **parameters):
        """How many entries each page holds, after checking that none comes twice."""
        found = [page.get(member, []) for page in client.get_paginator(operation).paginate(**parameters)]
        entries = [str(entry) for page in found for entry in page]
        self.assertEqual(len(entries), len(set(entries)))
        return [len(page) for page in found]

    def test_ec2_pages_when_asked(self):
        ec2 = self.lab.client("ec2")
        for number in range(6):
            ec2.create_security_group(GroupName=f"group-{number}", Description="x")
        first = ec2.describe_security_groups(MaxResults=5)
        self.assertEqual(len(first["SecurityGroups"]), 5)
        second = ec2.describe_security_groups(MaxResults=5, NextToken=first["NextToken"])
        self.assertEqual(len(second["SecurityGroups"]), 2)
        self.assertNotIn("NextToken", second)

    def test_a_page_size_pages_every_list_of_the_collectors(self):
        self.lab.control("POST", "settings", {"page_size": 2})
        self.fill()
        ec2, iam, kms, s3 = (self.lab.client(name) for name in ("ec2", "iam", "kms", "s3"))
        key = kms.list_keys()["Keys"][0]["KeyId"]
        three = [2, 1]
        self.assertEqual(self.pages(ec2, "describe_volumes", "Volumes"), three)
        self.assertEqual(self.pages(ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"]), three)
        self.assertEqual(self.pages(iam, "list_users", "Users"), three)
        self.assertEqual(self.pages(iam, "list_virtual_mfa_devices", "VirtualMFADevices"), three)
        self.assertEqual(self.pages(kms, "list_keys", "Keys"), three)
        self.assertEqual(self.pages(kms, "list_resource_tags", "Tags", KeyId=key), three)
        self.assertEqual(self.pages(s3, "list_buckets", "Buckets"), three)
        self.assertEqual(self.pages(s3, "list_objects_v2", "Contents", Bucket="bucket-0"), three)
        for operation, member in (
            ("describe_subnets", "Subnets"),
            ("describe_route_tables", "RouteTables"),
            ("describe_security_groups", "SecurityGroups"),
            ("describe_network_interfaces", "NetworkInterfaces"),
            ("describe_managed_prefix_lists", "PrefixLists"),
        ):
            self.assertLessEqual(max(self.pages(ec2, operation, member)), 2)
        own = [{"Name": "owner-id", "Values": ["000000000000"]}]
        prefix_list = ec2.describe_managed_prefix_lists(Filters=own)["PrefixLists"][0]["PrefixListId"]
        entries = self.pages(ec2, "get_managed_prefix_list_entries", "Entries", PrefixListId=prefix_list)
        self.assertEqual(entries, three)

    def fill(self):
        ec2, iam, kms, s3 = (self.lab.client(name) for name in ("ec2", "iam", "kms", "s3"))
        for number in range(3):
            volume = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1)
            ec2.create_snapshot(VolumeId=volume["VolumeId"])
            cidrs = [{"Cidr": f"10.{number}.{part}.0/24"} for part in range(3)]
            ec2.create_managed_prefix_list(
                PrefixListName=f"list-{number}", AddressFamily="IPv4", MaxEntries=5, Entries=cidrs
            )
            iam.create_user(UserName=f"user-{number}")
            iam.create_virtual_mfa_device(VirtualMFADeviceName=f"device-{number}")
            kms.create_key(Tags=[{"TagKey": f"key-{part}", "TagValue": "x"} for part in range(3)])
            s3.create_bucket(
                Bucket=f"bucket-{number}", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
            s3.put_object(Bucket="bucket-0", Key=f"key-{number}", Body=b"x")

    def test_rds_pages(self):
        rds = self.lab.client("rds")
        for number in range(5):
            rds.create_db_parameter_group(
                DBParameterGroupName=f"group-{number}", DBParameterGroupFamily="postgres15", Description="x"
            )
        self.lab.control("POST", "settings", {"page_size": 2})
        self.assertEqual(self.pages(rds, "describe_db_parameter_groups", "DBParameterGroups"), [2, 2, 1])

    def test_authorization_details_page_over_their_four_lists_as_one(self):
        iam = self.lab.client("iam")
        for number in range(3):
            iam.create_user(UserName=f"user-{number}")
            iam.create_group(GroupName=f"group-{number}")
        iam.create_role(RoleName="role", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
        self.lab.control("POST", "settings", {"page_size": 2})
        counts = [
            sum(len(page[name]) for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"))
            for page in iam.get_paginator("get_account_authorization_details").paginate()
        ]
        self.assertEqual(counts, [2, 2, 2, 1])

    def test_a_token_of_another_list_is_refused_in_each_protocol(self):
        ec2, iam, kms = (self.lab.client(name) for name in ("ec2", "iam", "kms"))
        self.assertEqual(self.refusal(ec2.describe_vpcs, NextToken="made-up")[0], "InvalidNextToken")
        self.assertEqual(self.refusal(iam.list_users, Marker="made-up")[:2], ("ValidationError", 400))
        self.assertEqual(self.refusal(kms.list_keys, Marker="made-up")[0], "InvalidMarkerException")

    def test_iam_ends_a_page_after_a_hundred_by_itself_and_gives_more_when_asked(self):
        iam = self.lab.client("iam")
        for number in range(101):
            iam.create_user(UserName=f"user-{number}")
        self.assertEqual(self.pages(iam, "list_users", "Users"), [100, 1])
        self.assertEqual(self.pages(iam, "list_users", "Users", MaxItems=1000), [101])
