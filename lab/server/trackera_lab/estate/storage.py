"""The company's buckets, and the nightly dumps of the database that lie in two of them."""

from __future__ import annotations

import datetime

from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import documents, names, nights
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys

NIGHTS = 14
ALL_FOUR = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}

_LOCKED = {
    names.LOG_BUCKET: (PRIMARY_REGION, "GOVERNANCE", 365),
    names.BACKUP_BUCKET: (PRIMARY_REGION, "COMPLIANCE", NIGHTS),
    names.RECOVERY_BUCKET: (RECOVERY_REGION, "COMPLIANCE", NIGHTS),
}
"""Buckets whose objects are kept from deletion: their region, how strictly, and for how many days."""
_KEPT_DAYS = {names.LOG_BUCKET: 400, names.ACCESS_BUCKET: 400, names.BACKUP_BUCKET: 90, names.RECOVERY_BUCKET: 90}


def make(clients: Clients, keys: Keys) -> None:
    """Make every bucket, close the account to the public, and write the dumps of the last two weeks."""
    clients("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=ALL_FOUR)
    data, backup = keys.arn(names.DATA_KEY), keys.arn(names.BACKUP_KEY)
    with dated("-690d"):
        _make_bucket(clients, names.ACCESS_BUCKET, PRIMARY_REGION, None)
        _make_bucket(clients, names.LOG_BUCKET, PRIMARY_REGION, None)
        _make_bucket(clients, names.FILES_BUCKET, PRIMARY_REGION, data)
        _make_bucket(clients, names.BACKUP_BUCKET, PRIMARY_REGION, backup)
        _make_bucket(clients, names.RECOVERY_BUCKET, RECOVERY_REGION, keys.arn(names.BACKUP_KEY, RECOVERY_REGION))
        _keep_from_deletion(clients)
        _replicate_backups(clients, keys)
        _log_access(clients)
    _write_files(clients, data)
    for moment in nights_of_dumps(datetime.datetime.now(datetime.timezone.utc)):
        write_dump(clients, keys, moment)


def _make_bucket(clients: Clients, name: str, region: str, key: str | None) -> None:
    s3 = clients("s3", region)
    data_class = "confidential" if key else "internal"
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": region},
        ObjectLockEnabledForBucket=name in _LOCKED,
    )
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=ALL_FOUR)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(key)}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": names.pairs(names.labels(data_class=data_class))})
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": _lifecycle(name)})
    more = {names.LOG_BUCKET: documents.log_delivery, names.ACCESS_BUCKET: documents.access_delivery}.get(name, list)()
    s3.put_bucket_policy(Bucket=name, Policy=documents.bucket(name, *more))


def _lifecycle(bucket: str) -> list[dict[str, object]]:
    """Nothing is kept for ever but customers' files; their old versions go after three months."""
    rules: list[dict[str, object]] = [
        {
            "ID": "tidy",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ]
    days = _KEPT_DAYS.get(bucket)
    if days:
        rules.append({"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": days}})
    return rules


def _keep_from_deletion(clients: Clients) -> None:
    """Not even an administrator can delete a backup within two weeks, nor change the audit trail within a year."""
    for bucket, (region, mode, days) in _LOCKED.items():
        clients("s3", region).put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": mode, "Days": days}},
            },
        )


def _log_access(clients: Clients) -> None:
    """Who read or wrote which object, the audit trail included."""
    for bucket in (names.FILES_BUCKET, names.BACKUP_BUCKET, names.LOG_BUCKET):
        target = {"TargetBucket": names.ACCESS_BUCKET, "TargetPrefix": f"{bucket}/"}
        clients("s3").put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": target})


def _replicate_backups(clients: Clients, keys: Keys) -> None:
    clients("s3").put_bucket_replication(
        Bucket=names.BACKUP_BUCKET,
        ReplicationConfiguration={
            "Role": names.arn("iam", f"role/{names.REPLICATION_ROLE}"),
            "Rules": [
                {
                    "ID": "to-recovery-region",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                    "Destination": {
                        "Bucket": f"arn:aws:s3:::{names.RECOVERY_BUCKET}",
                        "EncryptionConfiguration": {"ReplicaKmsKeyID": keys.arn(names.BACKUP_KEY, RECOVERY_REGION)},
                    },
                }
            ],
        },
    )


def _write_files(clients: Clients, key: str) -> None:
    s3 = clients("s3")
    for tenant, file, age in (
        ("4f1c", "invoice-2026-0117.pdf", "-40d"),
        ("4f1c", "logo.svg", "-210d"),
        ("a07e", "import-jira-2026.csv", "-5d"),
    ):
        with dated(age):
            s3.put_object(
                Bucket=names.FILES_BUCKET,
                Key=f"tenants/{tenant}/{file}",
                Body=file.encode(),
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=key,
            )


def nights_of_dumps(now: datetime.datetime) -> list[datetime.datetime]:
    """When the dumps were begun that are still kept, oldest first."""
    return nights.last(NIGHTS, nights.DUMP, now)


def dump_key(moment: datetime.datetime) -> str:
    """Where the dump of a night lies."""
    return f"{names.DUMP_PREFIX}{moment:%Y-%m-%d}/{names.DATABASE}-{moment:%Y%m%dT%H%M}Z.dump.zst"


def write_dump(clients: Clients, keys: Keys, moment: datetime.datetime) -> None:
    """The nightly dump arrives, and its replica a minute later."""
    body = f"dump of {names.DATABASE_NAME} taken {moment:%Y-%m-%dT%H:%MZ}\n".encode() * 64
    places = ((names.BACKUP_BUCKET, PRIMARY_REGION, 6), (names.RECOVERY_BUCKET, RECOVERY_REGION, 7))
    for bucket, region, minutes in places:
        with dated(moment + datetime.timedelta(minutes=minutes)):
            clients("s3", region).put_object(
                Bucket=bucket,
                Key=dump_key(moment),
                Body=body,
                ContentType="application/zstd",
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=keys.arn(names.BACKUP_KEY, region),
                ChecksumAlgorithm="SHA256",
            )
