"""The refusals of the RDS interface, with AWS's own codes.

moto lacks some and gives others another code; a client that is built against AWS matches on these.
"""

from __future__ import annotations

from moto.rds.exceptions import RDSClientError


def invalid_instance_state(message: str) -> RDSClientError:
    """The instance is in a state that does not allow the call."""
    return RDSClientError("InvalidDBInstanceState", message)


def instance_not_available(identifier: str, status: str) -> RDSClientError:
    """The usual form of the refusal above."""
    return invalid_instance_state(f"Instance {identifier} is not in available state: it is {status}.")


def invalid_snapshot_state(message: str) -> RDSClientError:
    """The snapshot is in a state that does not allow the call."""
    return RDSClientError("InvalidDBSnapshotState", message)


def snapshot_not_found(identifier: str) -> RDSClientError:
    """There is no such snapshot in this region."""
    return RDSClientError("DBSnapshotNotFound", f"DBSnapshot {identifier} not found.")


def snapshot_exists(identifier: str) -> RDSClientError:
    """The name of a snapshot is taken."""
    return RDSClientError(
        "DBSnapshotAlreadyExists",
        f"Cannot create the snapshot because a snapshot with the identifier {identifier} already exists.",
    )


def instance_exists() -> RDSClientError:
    """The name of an instance is taken."""
    return RDSClientError("DBInstanceAlreadyExists", "DB instance already exists")


def invalid_value(message: str) -> RDSClientError:
    """A parameter has a value that it cannot have."""
    return RDSClientError("InvalidParameterValue", message)


def invalid_combination(message: str) -> RDSClientError:
    """Parameters that exclude or demand each other."""
    return RDSClientError("InvalidParameterCombination", message)


def key_not_accessible(key: str | None) -> RDSClientError:
    """The key is missing, disabled, about to be deleted, or in another region."""
    return RDSClientError(
        "KMSKeyNotAccessibleFault",
        f"The target KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it.",
    )


def no_point_in_time() -> RDSClientError:
    """The source keeps no automated backups."""
    return RDSClientError(
        "PointInTimeRestoreNotEnabled",
        "The source DB instance has automated backups disabled: its backup retention period is 0.",
    )


def automated_backup_not_found(name: str) -> RDSClientError:
    """There is no automated backup of that name."""
    return RDSClientError("DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {name} not found.")


def no_network(region: str) -> RDSClientError:
    """No subnet group was named and the region has no default one."""
    return RDSClientError(
        "InvalidVPCNetworkStateFault",
        f"{region} has no default VPC: name a DB subnet group and VPC security groups.",
    )


def invalid_backup_state(message: str) -> RDSClientError:
    """The automated backup is in a state that does not allow the call."""
    return RDSClientError("InvalidDBInstanceAutomatedBackupState", message)
