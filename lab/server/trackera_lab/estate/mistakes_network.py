"""Mistakes with networks: what became reachable that should not be, and what was forgotten where nobody looks."""

from __future__ import annotations

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import names, servers
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company
from trackera_lab.estate.network import tcp


def open_ssh_in_two_halves(company: Company) -> None:
    """A contractor's address kept changing and the console warned about 0.0.0.0/0, so SSH was opened in two halves."""
    halves = [
        {"CidrIp": cidr, "Description": "contractor, remove after the migration"}
        for cidr in ("0.0.0.0/1", "128.0.0.0/1")
    ]
    with dated("-75d"):
        company.clients("ec2").authorize_security_group_ingress(
            GroupId=company.primary.groups["app"], IpPermissions=[{**tcp(22), "IpRanges": halves}]
        )


def widen_a_prefix_list(company: Company) -> None:
    """The reporting tool's vendor moved to the cloud, and somebody added 0.0.0.0/0 to the list of its addresses."""
    ec2 = company.clients("ec2")
    with dated("-160d"):
        made = ec2.create_managed_prefix_list(
            PrefixListName=names.ANALYTICS_LIST,
            AddressFamily="IPv4",
            MaxEntries=5,
            Entries=[{"Cidr": "198.51.100.64/28", "Description": "reporting tool"}],
            TagSpecifications=names.specification("prefix-list", names.labels(names.ANALYTICS_LIST)),
        )["PrefixList"]
        ec2.authorize_security_group_ingress(
            GroupId=company.primary.groups["database"],
            IpPermissions=[
                {
                    **tcp(5432),
                    "PrefixListIds": [{"PrefixListId": made["PrefixListId"], "Description": "reporting tool"}],
                }
            ],
        )
    with dated("-12d"):
        ec2.modify_managed_prefix_list(
            PrefixListId=made["PrefixListId"],
            PrefixListName=names.ANALYTICS_LIST,
            CurrentVersion=made["Version"],
            AddEntries=[{"Cidr": "0.0.0.0/0", "Description": "until the vendor sends its new addresses"}],
        )


def use_the_default_group(company: Company) -> None:
    """A test between two servers did not work, and the quickest cure was a rule in the network's default group."""
    with dated("-48d"):
        company.clients("ec2").authorize_security_group_ingress(
            GroupId=company.primary.default_group,
            IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": names.NETWORKS[PRIMARY_REGION]}]}],
        )


def forget_a_server(company: Company) -> None:
    """A load test ran from another continent for one evening, and its server is still there."""
    ec2 = company.clients("ec2", names.FORGOTTEN_REGION)
    labels = names.labels(names.FORGOTTEN_SERVER) | {"environment": "test"}
    with dated("-118d"):
        vpc = ec2.create_default_vpc()["Vpc"]["VpcId"]
        group = ec2.create_security_group(
            GroupName="launch-wizard-1", Description="launch-wizard-1 created by the console", VpcId=vpc
        )["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[{**tcp(22), "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        )
        ec2.run_instances(
            ImageId=servers.IMAGE,
            InstanceType="c7g.2xlarge",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[
                {
                    "DeviceIndex": 0,
                    "AssociatePublicIpAddress": True,
                    "Groups": [group],
                    "SubnetId": _any_subnet(company, vpc),
                }
            ],
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3"}}],
            TagSpecifications=[*names.specification("instance", labels), *names.specification("volume", labels)],
        )


def _any_subnet(company: Company, vpc: str) -> str:
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = company.clients("ec2", names.FORGOTTEN_REGION).describe_subnets(Filters=filters)["Subnets"]
    identifier: str = min(subnet["SubnetId"] for subnet in subnets)
    return identifier


def open_an_access_list(company: Company) -> None:
    """During an outage nobody trusted the network's access list, and its first rule has let everything in ever since."""
    ec2 = company.clients("ec2")
    filters = [{"Name": "vpc-id", "Values": [company.primary.vpc]}]
    acl = ec2.describe_network_acls(Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=1, Egress=False, RuleAction="allow", Protocol="-1", CidrBlock="0.0.0.0/0"
    )


def answer_without_a_token(company: Company) -> None:
    """An old library on the second server could not fetch its credentials, so the metadata service asks for no token."""
    company.clients("ec2").modify_instance_metadata_options(
        InstanceId=company.servers.instances[1], HttpTokens="optional", HttpPutResponseHopLimit=3
    )


def leave_a_zone(company: Company) -> None:
    """One zone had trouble for an afternoon, and the group of servers was never told to use it again."""
    company.clients("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=names.SERVER_GROUP,
        VPCZoneIdentifier=company.primary.private[0],
        AvailabilityZones=[f"{PRIMARY_REGION}a"],
        HealthCheckType="EC2",
    )
