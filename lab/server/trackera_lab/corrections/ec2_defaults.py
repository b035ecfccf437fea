"""What an account sets once per region for all its snapshots, images and servers; moto knows none of it."""

from __future__ import annotations

from typing import Any

_UNBLOCKED = "unblocked"
_IMAGES_AT_FIRST = "block-new-sharing"
"""Regions of accounts that are younger than October 2023 begin so."""
_METADATA = {
    "HttpTokens": "HttpTokens",
    "HttpPutResponseHopLimit": "HttpPutResponseHopLimit",
    "HttpEndpoint": "HttpEndpoint",
    "InstanceMetadataTags": "InstanceMetadataTags",
}
_METADATA_OF_SERVERS = {
    "http_tokens": "http_tokens",
    "hop_limit": "http_put_response_hop_limit",
    "http_endpoint": "http_endpoint",
    "http_protocol": "http_protocol_ipv6",
    "metadata_tags": "instance_metadata_tags",
}
_NO_PREFERENCE = ("no-preference", "-1", -1, None)


def install() -> None:
    """Teach moto the defaults, and let them act."""
    _sharing()
    _metadata()
    _refusals()


def _sharing() -> None:
    from moto.core.responses import ActionResult
    from moto.ec2.responses.settings import Settings

    def set_snapshots(self: Any, state: str) -> Any:
        self.error_on_dryrun()
        self.ec2_backend.lab_snapshot_sharing = state
        return ActionResult({"State": state})

    def set_images(self: Any, state: str) -> Any:
        self.error_on_dryrun()
        self.ec2_backend.lab_image_sharing = state
        return ActionResult({"ImageBlockPublicAccessState": state})

    def get_snapshots(self: Any) -> Any:
        self.error_on_dryrun()
        return ActionResult({"State": _snapshot_sharing(self.ec2_backend), "ManagedBy": "account"})

    def get_images(self: Any) -> Any:
        self.error_on_dryrun()
        return ActionResult({"ImageBlockPublicAccessState": _image_sharing(self.ec2_backend), "ManagedBy": "account"})

    Settings.enable_snapshot_block_public_access = lambda self: set_snapshots(self, self._get_param("State"))
    Settings.disable_snapshot_block_public_access = lambda self: set_snapshots(self, _UNBLOCKED)
    Settings.get_snapshot_block_public_access_state = get_snapshots
    Settings.enable_image_block_public_access = lambda self: set_images(
        self, self._get_param("ImageBlockPublicAccessState")
    )
    Settings.disable_image_block_public_access = lambda self: set_images(self, _UNBLOCKED)
    Settings.get_image_block_public_access_state = get_images


def _snapshot_sharing(backend: Any) -> str:
    return getattr(backend, "lab_snapshot_sharing", _UNBLOCKED)


def _image_sharing(backend: Any) -> str:
    return getattr(backend, "lab_image_sharing", _IMAGES_AT_FIRST)


def _metadata() -> None:
    from moto.core.responses import ActionResult
    from moto.ec2.responses.settings import Settings

    def modify_instance_metadata_defaults(self: Any) -> Any:
        self.error_on_dryrun()
        defaults = dict(getattr(self.ec2_backend, "lab_metadata_defaults", {}))
        for parameter, member in _METADATA.items():
            value = self._get_param(parameter)
            if value is not None:
                defaults[member] = value
        self.ec2_backend.lab_metadata_defaults = {
            name: value for name, value in defaults.items() if value not in _NO_PREFERENCE
        }
        return ActionResult({"Return": True})

    def get_instance_metadata_defaults(self: Any) -> Any:
        self.error_on_dryrun()
        defaults = getattr(self.ec2_backend, "lab_metadata_defaults", {})
        return ActionResult({"AccountLevel": {**defaults, "ManagedBy": "account"}})

    _keep_what_is_not_changed()
    Settings.modify_instance_metadata_defaults = modify_instance_metadata_defaults
    Settings.get_instance_metadata_defaults = get_instance_metadata_defaults


def _keep_what_is_not_changed() -> None:
    """A change of one server's options leaves those alone that it does not name."""
    from moto.ec2.models.instances import InstanceBackend

    modify = InstanceBackend.modify_instance_metadata_options

    def modify_instance_metadata_options(self: Any, instance_id: str, **asked: Any) -> Any:
        before = self.get_instance(instance_id).metadata_options
        options = modify(self, instance_id, **asked)
        for parameter, attribute in _METADATA_OF_SERVERS.items():
            if asked.get(parameter) is None:
                setattr(options, attribute, getattr(before, attribute))
        return options

    InstanceBackend.modify_instance_metadata_options = modify_instance_metadata_options


def _refusals() -> None:
    """What is blocked cannot be shared with everybody any more."""
    from moto.ec2.responses.amis import AmisResponse
    from moto.ec2.responses.elastic_block_store import ElasticBlockStore

    from trackera_lab.corrections.refusal import Refusal

    modify_snapshot, modify_image = ElasticBlockStore.modify_snapshot_attribute, AmisResponse.modify_image_attribute

    def modify_snapshot_attribute(self: Any) -> Any:
        if _publishes(self, "CreateVolumePermission") and _snapshot_sharing(self.ec2_backend) != _UNBLOCKED:
            raise Refusal("OperationNotPermitted", "Public sharing of snapshots is blocked in this Region.")
        return modify_snapshot(self)

    def modify_image_attribute(self: Any) -> Any:
        if _publishes(self, "LaunchPermission") and _image_sharing(self.ec2_backend) != _UNBLOCKED:
            raise Refusal("OperationNotPermitted", "Public sharing of images is blocked in this Region.")
        return modify_image(self)

    ElasticBlockStore.modify_snapshot_attribute = modify_snapshot_attribute
    AmisResponse.modify_image_attribute = modify_image_attribute


def _publishes(response: Any, permission: str) -> bool:
    """Whether the request adds everybody, in either of the two ways to say so."""
    added = (response._get_param(permission) or {}).get("Add") or []
    if any(item.get("Group") == "all" for item in added):
        return True
    groups = response._get_param("GroupNames") or response._get_param("UserGroups") or []
    return response._get_param("OperationType") == "add" and "all" in groups
