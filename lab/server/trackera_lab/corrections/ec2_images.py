"""EC2: an image of a server is made of snapshots of its disks, as encrypted as they are."""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Correct moto's images, which hold a snapshot of an empty disk."""
    from moto.ec2.models.amis import Ami, AmiBackend

    create = AmiBackend.create_image

    def create_image(
        self: Any, instance_id: str, name: str, description: str, tag_specifications: list[dict[str, Any]]
    ) -> Any:
        for_image = [tags for tags in tag_specifications if tags["ResourceType"] != "snapshot"]
        for_disks = [tags["Tags"] for tags in tag_specifications if tags["ResourceType"] == "snapshot"]
        image = create(self, instance_id, name, description, tag_specifications=for_image)
        disks = [self.volumes[attached.volume_id] for attached in _attached(self.get_instance(instance_id))]
        if disks:
            self.snapshots.pop(image.ebs_snapshot.id, None)
            cause = f"Created by CreateImage({instance_id}) for {image.id}"
            image.disks = [_snapshot(self, disk, cause, image.id) for disk in disks]
            image.ebs_snapshot = image.disks[0]
            for snapshot in image.disks:
                snapshot.add_tags({tag["Key"]: tag["Value"] for tags in for_disks for tag in tags})
        return image

    def block_device_mappings(self: Any) -> list[dict[str, Any]]:
        return [
            {
                "DeviceName": self.root_device_name if number == 0 else f"/dev/sd{chr(ord('f') + number)}",
                "Ebs": {
                    "SnapshotId": snapshot.id,
                    "VolumeSize": snapshot.volume.size,
                    "DeleteOnTermination": True,
                    "VolumeType": snapshot.volume.volume_type or "gp3",
                    "Encrypted": bool(snapshot.encrypted),
                },
            }
            for number, snapshot in enumerate(getattr(self, "disks", [self.ebs_snapshot]))
        ]

    AmiBackend.create_image = create_image
    Ami.block_device_mappings = property(block_device_mappings)


def _attached(instance: Any) -> list[Any]:
    return list(instance.block_device_mapping.values())


def _snapshot(backend: Any, disk: Any, description: str, image: str) -> Any:
    snapshot = backend.create_snapshot(disk.id, description, backend.account_id, from_ami=image)
    snapshot.kms_key_id = disk.kms_key_id
    return snapshot
