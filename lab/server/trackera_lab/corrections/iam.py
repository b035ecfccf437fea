"""IAM: the root user, authorization details, boundaries, MFA devices, rules and dates of passwords, and the report."""

from __future__ import annotations

import collections
import datetime
from typing import Any

from trackera_lab import clock, settings
from trackera_lab.context import ACCOUNT
from trackera_lab.corrections import credential_report

ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
_ROOT_DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"


def install() -> None:
    """Correct moto's IAM."""
    _documents()
    _summary()
    _authorization_details()
    _boundaries()
    _virtual_devices()
    _password_policy()
    _passwords()
    credential_report.install()


def _documents() -> None:
    """Every policy document goes over the wire percent-encoded; moto forgets some."""
    from moto.core.serialize import url_encode
    from moto.iam.responses import IamResponse

    trust = "AssumeRolePolicyDocument"
    for path in (
        f"GetAccountAuthorizationDetailsResponse.RoleDetailList.RoleDetail.{trust}",
        "GetAccountAuthorizationDetailsResponse.RoleDetailList.RoleDetail.InstanceProfileList.InstanceProfile"
        f".Roles.Role.{trust}",
        f"ListRolesResponse.Roles.Role.{trust}",
        f"GetInstanceProfileResponse.InstanceProfile.Roles.Role.{trust}",
        f"ListInstanceProfilesResponse.InstanceProfiles.InstanceProfile.Roles.Role.{trust}",
        f"ListInstanceProfilesForRoleResponse.InstanceProfiles.InstanceProfile.Roles.Role.{trust}",
        "GetPolicyVersionResponse.PolicyVersion.Document",
    ):
        IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER[path] = url_encode


def _summary() -> None:
    """The account summary is where AWS tells about root."""
    from moto.iam.models import AccountSummary

    counted = AccountSummary.summary_map.fget

    def summary_map(self: Any) -> dict[str, Any]:
        root = settings.root()
        has_device = root["mfa"] != "none"
        summary = dict(counted(self))
        summary["AccountMFAEnabled"] = int(has_device)
        summary["AccountAccessKeysPresent"] = int(root["access_keys"] > 0)
        summary["AccountSigningCertificatesPresent"] = int(root["certificates"] > 0)
        summary["AccountPasswordPresent"] = 1
        summary["MFADevices"] += int(has_device)
        summary["MFADevicesInUse"] += int(has_device)
        return summary

    AccountSummary.summary_map = property(summary_map)


def _authorization_details() -> None:
    """Of AWS's own policies only those in use are told, and every policy has its name and its id."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    def get_account_authorization_details(self: Any) -> Any:
        wanted = self._get_param("Filter", []) or [
            "User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy",
        ]  # fmt: skip
        backend = self.backend
        own = set(map(id, backend.aws_managed_policies))
        bounded = collections.Counter(
            holder.permissions_boundary["PermissionsBoundaryArn"]
            for holder in (*backend.users.values(), *backend.roles.values())
            if holder.permissions_boundary
        )
        policies = [
            policy
            for policy in backend.managed_policies.values()
            if (id(policy) in own and "AWSManagedPolicy" in wanted and policy.attachment_count > 0)
            or (id(policy) not in own and "LocalManagedPolicy" in wanted)
        ]
        return ActionResult({
            "UserDetailList": list(backend.users.values()) if "User" in wanted else [],
            "GroupDetailList": list(backend.groups.values()) if "Group" in wanted else [],
            "RoleDetailList": list(backend.roles.values()) if "Role" in wanted else [],
            "Policies": [_policy(policy, bounded[policy.arn]) for policy in policies],
            "IsTruncated": False,
        })  # fmt: skip

    IamResponse.get_account_authorization_details = get_account_authorization_details


def _policy(policy: Any, bounded: int) -> dict[str, Any]:
    from urllib.parse import quote

    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": bounded,
        "IsAttachable": True,
        "Description": policy.description or None,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
        "PolicyVersionList": [
            {
                "Document": quote(version.document),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.version_id == policy.default_version_id,
                "CreateDate": version.create_date,
            }
            for version in policy.versions
        ],
    }


def _boundaries() -> None:
    """What a user can be granted at most; moto has boundaries for roles alone."""
    from moto.core.responses import EmptyResult
    from moto.iam.models import User
    from moto.iam.responses import IamResponse

    create = IamResponse.create_user

    def create_user(self: Any) -> Any:
        answer = create(self)
        self.backend.get_user(self._get_param("UserName")).boundary_arn = self._get_param("PermissionsBoundary")
        return answer

    def put_user_permissions_boundary(self: Any) -> Any:
        self.backend.get_user(self._get_param("UserName")).boundary_arn = self._get_param("PermissionsBoundary")
        return EmptyResult()

    def delete_user_permissions_boundary(self: Any) -> Any:
        self.backend.get_user(self._get_param("UserName")).boundary_arn = None
        return EmptyResult()

    def boundary(user: Any) -> dict[str, str] | None:
        arn = getattr(user, "boundary_arn", None)
        return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None

    IamResponse.create_user = create_user
    IamResponse.put_user_permissions_boundary = put_user_permissions_boundary
    IamResponse.delete_user_permissions_boundary = delete_user_permissions_boundary
    User.permissions_boundary = property(boundary)


def _password_policy() -> None:
    """A rule that is not set is left out, not zero."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    names = {
        "MinimumPasswordLength": "minimum_password_length",
        "RequireSymbols": "require_symbols",
        "RequireNumbers": "require_numbers",
        "RequireUppercaseCharacters": "require_uppercase_characters",
        "RequireLowercaseCharacters": "require_lowercase_characters",
        "AllowUsersToChangePassword": "allow_users_to_change_password",
        "ExpirePasswords": "expire_passwords",
        "MaxPasswordAge": "max_password_age",
        "PasswordReusePrevention": "password_reuse_prevention",
        "HardExpiry": "hard_expiry",
    }

    def get_account_password_policy(self: Any) -> Any:
        policy = self.backend.get_account_password_policy()
        shown = {name: getattr(policy, attribute) for name, attribute in names.items()}
        for optional in ("MaxPasswordAge", "PasswordReusePrevention"):
            if not shown[optional]:
                del shown[optional]
        return ActionResult({"PasswordPolicy": shown})

    IamResponse.get_account_password_policy = get_account_password_policy


def _virtual_devices() -> None:
    """Root's device is in the list if it is a virtual one; the seed is told only at creation."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    def list_virtual_mfa_devices(self: Any) -> Any:
        status = self._get_param("AssignmentStatus", "Any")
        devices = [
            {"SerialNumber": device.serial_number, "EnableDate": device.enable_date, "User": _holder(device.user)}
            for device in self.backend.virtual_mfa_devices.values()
        ]
        root = settings.root()
        if root["mfa"] == "virtual":
            devices.append({
                "SerialNumber": _ROOT_DEVICE,
                "EnableDate": clock.parse(root["created_at"]),
                "User": {"UserId": ACCOUNT, "Arn": ROOT_ARN, "CreateDate": clock.parse(root["created_at"])},
            })  # fmt: skip
        if status != "Any":
            devices = [device for device in devices if (device["User"] is not None) == (status == "Assigned")]
        return ActionResult({"VirtualMFADevices": devices, "IsTruncated": False})

    IamResponse.list_virtual_mfa_devices = list_virtual_mfa_devices


def _holder(user: Any) -> dict[str, Any] | None:
    if user is None:
        return None
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
        "PasswordLastUsed": user.password_last_used,
    }


def _passwords() -> None:
    """When a password was changed follows from the calls; when it was last used is a setting, as nobody signs in here."""
    from moto.iam.models import IAMBackend, User

    create, update = IAMBackend.create_login_profile, IAMBackend.update_login_profile

    def create_login_profile(self: Any, user_name: str, *arguments: Any, **named: Any) -> Any:
        made = create(self, user_name, *arguments, **named)
        self.get_user(user_name).password_changed_at = clock.now()
        return made

    def update_login_profile(self: Any, user_name: str, *arguments: Any, **named: Any) -> Any:
        made = update(self, user_name, *arguments, **named)
        self.get_user(user_name).password_changed_at = clock.now()
        return made

    def last_used(self: Any) -> datetime.datetime | None:
        if not self.password:
            return None
        return settings.password_last_used(self.name)

    IAMBackend.create_login_profile = create_login_profile
    IAMBackend.update_login_profile = update_login_profile
    User.password_last_used = property(last_used, lambda self, value: None)
