"""The company's networks: one in the region it runs in, and one that waits in the recovery region.

Only the balancer stands where the Internet reaches it; servers and the database stand in subnets without a route in.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from typing import Any

from trackera_lab.estate import names
from trackera_lab.estate.clients import Clients, dated

_MADE = "-690d"
_ANYWHERE = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


@dataclasses.dataclass
class Network:
    """The ids of one network's parts."""

    region: str
    vpc: str
    public: list[str]
    private: list[str]
    groups: dict[str, str]
    offices: str

    @property
    def default_group(self) -> str:
        """The group that whatever names none gets."""
        return self.groups["default"]


def make(clients: Clients, region: str) -> Network:
    """Make a network with two public and two private subnets, its routes and its security groups."""
    ec2 = clients("ec2", region)
    with dated(_MADE):
        vpc = ec2.create_vpc(
            CidrBlock=names.NETWORKS[region], TagSpecifications=names.specification("vpc", names.labels("trackera"))
        )["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        public, private = _make_subnets(ec2, region, vpc)
        _make_routes(ec2, vpc, public, private)
        _narrow_access_list(ec2, vpc, names.NETWORKS[region])
        offices = _make_office_list(ec2)
        groups = _make_groups(ec2, vpc, offices)
    return Network(region, vpc, public, private, groups, offices)


def _make_subnets(ec2: Any, region: str, vpc: str) -> tuple[list[str], list[str]]:
    blocks = list(ipaddress.ip_network(names.NETWORKS[region]).subnets(new_prefix=20))
    made: dict[str, list[str]] = {"public": [], "private": []}
    for index, (kind, zone) in enumerate((kind, zone) for kind in made for zone in "ab"):
        name = names.labels(f"trackera-{kind}-{zone}")
        made[kind].append(
            ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=str(blocks[index]),
                AvailabilityZone=region + zone,
                TagSpecifications=names.specification("subnet", name),
            )["Subnet"]["SubnetId"]
        )
    return made["public"], made["private"]


def _make_routes(ec2: Any, vpc: str, public: list[str], private: list[str]) -> None:
    gateway = ec2.create_internet_gateway(
        TagSpecifications=names.specification("internet-gateway", names.labels("trackera"))
    )["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for name, subnets in (("trackera-public", public), ("trackera-private", private)):
        table = ec2.create_route_table(
            VpcId=vpc, TagSpecifications=names.specification("route-table", names.labels(name))
        )["RouteTable"]["RouteTableId"]
        for subnet in subnets:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        if subnets is public:
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def _narrow_access_list(ec2: Any, vpc: str, own: str) -> None:
    """Let in what customers and answers need; the ports of remote administration are shut to everybody."""
    found = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"][0]
    rules: list[tuple[str, str, str, tuple[int, int] | None]] = [
        *(("deny", "6", "0.0.0.0/0", (port, port)) for port in (22, 3389)),
        ("allow", "-1", own, None),
        *(("allow", "6", "0.0.0.0/0", ports) for ports in ((80, 80), (443, 443), (1024, 65535))),
        ("allow", "17", "0.0.0.0/0", (1024, 65535)),
    ]
    ec2.delete_network_acl_entry(NetworkAclId=found["NetworkAclId"], RuleNumber=100, Egress=False)
    for number, (action, protocol, cidr, ports) in enumerate(rules, 1):
        ec2.create_network_acl_entry(
            NetworkAclId=found["NetworkAclId"],
            RuleNumber=number * 10,
            Egress=False,
            RuleAction=action,
            Protocol=protocol,
            CidrBlock=cidr,
            **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
        )


def _make_office_list(ec2: Any) -> str:
    made = ec2.create_managed_prefix_list(
        PrefixListName=names.OFFICE_LIST,
        AddressFamily="IPv4",
        MaxEntries=10,
        Entries=[{"Cidr": cidr, "Description": f"office {number}"} for number, cidr in enumerate(names.OFFICES, 1)],
        TagSpecifications=names.specification("prefix-list", names.labels(names.OFFICE_LIST)),
    )
    identifier: str = made["PrefixList"]["PrefixListId"]
    return identifier


def _make_groups(ec2: Any, vpc: str, offices: str) -> dict[str, str]:
    balancer = _make_group(
        ec2, vpc, "alb", "Customers reach the balancer", {**tcp(443), **_ANYWHERE}, {**tcp(80), **_ANYWHERE}
    )
    application = _make_group(
        ec2,
        vpc,
        "app",
        "The balancer reaches the application",
        {**tcp(8080), **_pair(balancer, "balancer")},
    )
    database = _make_group(
        ec2,
        vpc,
        "database",
        "The application reaches the database",
        {**tcp(5432), **_pair(application, "application")},
    )
    office = _make_group(
        ec2,
        vpc,
        "office-admin",
        "Administrators reach servers from the offices",
        {**tcp(22), "PrefixListIds": [{"PrefixListId": offices, "Description": "offices"}]},
    )
    _let_out(ec2, balancer, {**tcp(8080), **_pair(application, "application")})
    _let_out(ec2, application, {**tcp(5432), **_pair(database, "database")}, {**tcp(443), **_ANYWHERE})
    return {
        "alb": balancer,
        "app": application,
        "database": database,
        "office-admin": office,
        "default": empty_default_group(ec2, vpc),
    }


def tcp(port: int) -> dict[str, Any]:
    """The part of a rule that names one TCP port."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}


def _pair(group: str, description: str) -> dict[str, Any]:
    """The part of a rule that names another group."""
    return {"UserIdGroupPairs": [{"GroupId": group, "Description": description}]}


def _let_out(ec2: Any, group: str, *rules: dict[str, Any]) -> None:
    """Let out what a group's members need."""
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=list(rules))


def _make_group(ec2: Any, vpc: str, name: str, description: str, *rules: dict[str, Any]) -> str:
    group: str = ec2.create_security_group(
        GroupName=name,
        Description=description,
        VpcId=vpc,
        TagSpecifications=names.specification("security-group", names.labels(f"trackera-{name}")),
    )["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(rules))
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    return group


def empty_default_group(ec2: Any, vpc: str) -> str:
    """Take every rule out of a network's default group, so that nothing works by forgetting to choose one."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    group = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]
    if group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    if group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    identifier: str = group["GroupId"]
    return identifier


def make_interface(
    clients: Clients, network: Network, subnet: str, group: str, description: str, address: str | None = None
) -> str:
    """Make the network interface of a service that AWS runs, with a public address if one is given; says its id."""
    ec2 = clients("ec2", network.region)
    interface: str = ec2.create_network_interface(
        SubnetId=subnet,
        Groups=[group],
        Description=description,
        TagSpecifications=names.specification("network-interface", names.labels()),
    )["NetworkInterface"]["NetworkInterfaceId"]
    if address:
        allocation = ec2.allocate_address(
            Domain="vpc",
            Address=address,
            TagSpecifications=names.specification("elastic-ip", names.labels(description)),
        )["AllocationId"]
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface)
    return interface
