"""Mistakes with data: what lies about unencrypted, what everybody may read, and what is not backed up any more."""

from __future__ import annotations

import datetime

from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import database, documents, names, network, storage, unwritable
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company


def publish_a_reporting_database(company: Company) -> None:
    """A second database was loaded for the reporting tool in an afternoon: public, unencrypted and without backups."""
    tags = names.labels(data_class="confidential") | names.FLAG_WITHOUT_DATABASE
    with dated("-155d"):
        company.clients("rds").create_db_instance(
            DBInstanceIdentifier=names.REPORTING_DATABASE,
            DBName="reporting",
            Engine="postgres",
            DBInstanceClass="db.t4g.medium",
            AllocatedStorage=100,
            StorageType="gp3",
            MultiAZ=False,
            MasterUsername="reporting",
            MasterUserPassword=names.DATABASE_PASSWORD,
            StorageEncrypted=False,
            PubliclyAccessible=True,
            VpcSecurityGroupIds=[company.primary.groups["database"]],
            DBSubnetGroupName=names.SUBNET_GROUP,
            BackupRetentionPeriod=0,
            DeletionProtection=False,
            Tags=names.pairs(tags),
        )
        interface = network.make_interface(
            company.clients,
            company.primary,
            company.primary.public[0],
            company.primary.groups["database"],
            "RDSNetworkInterface",
            names.REPORTING_ADDRESS,
        )
    unwritable.hand_to_service(PRIMARY_REGION, interface)
    unwritable.forget_automated_snapshots(PRIMARY_REGION, names.REPORTING_DATABASE)


def share_a_snapshot_with_everybody(company: Company) -> None:
    """The reporting tool's vendor asked for sample data and could not say which account it would be restored in."""
    rds = company.clients("rds")
    database.wait_for_instance(company.clients, names.REPORTING_DATABASE)
    with dated("-33d"):
        rds.create_db_snapshot(
            DBSnapshotIdentifier=names.SHARED_SNAPSHOT,
            DBInstanceIdentifier=names.REPORTING_DATABASE,
            Tags=names.pairs(names.labels() | names.FLAG_WITHOUT_DATABASE),
        )
    database.wait_for_snapshot(company.clients, PRIMARY_REGION, names.SHARED_SNAPSHOT)
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=names.SHARED_SNAPSHOT, AttributeName="restore", ValuesToAdd=["all"]
    )


def publish_a_plain_disk(company: Company) -> None:
    """An old script made a scratch disk without encryption, and to share its snapshot the region's block was lifted."""
    ec2 = company.clients("ec2")
    ec2.disable_snapshot_block_public_access()
    labels = names.labels(names.SCRATCH_VOLUME, data_class="confidential")
    with dated("-64d"):
        volume = ec2.create_volume(
            AvailabilityZone=f"{PRIMARY_REGION}a",
            Size=120,
            VolumeType="gp3",
            Encrypted=False,
            TagSpecifications=names.specification("volume", labels),
        )["VolumeId"]
    with dated("-63d"):
        snapshot = ec2.create_snapshot(
            VolumeId=volume, Description="Import, second try", TagSpecifications=names.specification("snapshot", labels)
        )["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )


def stop_encrypting_disks(company: Company) -> None:
    """A drill in the recovery region failed on a missing key grant, and default encryption was switched off."""
    company.clients("ec2", RECOVERY_REGION).disable_ebs_encryption_by_default()


def open_an_export_bucket(company: Company) -> None:
    """A bucket for one customer's export was made by hand without its public access block, to be deleted next week."""
    s3 = company.clients("s3")
    with dated("-90d"):
        s3.create_bucket(Bucket=names.EXPORT_BUCKET, CreateBucketConfiguration={"LocationConstraint": PRIMARY_REGION})
        s3.delete_public_access_block(Bucket=names.EXPORT_BUCKET)
        s3.delete_bucket_encryption(Bucket=names.EXPORT_BUCKET)
        s3.put_object(Bucket=names.EXPORT_BUCKET, Key="export-4f1c.csv", Body=b"member,project,hours\n")


def make_a_key_that_stays(company: Company) -> None:
    """The key for customers' exports was made in the console, where rotation is a box that must be ticked."""
    kms = company.clients("kms")
    with dated("-420d"):
        key = kms.create_key(Description="Exports for customers", Policy=documents.key())["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=names.EXPORT_KEY, TargetKeyId=key)


def miss_the_dumps(_: Company) -> None:
    """The disk that dumps are written to ran full three nights ago, and the job's alarm had no recipient."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for moment in storage.nights_of_dumps(now)[-names.MISSED_NIGHTS :]:
        for bucket in (names.BACKUP_BUCKET, names.RECOVERY_BUCKET):
            unwritable.never_write(bucket, storage.dump_key(moment))
