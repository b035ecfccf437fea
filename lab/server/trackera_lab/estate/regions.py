"""Every enabled region, also those that the company never uses: nothing lies there, so nothing can be open there."""

from __future__ import annotations

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import unwritable
from trackera_lab.estate.clients import Clients


def enabled(clients: Clients) -> list[str]:
    """The regions that are enabled for the account."""
    return sorted(region["RegionName"] for region in clients("ec2", PRIMARY_REGION).describe_regions()["Regions"])


def harden(clients: Clients, region: str, key: str | None) -> None:
    """Set careful defaults, with the company's key where it has one, and remove the network that AWS put there unasked."""
    ec2 = clients("ec2", region)
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)
    ec2.enable_ebs_encryption_by_default()
    if key:
        ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    for vpc in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
        filters = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        for subnet in ec2.describe_subnets(Filters=filters)["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])
        unwritable.drop_access_lists(region, vpc["VpcId"])
