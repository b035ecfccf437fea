"""EC2: which regions are enabled, whose snapshots are listed, the default key, flow logs, addresses."""

from __future__ import annotations

from typing import Any

from trackera_lab import settings
from trackera_lab.context import ACCOUNT
from trackera_lab.corrections import ec2_defaults, ec2_images

ALWAYS_ENABLED = frozenset({
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2",
})  # fmt: skip
"""The regions that every account has; all others are opted into."""
_NO_LIMIT = 1_000_000


def install() -> None:
    """Correct moto's EC2."""
    _regions()
    _snapshots()
    _volumes()
    _flow_logs()
    _addresses()
    _instances()
    _rules()
    ec2_defaults.install()
    ec2_images.install()


def _regions() -> None:
    from moto.core.responses import ActionResult
    from moto.ec2.responses.availability_zones_and_regions import AvailabilityZonesAndRegions

    from trackera_lab.corrections.refusal import Refusal

    def describe_regions(self: Any) -> Any:
        self.error_on_dryrun()
        names = self._get_param("RegionNames", [])
        known = region_states()
        unknown = [name for name in names if name not in known]
        if unknown:
            message = f"Invalid region names provided: {', '.join(unknown)}"
            raise Refusal("InvalidParameterValue", message)
        everything = self._get_bool_param("AllRegions", False)
        shown = names or [name for name, state in known.items() if everything or state != "not-opted-in"]
        regions = [
            {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": known[name]} for name in shown
        ]
        return ActionResult({"Regions": _filtered(regions, self._filters_from_querystring())})

    AvailabilityZonesAndRegions.describe_regions = describe_regions


def region_states() -> dict[str, str]:
    """Every region and whether this account uses it."""
    import boto3

    opted_in = settings.opted_in_regions()
    states = {}
    for name in sorted({*boto3.Session().get_available_regions("ec2"), *opted_in}):
        default = "opt-in-not-required" if name in ALWAYS_ENABLED else "not-opted-in"
        states[name] = "opted-in" if name in opted_in and name not in ALWAYS_ENABLED else default
    return states


def _filtered(regions: list[dict[str, str]], filters: dict[str, list[str]]) -> list[dict[str, str]]:
    keys = {"opt-in-status": "OptInStatus", "region-name": "RegionName", "endpoint": "Endpoint"}
    for name, values in filters.items():
        if name in keys:
            regions = [region for region in regions if region[keys[name]] in values]
    return regions


def _snapshots() -> None:
    from moto.core.responses import ActionResult
    from moto.ec2.responses.elastic_block_store import ElasticBlockStore

    def describe_snapshots(self: Any) -> Any:
        self.error_on_dryrun()
        owners = {ACCOUNT if owner == "self" else owner for owner in self._get_param("OwnerIds", [])}
        restorers = self._get_param("RestorableByUserIds", [])
        snapshots = self.ec2_backend.describe_snapshots(
            snapshot_ids=self._get_param("SnapshotIds", []), filters=self._filters_from_querystring()
        )
        if owners:
            snapshots = [snapshot for snapshot in snapshots if str(snapshot.owner_id) in owners]
        if restorers:
            snapshots = [snapshot for snapshot in snapshots if _restorable(snapshot, restorers)]
        return ActionResult({"Snapshots": snapshots})

    ElasticBlockStore.describe_snapshots = describe_snapshots


def _restorable(snapshot: Any, restorers: list[str]) -> bool:
    """Whether any of the named accounts may make a volume from the snapshot; `all` means the public."""
    public = "all" in snapshot.create_volume_permission_groups
    for restorer in restorers:
        account = ACCOUNT if restorer == "self" else restorer
        if account == "all":
            if public:
                return True
        elif public or account == str(snapshot.owner_id) or account in snapshot.create_volume_permission_userids:
            return True
    return False


def _volumes() -> None:
    """EC2 names the default key by its alias until an admin has chosen another."""
    from moto.core.responses import ActionResult
    from moto.ec2.responses.settings import Settings

    def get_ebs_default_kms_key_id(self: Any) -> Any:
        self.error_on_dryrun()
        return ActionResult({"KmsKeyId": _default_key(self.ec2_backend)})

    def reset_ebs_default_kms_key_id(self: Any) -> Any:
        self.error_on_dryrun()
        self.ec2_backend.default_kms_key_id = ""
        return ActionResult({"KmsKeyId": _default_key(self.ec2_backend)})

    Settings.get_ebs_default_kms_key_id = get_ebs_default_kms_key_id
    Settings.reset_ebs_default_kms_key_id = reset_ebs_default_kms_key_id


def _default_key(backend: Any) -> str:
    from moto.kms import kms_backends

    arn = backend.default_kms_key_id
    key = kms_backends[ACCOUNT][backend.region_name].keys.get(arn.rpartition("/")[2])
    return arn if key and key.key_manager == "CUSTOMER" else "alias/aws/ebs"


def _flow_logs() -> None:
    """A flow log may write into a folder of a bucket, which moto takes for a part of the bucket's name."""
    from moto.ec2.models.flow_logs import FlowLogsBackend

    create = FlowLogsBackend.create_flow_logs

    def create_flow_logs(self: Any, *, log_destination: str, log_destination_type: str, **named: Any) -> Any:
        bucket = log_destination
        if log_destination_type == "s3" and log_destination:
            bucket = log_destination.partition("/")[0]
        made, failed = create(self, log_destination=bucket, log_destination_type=log_destination_type, **named)
        for flow_log in made:
            flow_log.log_destination = log_destination
        return made, failed

    FlowLogsBackend.create_flow_logs = create_flow_logs


def _addresses() -> None:
    """An address without an instance names none."""
    from moto.ec2.models.elastic_ip_addresses import ElasticAddress

    ElasticAddress.instance_id = property(lambda address: address.instance.id if address.instance else None)
    ElasticAddress.network_interface_id = property(lambda address: address.eni.id if address.eni else None)


def _instances() -> None:
    """moto's tokens for servers do not know their list; the lab's own paging takes over."""
    from moto.ec2.responses.instances import InstanceResponse

    describe = InstanceResponse.describe_instances

    def describe_instances(self: Any) -> Any:
        asked = self.params
        self.params = {**asked, "MaxResults": _NO_LIMIT}
        self.params.pop("NextToken", None)
        try:
            return describe(self)
        finally:
            self.params = asked

    InstanceResponse.describe_instances = describe_instances


def _rules() -> None:
    """A rule for a protocol that has no ports names none."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    initialise = SecurityGroupRule.__init__

    def born(
        self: Any, backend: Any, ip_protocol: str, group_id: str, from_port: Any, to_port: Any, *more: Any, **named: Any
    ) -> None:
        portless = from_port is None and to_port is None
        ports = (0, 0) if portless else (from_port, to_port)
        initialise(self, backend, ip_protocol, group_id, *ports, *more, **named)
        if portless:
            self.from_port = self.to_port = None

    SecurityGroupRule.__init__ = born
