"""The product's database in RDS, with its nightly snapshots and their copies in the recovery region."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable

from trackera_lab import databases
from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names, nights, unwritable
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys
from trackera_lab.estate.network import Network, make_interface

RETENTION = 14
_WAIT_SECONDS = 120.0


def begin(clients: Clients, network: Network, keys: Keys) -> None:
    """Ask for the database; it takes a while to come up."""
    with dated("-600d"):
        clients("rds").create_db_instance(
            DBInstanceIdentifier=names.DATABASE,
            DBName=names.DATABASE_NAME,
            Engine="postgres",
            DBInstanceClass="db.r7g.large",
            AllocatedStorage=200,
            StorageType="gp3",
            MultiAZ=True,
            MasterUsername=names.DATABASE_OWNER,
            MasterUserPassword=names.DATABASE_PASSWORD,
            StorageEncrypted=True,
            KmsKeyId=keys.arn(names.DATA_KEY),
            PubliclyAccessible=False,
            VpcSecurityGroupIds=[network.groups["database"]],
            DBSubnetGroupName=names.SUBNET_GROUP,
            DBParameterGroupName=names.PARAMETER_GROUP,
            BackupRetentionPeriod=RETENTION,
            PreferredBackupWindow="03:10-03:40",
            PreferredMaintenanceWindow="sun:04:30-sun:05:00",
            DeletionProtection=True,
            CopyTagsToSnapshot=True,
            AutoMinorVersionUpgrade=True,
            EnableIAMDatabaseAuthentication=True,
            EnableCloudwatchLogsExports=["postgresql", "upgrade"],
            Tags=names.pairs(names.labels(data_class="confidential")),
        )
        for subnet in network.private:
            interface = make_interface(clients, network, subnet, network.groups["database"], "RDSNetworkInterface")
            unwritable.hand_to_service(network.region, interface)


def prepare_region(clients: Clients, network: Network) -> None:
    """Make what a database needs in a region before there can be one."""
    rds = clients("rds", network.region)
    with dated("-690d"):
        rds.create_db_subnet_group(
            DBSubnetGroupName=names.SUBNET_GROUP,
            DBSubnetGroupDescription="Private subnets for databases",
            SubnetIds=network.private,
            Tags=names.pairs(names.labels()),
        )
        rds.create_db_parameter_group(
            DBParameterGroupName=names.PARAMETER_GROUP,
            DBParameterGroupFamily="postgres15",
            Description="Only encrypted connections",
            Tags=names.pairs(names.labels()),
        )
        rds.modify_db_parameter_group(
            DBParameterGroupName=names.PARAMETER_GROUP,
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}],
        )


def finish(clients: Clients, keys: Keys) -> None:
    """Wait for the database, then leave the snapshots that two weeks of nights would have left."""
    wait_for_instance(clients, names.DATABASE)
    _load_product()
    with dated("-9d"):
        clients("rds").create_db_snapshot(
            DBSnapshotIdentifier=names.MANUAL_SNAPSHOT,
            DBInstanceIdentifier=names.DATABASE,
            Tags=names.pairs(names.labels(data_class="confidential")),
        )
    wait_for_snapshot(clients, PRIMARY_REGION, names.MANUAL_SNAPSHOT)
    unwritable.forget_automated_snapshots(PRIMARY_REGION, names.DATABASE)
    now = datetime.datetime.now(datetime.timezone.utc)
    taken = [
        unwritable.take_automated_snapshot(PRIMARY_REGION, names.MANUAL_SNAPSHOT, moment)
        for moment in nights.last(RETENTION, nights.SNAPSHOT, now)
    ]
    copied = nights.last(2, nights.COPY, now)
    for moment in copied:
        _copy_snapshot(clients, keys, taken, moment)


def prepare_product() -> None:
    """Begin to generate the product's data, which takes longer than all the rest."""
    if _are_real():
        databases.prepare_product()


def _load_product() -> None:
    if _are_real():
        databases.load_product(names.DATABASE, PRIMARY_REGION)


def _are_real() -> bool:
    """Whether there are databases behind RDS; without them there is nothing to fill."""
    try:
        databases.fleet()
    except RuntimeError:
        return False
    return True


def _copy_snapshot(clients: Clients, keys: Keys, taken: list[str], moment: datetime.datetime) -> None:
    """The nightly job copies that night's snapshot into the recovery region."""
    night = moment.strftime("%Y-%m-%d")
    source = next(name for name in taken if night in name)
    target = f"{names.DATABASE}-{night}"
    with dated(moment):
        clients("rds", RECOVERY_REGION).copy_db_snapshot(
            SourceDBSnapshotIdentifier=names.arn("rds", f"snapshot:{source}", PRIMARY_REGION),
            TargetDBSnapshotIdentifier=target,
            SourceRegion=PRIMARY_REGION,
            KmsKeyId=keys.arn(names.BACKUP_KEY, RECOVERY_REGION),
            Tags=names.pairs(names.labels(data_class="confidential")),
        )
    wait_for_snapshot(clients, RECOVERY_REGION, target)


def wait_for_instance(clients: Clients, name: str) -> None:
    """Wait until an instance in the primary region is available."""
    describe = clients("rds").describe_db_instances
    _wait(lambda: str(describe(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]))


def wait_for_snapshot(clients: Clients, region: str, name: str) -> None:
    """Wait until a snapshot is available."""
    describe = clients("rds", region).describe_db_snapshots
    _wait(lambda: str(describe(DBSnapshotIdentifier=name)["DBSnapshots"][0]["Status"]))


def _wait(status: Callable[[], str]) -> None:
    """A real database takes its time."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while (seen := status()) != "available":
        if seen == "failed" or time.monotonic() > deadline:
            raise RuntimeError(f"the database of the example company stays `{seen}`: look into the log of the lab")
        time.sleep(0.05)
