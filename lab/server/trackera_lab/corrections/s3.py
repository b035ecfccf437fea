"""S3: what a fresh bucket has had on AWS since 2023, what that forbids, and where buckets are."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT
from trackera_lab.corrections import paging, s3_settings

_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


def install() -> None:
    """Correct moto's S3."""
    _fresh_buckets()
    _encryption_stays()
    _listing()
    _public_access()
    _policies_are_data()
    _checksums()
    s3_settings.install()


def _policies_are_data() -> None:
    """Bucket policies are stored and judged, never enforced: moto overlooks conditions and would deny everything."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    def get_permission(self: Any, action: str, resource: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission
    FakeBucket._log_permissions_enabled_policy = staticmethod(lambda target_bucket, target_prefix: True)


def _checksums() -> None:
    """A put that declares the SHA-256 of its content is held to it, and the object keeps it."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response

    usual = S3Response._get_checksum

    def declared(self: Any, response_headers: dict[str, Any]) -> Any:
        wanted = self.headers.get("x-amz-checksum-sha256")
        if wanted is None:
            return usual(self, response_headers)
        if base64.b64encode(hashlib.sha256(self.body or b"").digest()).decode() != wanted:
            raise S3ClientError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
        response_headers["x-amz-checksum-sha256"] = wanted
        return "SHA256", wanted

    S3Response._get_checksum = declared


def _fresh_buckets() -> None:
    """A new bucket is encrypted, closed to the public and without access lists."""
    from moto.s3.models import FakeBucket, FakeTableStorageBucket, PublicAccessBlock

    initialise = FakeBucket.__init__

    def born(self: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.creation_date = clock.now()
        if not isinstance(self, FakeTableStorageBucket):
            self.encryption = dict(_ENCRYPTION)
            self.ownership_rule = "BucketOwnerEnforced"
            self.public_access_block = PublicAccessBlock(True, True, True, True)  # type: ignore[arg-type]

    FakeBucket.__init__ = born


def _encryption_stays() -> None:
    """Deleting a bucket's encryption brings back the default; and an object says how it was encrypted."""
    from moto.s3.models import S3Backend

    put_object = S3Backend.put_object

    def delete_bucket_encryption(self: Any, bucket_name: str) -> None:
        self.get_bucket(bucket_name).encryption = dict(_ENCRYPTION)

    def encrypting(self: Any, bucket_name: str, *arguments: Any, **named: Any) -> Any:
        key = put_object(self, bucket_name, *arguments, **named)
        if not key.encryption:
            default = (self.get_bucket(bucket_name).encryption or _ENCRYPTION)["Rule"]
            rule = default["ApplyServerSideEncryptionByDefault"]
            key.encryption = rule["SSEAlgorithm"]
            key.kms_key_id = key.kms_key_id or rule.get("KMSMasterKeyID")
        return key

    S3Backend.delete_bucket_encryption = delete_bucket_encryption
    S3Backend.put_object = encrypting


def _listing() -> None:
    """The list of buckets names their regions and comes in pages when it is asked to."""
    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response

    from trackera_lab.corrections.refusal import Refusal

    def all_buckets(self: Any) -> Any:
        self.data["Action"] = "ListAllMyBuckets"
        self._authenticate_and_authorize_s3_action()
        self.data["Action"] = "ListBuckets"
        prefix, region = self._get_param("prefix"), self._get_param("bucket-region")
        buckets = self.backend.list_buckets(prefix=prefix, bucket_region=region, max_buckets=None)
        result = {"Owner": {"ID": ACCOUNT, "DisplayName": "trackera-lab"}, "Buckets": [_entry(item) for item in buckets]}
        if prefix:
            result["Prefix"] = prefix
        shape = paging.listing("s3", "ListBuckets")
        try:
            if shape:
                result = paging.cut(
                    shape, "s3", result, self._get_param("max-buckets"), self._get_param("continuation-token")
                )
        except paging.InvalidToken:
            return self.serialized(
                ActionResult(Refusal("InvalidArgument", "The continuation token provided is incorrect"))
            )
        return self.serialized(ActionResult(result))

    S3Response.all_buckets = all_buckets


def _entry(bucket: Any) -> dict[str, Any]:
    return {
        "Name": bucket.name,
        "CreationDate": bucket.creation_date_ISO8601,
        "BucketRegion": bucket.region_name,
        "BucketArn": bucket.arn,
    }


def _public_access() -> None:
    """The public-access block refuses public policies and access lists; ownership may forbid lists altogether."""
    from moto.s3.exceptions import S3AccessDeniedError, S3ClientError
    from moto.s3.models import S3Backend

    from trackera_lab.corrections.s3_settings import is_public

    put_policy, put_acl = S3Backend.put_bucket_policy, S3Backend.put_bucket_acl

    def put_bucket_policy(self: Any, bucket_name: str, policy: bytes) -> None:
        if _blocks(self, bucket_name, "block_public_policy") and is_public(policy):
            raise S3AccessDeniedError()
        put_policy(self, bucket_name, policy)

    def put_bucket_acl(self: Any, bucket_name: str, acl: Any) -> None:
        bucket = self.get_bucket(bucket_name)
        if bucket.ownership_rule == "BucketOwnerEnforced" and acl and len(acl.grants) > 1:
            raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        if _blocks(self, bucket_name, "block_public_acls") and acl and acl.public_read:
            raise S3AccessDeniedError()
        put_acl(self, bucket_name, acl)

    S3Backend.put_bucket_policy = put_bucket_policy
    S3Backend.put_bucket_acl = put_bucket_acl


def _blocks(backend: Any, bucket_name: str, flag: str) -> bool:
    """Whether the bucket's own block or the account's has the flag: the stricter of the two holds."""
    from moto.s3control.models import s3control_backends

    account = s3control_backends[ACCOUNT]["aws"].public_access_block
    own = backend.get_bucket(bucket_name).public_access_block
    return any(getattr(block, flag, False) for block in (own, account) if block)
