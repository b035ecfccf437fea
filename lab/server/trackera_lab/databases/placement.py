"""Where a new instance stands in the network: subnet group, security groups, public or not.

What is not named is AWS's default and never the source's: that is how a restored database comes up behind the wrong
security group, and tools must be able to fail on it here.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from . import errors

DEFAULT_SUBNET_GROUP = "default"


def place(backend: Any, arguments: dict[str, Any]) -> None:
    """Complete and check the network part of an instance's arguments."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    name = arguments.get("db_subnet_group_name") or default_subnet_group(backend, ec2)
    arguments["db_subnet_group_name"] = name
    vpc = backend.describe_db_subnet_groups(name)[0].vpc_id
    groups = list(arguments.get("vpc_security_group_ids") or [])
    if groups:
        check_groups(ec2, groups, vpc)
    else:
        default = ec2.get_default_security_group(vpc)
        groups = [default.id] if default is not None else []
    arguments["vpc_security_group_ids"] = groups
    if arguments.get("publicly_accessible") is None:
        arguments["publicly_accessible"] = name == DEFAULT_SUBNET_GROUP and has_internet_gateway(ec2, vpc)


def default_subnet_group(backend: Any, ec2: Any) -> str:
    """The group that RDS makes of the default VPC's subnets when none is named."""
    if DEFAULT_SUBNET_GROUP not in backend.subnet_groups:
        vpc = ec2.get_default_vpc()
        subnets = [] if vpc is None else ec2.describe_subnets(filters={"vpc-id": [vpc.id]})
        if not subnets:
            raise errors.no_network(backend.region_name)
        backend.create_subnet_group(DEFAULT_SUBNET_GROUP, DEFAULT_SUBNET_GROUP, subnets, [])
    return DEFAULT_SUBNET_GROUP


def check_groups(ec2: Any, groups: list[str], vpc: str | None) -> None:
    """Refuse security groups that do not exist or belong to another VPC."""
    for name in groups:
        group = ec2.get_security_group_from_id(name)
        if group is None:
            raise errors.invalid_value(f"Invalid security group , groupId= {name}, groupName=.")
        if vpc is not None and group.vpc_id != vpc:
            raise errors.invalid_combination(
                "The DB instance and EC2 security group are in different VPCs. "
                f"The DB instance is in {vpc} and the EC2 security group is in {group.vpc_id}"
            )


def has_internet_gateway(ec2: Any, vpc: str | None) -> bool:
    """Whether the VPC reaches the Internet."""
    return any(gateway.vpc is not None and gateway.vpc.id == vpc for gateway in list(ec2.internet_gateways.values()))
