"""Clients reach a database only where the security groups of its instance let them."""

import os
import socket

from tests.databases_case import PRIMARY, SSL_REQUEST, DatabaseTest, knock, wait_until


class Front(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.endpoint = self.create()["Endpoint"]
        self.ec2 = self.lab.client("ec2")
        self.close()

    def close(self):
        group = self.ec2.describe_security_groups(GroupIds=[self.default_group()])["SecurityGroups"][0]
        self.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])

    def allow(self, **source):
        self.ec2.authorize_security_group_ingress(
            GroupId=self.default_group(),
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **source}],
        )

    def test_without_a_rule_nobody_comes_in(self):
        self.assertEqual(knock(self.endpoint, "127.0.0.1"), "reset")

    def test_a_rule_for_an_address_lets_that_address_in_and_no_other(self):
        self.allow(IpRanges=[{"CidrIp": "10.0.0.10/32"}])
        self.lab.control("POST", "members", {"127.0.3.4": {"address": "10.0.3.4"}})
        self.assertEqual(knock(self.endpoint, "127.0.0.1"), "open")
        self.assertEqual(knock(self.endpoint, "127.0.3.4"), "reset")
        self.assertEqual(knock(self.endpoint, "127.0.99.99"), "reset")

    def test_a_rule_for_a_group_lets_its_members_in(self):
        vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group = self.ec2.create_security_group(GroupName="application", Description="x", VpcId=vpc)["GroupId"]
        self.allow(UserIdGroupPairs=[{"GroupId": group}])
        self.lab.control(
            "POST",
            "members",
            {"127.0.3.4": {"address": "10.0.3.4", "groups": [group]}, "127.0.3.5": {"address": "10.0.3.5"}},
        )
        self.assertEqual(knock(self.endpoint, "127.0.3.4"), "open")
        self.assertEqual(knock(self.endpoint, "127.0.3.5"), "reset")

    def test_a_loopback_address_stands_for_the_interface_with_its_ending(self):
        subnet = self.ec2.describe_subnets()["Subnets"][0]
        interface = self.ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]
        source = "127.0." + ".".join(interface["PrivateIpAddress"].split(".")[2:])
        self.assertEqual(knock(self.endpoint, source), "reset")
        self.allow(UserIdGroupPairs=[{"GroupId": interface["Groups"][0]["GroupId"]}])
        self.assertEqual(knock(self.endpoint, source), "open")

    def test_a_prefix_list_counts_with_its_entries(self):
        entries = [{"Cidr": "10.0.0.0/28", "Description": "administrators"}]
        named = self.ec2.create_managed_prefix_list(
            PrefixListName="administrators", AddressFamily="IPv4", MaxEntries=5, Entries=entries
        )["PrefixList"]
        self.allow(PrefixListIds=[{"PrefixListId": named["PrefixListId"]}])
        self.assertEqual(knock(self.endpoint, "127.0.0.1"), "open")

    def test_the_internet_needs_a_public_instance_as_well_as_a_rule(self):
        self.allow(IpRanges=[{"CidrIp": "0.0.0.0/0"}])
        self.lab.control("POST", "members", {"127.0.200.7": {"address": "8.8.8.8"}})
        self.assertEqual(knock(self.endpoint, "127.0.200.7"), "reset")
        self.rds().modify_db_instance(DBInstanceIdentifier="primary", PubliclyAccessible=True)
        self.available("primary")
        self.assertEqual(knock(self.endpoint, "127.0.200.7"), "open")

    def test_a_rule_that_goes_cuts_nobody_but_an_outage_cuts_all(self):
        self.allow(IpRanges=[{"CidrIp": "10.0.0.0/16"}])
        with socket.create_connection((self.endpoint["Address"], self.endpoint["Port"]), 5) as client:
            client.sendall(SSL_REQUEST)
            self.assertEqual(client.recv(1), b"S")
            self.close()
            self.assertEqual(knock(self.endpoint, "127.0.0.1"), "reset")
            client.settimeout(0.2)
            self.assertRaises(TimeoutError, client.recv, 1)
            self.outage(PRIMARY, True)
            client.settimeout(5)
            self.assertRaises(ConnectionError, client.recv, 1)
        self.assertEqual(knock(self.endpoint, "127.0.0.1"), "refused")

    def test_connections_that_ended_leave_nothing_open(self):
        self.allow(IpRanges=[{"CidrIp": "10.0.0.10/32"}])
        process = f"/proc/{self.lab._process.pid}"

        def held():
            return [len(os.listdir(f"{process}/{kind}")) for kind in ("fd", "task")]

        self.assertEqual(knock(self.endpoint, "127.0.0.1"), "open")
        before = held()
        for source in ["127.0.0.1", "127.0.99.99"] * 20:
            knock(self.endpoint, source)
        wait_until(lambda: all(now <= then + 2 for now, then in zip(held(), before, strict=True)), "all is closed")
