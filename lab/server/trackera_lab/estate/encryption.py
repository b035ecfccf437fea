"""The company's encryption keys."""

from __future__ import annotations

from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import documents, names, unwritable
from trackera_lab.estate.clients import Clients, dated

_MADE = "-640d"
_LOGGING = tuple(
    f"{service}.amazonaws.com"
    for service in ("cloudtrail", "cloudwatch", "delivery.logs", "events", f"logs.{PRIMARY_REGION}", "sns", "sqs")
)
"""The services that write or carry what people are told; the log key encrypts it for them."""


class Keys:
    """The ARNs of the keys, by alias; the backup key has one in each region."""

    def __init__(self) -> None:
        self._arns: dict[tuple[str, str], str] = {}

    def arn(self, alias: str, region: str = PRIMARY_REGION) -> str:
        """The ARN of the key that an alias stands for."""
        return self._arns[region, alias]

    def add(self, alias: str, region: str, arn: str) -> None:
        """Remember a key."""
        self._arns[region, alias] = arn


def make(clients: Clients) -> Keys:
    """Make every key: rotating ones, and one pair for signatures, which cannot rotate."""
    keys = Keys()
    with dated(_MADE):
        for alias, purpose, services in (
            (names.DATA_KEY, "Customer data: database, disks and files", ()),
            (names.LOG_KEY, "Audit trail, its logs, and the messages about them", _LOGGING),
        ):
            made = _make_one(clients, alias, Description=purpose, Policy=documents.key(*services))
            keys.add(alias, PRIMARY_REGION, made)
        keys.add(
            names.SIGNING_KEY,
            PRIMARY_REGION,
            _make_one(
                clients,
                names.SIGNING_KEY,
                Description="Signs session tokens",
                rotate=False,
                KeySpec="ECC_NIST_P256",
                KeyUsage="SIGN_VERIFY",
            ),
        )
        keys.add(
            names.BACKUP_KEY,
            PRIMARY_REGION,
            _make_one(clients, names.BACKUP_KEY, Description="Backups, readable in both regions", MultiRegion=True),
        )
        keys.add(names.BACKUP_KEY, RECOVERY_REGION, _replicate(clients, keys.arn(names.BACKUP_KEY)))
        keys.add(
            names.DATA_KEY,
            RECOVERY_REGION,
            _make_one(
                clients, names.DATA_KEY, region=RECOVERY_REGION, Description="Customer data after a move of regions"
            ),
        )
    return keys


def _make_one(
    clients: Clients, alias: str, *, region: str = PRIMARY_REGION, rotate: bool = True, **wanted: object
) -> str:
    kms = clients("kms", region)
    tags = [{"TagKey": key, "TagValue": value} for key, value in names.labels().items()]
    arn: str = kms.create_key(**{"Policy": documents.key(), "Tags": tags, **wanted})["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=alias, TargetKeyId=arn)
    if rotate:
        kms.enable_key_rotation(KeyId=arn)
    return arn


def _replicate(clients: Clients, primary: str) -> str:
    identifier = primary.rpartition("/")[2]
    answer = clients("kms").replicate_key(KeyId=identifier, ReplicaRegion=RECOVERY_REGION, Policy=documents.key())
    arn: str = answer["ReplicaKeyMetadata"]["Arn"]
    unwritable.separate_replica(RECOVERY_REGION, identifier)
    clients("kms", RECOVERY_REGION).create_alias(AliasName=names.BACKUP_KEY, TargetKeyId=arn)
    return arn
