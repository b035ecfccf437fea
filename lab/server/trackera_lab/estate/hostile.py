"""The clean company under hostile names: every rule holds, and every string tries to harm whoever shows it.

What AWS lets anybody write is written through calls; what it would refuse is written into moto directly, because a
reader may not count on AWS's checks. No right, rule or backup may differ from the clean estate.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import documents, hostile_kinds, names, unwritable, watching
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company
from trackera_lab.estate.hostile_words import CONTROLS, EVERYTHING, LONG, TEXT, cycle
from trackera_lab.estate.network import Network, make_interface, tcp

USERS = ("--help", "--output=json", "-rf", "=1+1", "@SUM", "+1+1", "-2+3", "_", "root", "..", "null", "x" * 64)
"""Names of users that AWS itself would accept."""
GROUP_ID = "--help"
SNAPSHOTS = ("--force", "=1+1", "*", "x" * 255)


def apply(company: Company) -> None:
    """Rename and describe everything."""
    for network in company.networks.values():
        _tag_network(company, network)
        _rename_groups(network)
    _add_groups(company, company.primary)
    _add_interface(company, company.primary)
    _add_prefix_lists(company)
    _add_disks(company)
    _tag_identities(company)
    _add_identities(company)
    _add_keys(company)
    _tag_databases(company)
    _add_snapshots()
    _tag_buckets(company)
    _add_dump(company)
    _describe_the_rest(company)
    hostile_kinds.apply(company)


def _tags(words: Any) -> list[dict[str, str]]:
    """A hostile name, a hostile key with a hostile value, and a key without a value."""
    return names.pairs({"Name": next(words), next(words)[:127] or "empty": next(words), "nothing": ""})


def _tag_network(company: Company, network: Network) -> None:
    ec2, words = company.clients("ec2", network.region), cycle()
    filters = [{"Name": "vpc-id", "Values": [network.vpc]}]
    tables = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    resources = [
        network.vpc,
        *network.public,
        *network.private,
        *network.groups.values(),
        network.offices,
        *(table["RouteTableId"] for table in tables),
        *(interface["NetworkInterfaceId"] for interface in interfaces),
    ]
    if network.region == PRIMARY_REGION:
        resources += [*company.servers.instances, *company.servers.volumes]
    for resource in resources:
        ec2.create_tags(Resources=[resource], Tags=_tags(words))


def _rename_groups(network: Network) -> None:
    """AWS keeps the names of groups plain; whoever reads them may not count on that."""
    found = _ec2(network.region).groups[network.vpc]
    words = cycle()
    for name, identifier in network.groups.items():
        word = next(words)
        _rename(found[identifier], "default" if name == "default" else word, word)


def _rename(group: Any, name: str, description: str) -> None:
    group.name = group.group_name = name
    group.description = description


def _add_groups(company: Company, network: Network) -> None:
    """One group for each word; the last one has an id like an option, and no name."""
    ec2, groups = company.clients("ec2"), _ec2(network.region).groups[network.vpc]
    for number, word in enumerate(TEXT.values()):
        made = ec2.create_security_group(GroupName=f"hostile-{number}", Description="hostile", VpcId=network.vpc)
        identifier = made["GroupId"]
        source = {"CidrIp": names.NETWORKS[network.region], "Description": word}
        ec2.authorize_security_group_ingress(GroupId=identifier, IpPermissions=[{**tcp(8443), "IpRanges": [source]}])
        _rename(groups[identifier], word, word)
    last = groups.pop(identifier)
    last.id = last.group_id = GROUP_ID
    _rename(last, "", "")
    groups[GROUP_ID] = last


def _add_interface(company: Company, network: Network) -> None:
    for word in (TEXT["html"], TEXT["c1 colour"], TEXT["newlines"], LONG, ""):
        make_interface(company.clients, network, network.private[0], network.groups["app"], word)


def _add_prefix_lists(company: Company) -> None:
    for word in TEXT.values():
        company.clients("ec2").create_managed_prefix_list(
            PrefixListName=word,
            AddressFamily="IPv4",
            MaxEntries=1,
            Entries=[{"Cidr": "203.0.113.0/28", "Description": word}],
            TagSpecifications=names.specification("prefix-list", {"note": word}),
        )


def _add_disks(company: Company) -> None:
    ec2, words = company.clients("ec2"), cycle()
    key = company.keys.arn(names.DATA_KEY)
    for word in TEXT.values():
        volume = ec2.create_volume(
            AvailabilityZone=f"{PRIMARY_REGION}a",
            Size=1,
            VolumeType="gp3",
            Encrypted=True,
            KmsKeyId=key,
            TagSpecifications=[{"ResourceType": "volume", "Tags": _tags(words)}],
        )["VolumeId"]
        snapshot = ec2.create_snapshot(
            VolumeId=volume, Description=word, TagSpecifications=[{"ResourceType": "snapshot", "Tags": _tags(words)}]
        )["SnapshotId"]
        unwritable.note_key_of_snapshot(PRIMARY_REGION, snapshot)


def _tag_identities(company: Company) -> None:
    iam, words = company.clients("iam"), cycle()
    for user in (*names.ADMINISTRATORS, names.SUPPORT, names.DEPLOYER, names.BACKUP_WRITER):
        iam.tag_user(UserName=user, Tags=_tags(words))
    for role in (names.APPLICATION_ROLE, names.AGENT_ROLE, names.DRILL_ROLE):
        _iam().get_role(role).tags += _tags(words)


def _add_identities(company: Company) -> None:
    """Users without any right, and policies that grant nothing in many words."""
    iam, words = company.clients("iam"), cycle(EVERYTHING)
    with dated("-60d"):
        for user in USERS:
            iam.create_user(UserName=user, Tags=_tags(cycle()))
            iam.put_user_policy(UserName=user, PolicyName=user, PolicyDocument=_harmless(next(words)))
            iam.create_group(GroupName=user)
            iam.put_group_policy(GroupName=user, PolicyName=user, PolicyDocument=_harmless(next(words)))
            iam.create_role(RoleName=user, AssumeRolePolicyDocument=documents.trusted("ec2.amazonaws.com"))
            iam.put_role_policy(RoleName=user, PolicyName=user, PolicyDocument=_harmless(next(words)))


def _harmless(word: str) -> str:
    """Grants reading one object that does not exist, and says so in hostile words."""
    statement = documents.allow(
        "s3:GetObject",
        f"arn:aws:s3:::{names.LOG_BUCKET}/none/{word[:512]}",
        Sid=word,
        Condition={"StringEquals": {"aws:PrincipalTag/note": word}},
    )
    return documents.document(statement)


def _add_keys(company: Company) -> None:
    """KMS answers in JSON, so its aliases can carry what XML cannot."""
    from moto.kms.models import kms_backends

    kms = company.clients("kms")
    for number, word in enumerate(CONTROLS.values()):
        key = kms.create_key(Description=word, Policy=documents.key(), Tags=[{"TagKey": "note", "TagValue": word}])[
            "KeyMetadata"
        ]["KeyId"]
        kms.enable_key_rotation(KeyId=key)
        kms.create_alias(AliasName=f"alias/hostile-{number}", TargetKeyId=key)
        aliases = kms_backends[ACCOUNT][PRIMARY_REGION].keys[key].aliases
        alias = aliases.pop(f"alias/hostile-{number}")
        alias.alias_name = f"alias/{word}"
        alias.alias_arn = names.arn("kms", alias.alias_name, PRIMARY_REGION)
        aliases[alias.alias_name] = alias


def _tag_databases(company: Company) -> None:
    rds, words = company.clients("rds"), cycle()
    resource = names.arn("rds", f"db:{names.DATABASE}", PRIMARY_REGION)
    for _ in range(len(TEXT) // 2):
        rds.add_tags_to_resource(ResourceName=resource, Tags=names.pairs({next(words)[:127] or "empty": next(words)}))


def _add_snapshots() -> None:
    """RDS accepts only plain names of snapshots; these are as good as the one that they are copied from."""
    words = cycle()
    for name in SNAPSHOTS:
        unwritable.clone_snapshot(PRIMARY_REGION, names.MANUAL_SNAPSHOT, name).tags = _tags(words)


def _tag_buckets(company: Company) -> None:
    words = cycle()
    for bucket, region in (
        (names.FILES_BUCKET, PRIMARY_REGION),
        (names.BACKUP_BUCKET, PRIMARY_REGION),
        (names.LOG_BUCKET, PRIMARY_REGION),
        (names.RECOVERY_BUCKET, RECOVERY_REGION),
    ):
        company.clients("s3", region).put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": _tags(words)})


def _add_dump(company: Company) -> None:
    """The newest dump has a name that nobody should print."""
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    for bucket, region in ((names.BACKUP_BUCKET, PRIMARY_REGION), (names.RECOVERY_BUCKET, RECOVERY_REGION)):
        for word in (TEXT["html"], TEXT["right to left"], TEXT["c1 colour"], TEXT["option"], TEXT["csv formula"]):
            with dated(moment):
                company.clients("s3", region).put_object(
                    Bucket=bucket,
                    Key=f"{names.DUMP_PREFIX}{moment:%Y-%m-%d}/{word}",
                    Body=b"dump\n" * 64,
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=company.keys.arn(names.BACKUP_KEY, region),
                    ChecksumAlgorithm="SHA256",
                )


def _describe_the_rest(company: Company) -> None:
    """Services whose answers are JSON, with everything that JSON can carry."""
    secrets, logs = company.clients("secretsmanager"), company.clients("logs")
    secrets.update_secret(SecretId=names.SECRET, Description=json.dumps(CONTROLS) + "".join(CONTROLS.values()))
    for number, word in enumerate(EVERYTHING.values()):
        group = f"/trackera/hostile/{number}"
        logs.create_log_group(logGroupName=group, tags={"note": word})
        logs.put_retention_policy(logGroupName=group, retentionInDays=watching.LOG_DAYS)


def _iam() -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[ACCOUNT]["aws"]


def _ec2(region: str) -> Any:
    from moto.ec2.models import ec2_backends

    return ec2_backends[ACCOUNT][region]
