"""RDS: parameter groups with the defaults of their engine, and whether an instance runs with what its group says."""

from __future__ import annotations

import re
from typing import Any

from trackera_lab.corrections import rds_parameters

_FAMILY = re.compile(r"default\.([a-z-]+[0-9.]+)")


def install() -> None:
    """Correct moto's parameter groups and clusters."""
    _parameters()
    _application()
    _clusters()


def _parameters() -> None:
    """Every group holds every parameter of its family: what a user set, and the default of the rest."""
    from moto.core.responses import ActionResult
    from moto.rds.exceptions import DBParameterGroupNotFoundError
    from moto.rds.responses import RDSResponse

    def describe_db_parameters(self: Any) -> Any:
        name = self.params.get("DBParameterGroupName")
        return ActionResult({"Parameters": _shown(self, name, self.backend.db_parameter_groups)})

    def describe_db_cluster_parameters(self: Any) -> Any:
        name = self.params.get("DBClusterParameterGroupName")
        return ActionResult({"Parameters": _shown(self, name, self.backend.db_cluster_parameter_groups)})

    def _shown(response: Any, name: str, groups: dict[str, Any]) -> list[dict[str, Any]]:
        group = groups.get(name)
        default = _FAMILY.fullmatch(name)
        if group is None and not default:
            raise DBParameterGroupNotFoundError(name)
        family = group.family if group is not None else (default[1] if default else "")
        own = {key: dict(value) for key, value in group.parameters.items()} if group is not None else {}
        parameters = rds_parameters.all_of(family, own)
        wanted = {item["Name"]: item["Values"] for item in response.params.get("Filters") or []}
        names, source = wanted.get("parameter-name"), response.params.get("Source")
        return [
            parameter
            for parameter in parameters
            if (not names or parameter["ParameterName"] in names) and (not source or parameter["Source"] == source)
        ]

    RDSResponse.describe_db_parameters = describe_db_parameters
    RDSResponse.describe_db_cluster_parameters = describe_db_cluster_parameters


def _application() -> None:
    """A change that waits for a reboot waits in every instance that ran before it."""
    from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend

    update, reboot = DBParameterGroup.update_parameters, RDSBackend.reboot_db_instance

    def update_parameters(self: Any, new_parameters: Any) -> None:
        changes = list(new_parameters)
        update(self, changes)
        if any(change.get("ApplyMethod") == "pending-reboot" for change in changes):
            for instance in self.backend.databases.values():
                if instance.db_parameter_group_name == self.name:
                    instance.awaits_reboot = True

    def reboot_db_instance(self: Any, db_instance_identifier: str, *arguments: Any, **named: Any) -> Any:
        answer = reboot(self, db_instance_identifier, *arguments, **named)
        answer.awaits_reboot = False
        return answer

    def statuses(self: Any) -> list[dict[str, str]]:
        status = "pending-reboot" if getattr(self, "awaits_reboot", False) else "in-sync"
        return [
            {"DBParameterGroupName": group.name, "ParameterApplyStatus": status} for group in self.db_parameter_groups()
        ]

    DBParameterGroup.update_parameters = update_parameters
    RDSBackend.reboot_db_instance = reboot_db_instance
    DBInstance.db_parameter_group_status_list = property(statuses)


def _clusters() -> None:
    """A cluster that names no key has the default one, and the parameter group of its own engine."""
    from moto.rds.models import DBCluster

    from trackera_lab.databases.keys import usable_key

    initialise = DBCluster.__init__

    def born(self: Any, backend: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, backend, *arguments, **named)
        if self.kms_key_id == "default_kms_key_id":
            self.kms_key_id = usable_key(backend.account_id, backend.region_name, "alias/aws/rds")
        major = str(self.engine_version).partition(".")[0]
        if self.engine in ("aurora-postgresql", "postgres") and not named.get("db_cluster_parameter_group_name"):
            self.parameter_group = f"default.{self.engine}{major}"

    DBCluster.__init__ = born
