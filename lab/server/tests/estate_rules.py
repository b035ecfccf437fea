"""The company's rules as short readings of the estate: each gives what breaks it, and nothing when it holds.

They are written without the product's policies on purpose: two readings that agree are worth more than one.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
from collections.abc import Callable, Iterator
from typing import Any

from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names
from trackera_lab.estate.clients import Clients

DECLARED = (PRIMARY_REGION, RECOVERY_REGION)
NOW = datetime.datetime.now(datetime.timezone.utc)


def regions(clients: Clients) -> list[str]:
    """The enabled regions."""
    return [region["RegionName"] for region in clients("ec2").describe_regions()["Regions"]]


def _pages(client: Any, operation: str, field: str, **arguments: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[field]


def default_groups_with_rules(clients: Clients) -> list[str]:
    """Default security groups that let anything in or out."""
    return [
        region
        for region in regions(clients)
        for group in _pages(clients("ec2", region), "describe_security_groups", "SecurityGroups")
        if group["GroupName"] == "default" and (group["IpPermissions"] or group["IpPermissionsEgress"])
    ]


def ports_open_to_the_internet(clients: Clients) -> set[tuple[str, int | None]]:
    """Region and port of every rule that lets a quarter of the Internet or more in, but for the web's two ports."""
    found = set()
    for region in regions(clients):
        ec2 = clients("ec2", region)
        for group in _pages(ec2, "describe_security_groups", "SecurityGroups"):
            for rule in group["IpPermissions"]:
                if _is_wide(ec2, rule) and rule.get("FromPort") not in (80, 443):
                    found.add((region, rule.get("FromPort")))
    return found


def _is_wide(ec2: Any, rule: dict[str, Any]) -> bool:
    ranges = [item["CidrIp"] for item in rule["IpRanges"]] + [item["CidrIpv6"] for item in rule["Ipv6Ranges"]]
    for item in rule["PrefixListIds"]:
        entries = ec2.get_managed_prefix_list_entries(PrefixListId=item["PrefixListId"])["Entries"]
        ranges += [entry["Cidr"] for entry in entries]
    return any(ipaddress.ip_network(item).prefixlen <= 2 for item in ranges)


def regions_without_disk_encryption(clients: Clients) -> list[str]:
    """Regions where a new disk would not be encrypted."""
    return [
        region
        for region in regions(clients)
        if not clients("ec2", region).get_ebs_encryption_by_default()["EbsEncryptionByDefault"]
    ]


def plain_disks(clients: Clients) -> list[str]:
    """Volumes and disk snapshots that are not encrypted, by region."""
    found = []
    for region in regions(clients):
        ec2 = clients("ec2", region)
        disks = [
            *_pages(ec2, "describe_volumes", "Volumes"),
            *_pages(ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"]),
        ]
        found += [region for disk in disks if not disk["Encrypted"]]
    return found


def public_disk_snapshots(clients: Clients) -> list[str]:
    """Disk snapshots that everybody may use."""
    ec2 = clients("ec2")
    return [
        snapshot["SnapshotId"]
        for snapshot in _pages(ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"])
        if ec2.describe_snapshot_attribute(SnapshotId=snapshot["SnapshotId"], Attribute="createVolumePermission")[
            "CreateVolumePermissions"
        ]
    ]


def occupied_regions(clients: Clients) -> list[str]:
    """Undeclared regions in which anything lies."""
    return [
        region
        for region in regions(clients)
        if region not in DECLARED
        and (
            clients("ec2", region).describe_vpcs()["Vpcs"]
            or clients("ec2", region).describe_volumes()["Volumes"]
            or clients("rds", region).describe_db_instances()["DBInstances"]
        )
    ]


def _users(clients: Clients) -> list[str]:
    return [user["UserName"] for user in _pages(clients("iam"), "list_users", "Users")]


def _active_keys(clients: Clients, user: str) -> list[dict[str, Any]]:
    keys = clients("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return [key for key in keys if key["Status"] == "Active"]


def old_keys(clients: Clients) -> list[str]:
    """Users with an active key that is older than ninety days."""
    return [
        user
        for user in _users(clients)
        for key in _active_keys(clients, user)
        if NOW - key["CreateDate"] > datetime.timedelta(days=90)
    ]


def spare_keys(clients: Clients) -> list[str]:
    """Users with more than one active key."""
    return [user for user in _users(clients) if len(_active_keys(clients, user)) > 1]


def unused_keys(clients: Clients) -> list[str]:
    """Users with an active key that was never used."""
    iam = clients("iam")
    return [
        user
        for user in _users(clients)
        for key in _active_keys(clients, user)
        if "LastUsedDate" not in iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    ]


def passwords_without_mfa(clients: Clients) -> list[str]:
    """Users who can sign in with a password alone."""
    iam, found = clients("iam"), []
    for user in _users(clients):
        try:
            iam.get_login_profile(UserName=user)
        except iam.exceptions.NoSuchEntityException:
            continue
        if not iam.list_mfa_devices(UserName=user)["MFADevices"]:
            found.append(user)
    return found


def administrators(clients: Clients) -> list[str]:
    """Users and roles that may do nearly everything: through a group, by `*`, by `*:*` or by what is not excluded."""
    iam = clients("iam")
    found = [
        member["UserName"]
        for group in _pages(iam, "list_groups", "Groups")
        if _attached_admin(iam.list_attached_group_policies(GroupName=group["GroupName"]))
        for member in iam.get_group(GroupName=group["GroupName"])["Users"]
    ]
    details = list(_pages(iam, "get_account_authorization_details", "UserDetailList", Filter=["User"]))
    found += [user["UserName"] for user in details if _grants_all(user.get("UserPolicyList", []))]
    roles = _pages(iam, "get_account_authorization_details", "RoleDetailList", Filter=["Role"])
    found += [role["RoleName"] for role in roles if _grants_all(role["RolePolicyList"])]
    return sorted(found)


def _attached_admin(answer: dict[str, Any]) -> bool:
    return any(policy["PolicyName"] == "AdministratorAccess" for policy in answer["AttachedPolicies"])


def _grants_all(policies: list[dict[str, Any]]) -> bool:
    statements = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return any(
        statement["Effect"] == "Allow"
        and statement["Resource"] == "*"
        and ("NotAction" in statement or statement["Action"] in ("*", "*:*"))
        for statement in statements
    )


def weak_databases(clients: Clients) -> list[str]:
    """Databases that are public, not encrypted or not backed up."""
    return [
        found["DBInstanceIdentifier"]
        for region in DECLARED
        for found in _pages(clients("rds", region), "describe_db_instances", "DBInstances")
        if found["PubliclyAccessible"] or not found["StorageEncrypted"] or found["BackupRetentionPeriod"] < 7
    ]


def shared_database_snapshots(clients: Clients) -> list[str]:
    """Database snapshots that anybody else may restore."""
    found = []
    for region in DECLARED:
        rds = clients("rds", region)
        for snapshot in _pages(rds, "describe_db_snapshots", "DBSnapshots"):
            name = snapshot["DBSnapshotIdentifier"]
            answer = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=name)["DBSnapshotAttributesResult"]
            if any(attribute["AttributeValues"] for attribute in answer["DBSnapshotAttributes"]):
                found.append(name)
    return found


def plain_database_snapshots(clients: Clients) -> list[str]:
    """Database snapshots that are not encrypted."""
    return [
        snapshot["DBSnapshotIdentifier"]
        for region in DECLARED
        for snapshot in _pages(clients("rds", region), "describe_db_snapshots", "DBSnapshots")
        if not snapshot["Encrypted"]
    ]


def regions_without_fresh_snapshot(clients: Clients) -> list[str]:
    """Declared regions whose newest database snapshot shows data older than 26 hours."""
    found = []
    for region in DECLARED:
        snapshots = _pages(clients("rds", region), "describe_db_snapshots", "DBSnapshots")
        newest = max(snapshot["OriginalSnapshotCreateTime"] for snapshot in snapshots)
        if NOW - newest > datetime.timedelta(hours=26):
            found.append(region)
    return found


def places_without_fresh_dump(clients: Clients) -> list[str]:
    """Buckets whose newest dump is older than 26 hours, or not encrypted with a key."""
    found = []
    for bucket, region in ((names.BACKUP_BUCKET, PRIMARY_REGION), (names.RECOVERY_BUCKET, RECOVERY_REGION)):
        s3 = clients("s3", region)
        dumps = list(_pages(s3, "list_objects_v2", "Contents", Bucket=bucket, Prefix=names.DUMP_PREFIX))
        newest = max(dumps, key=lambda dump: dump["LastModified"])
        head = s3.head_object(Bucket=bucket, Key=newest["Key"])
        if NOW - newest["LastModified"] > datetime.timedelta(hours=26) or head.get("ServerSideEncryption") != "aws:kms":
            found.append(bucket)
    return found


def open_buckets(clients: Clients) -> list[str]:
    """Buckets without all four switches of the public access block, or that can be read without encryption."""
    s3, found = clients("s3"), []
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        try:
            block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
            policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        except s3.exceptions.ClientError:
            found.append(name)
            continue
        if not all(block.values()) or "aws:SecureTransport" not in json.dumps(policy):
            found.append(name)
    return found


def keys_that_stay(clients: Clients) -> list[str]:
    """Keys that could rotate and do not, by their first alias."""
    found = []
    for region in DECLARED:
        kms = clients("kms", region)
        for key in _pages(kms, "list_keys", "Keys"):
            about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if (
                about["KeySpec"] == "SYMMETRIC_DEFAULT"
                and not kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
            ):
                found.append(kms.list_aliases(KeyId=key["KeyId"])["Aliases"][0]["AliasName"])
    return found


def people(clients: Clients) -> list[str]:
    """Administrators beyond the two that there should be."""
    return [name for name in administrators(clients) if name not in names.ADMINISTRATORS]


RULES: dict[str, Callable[[Clients], Any]] = {
    rule.__name__: rule
    for rule in (
        default_groups_with_rules,
        ports_open_to_the_internet,
        regions_without_disk_encryption,
        plain_disks,
        public_disk_snapshots,
        occupied_regions,
        old_keys,
        spare_keys,
        unused_keys,
        passwords_without_mfa,
        people,
        weak_databases,
        shared_database_snapshots,
        plain_database_snapshots,
        regions_without_fresh_snapshot,
        places_without_fresh_dump,
        open_buckets,
        keys_that_stay,
    )
}
