"""Who works at the company, which machines act for it, and what each of them may do.

People get their rights from groups and sign in with a second factor; machines get theirs from roles, and the two that
cannot use a role get a young key. Only the two administrators may administrate.
"""

from __future__ import annotations

import datetime

from trackera_lab import settings
from trackera_lab.context import ACCOUNT, PRIMARY_REGION
from trackera_lab.estate import documents, names, unwritable
from trackera_lab.estate.clients import Clients, dated

AccessKey = dict[str, str]

_MANAGED = "arn:aws:iam::aws:policy/"
_GROUPS = {
    "administrators": ("AdministratorAccess", names.ADMINISTRATORS),
    "support": (None, (names.SUPPORT,)),
    "deployers": (None, (names.DEPLOYER,)),
    "backup-writers": (None, (names.BACKUP_WRITER,)),
}


def make(clients: Clients) -> dict[str, AccessKey]:
    """Make every identity; gives the access keys by user."""
    with dated("-860d"):
        _set_password_rules(clients)
        policies = _make_policies(clients)
        _make_groups(clients, policies)
    _make_users(clients)
    _make_roles(clients, policies)
    return _make_keys(clients)


def _set_password_rules(clients: Clients) -> None:
    iam = clients("iam")
    iam.create_account_alias(AccountAlias="trackera")
    iam.update_account_password_policy(
        MinimumPasswordLength=16,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        AllowUsersToChangePassword=True,
        PasswordReusePrevention=24,
    )


def _make_policies(clients: Clients) -> dict[str, str]:
    texts = {
        "trackera-support": documents.support(),
        "trackera-deploy": documents.deploy(),
        "trackera-backup-write": documents.write_backups(),
        "trackera-application": documents.application(),
        "trackera-agent-deliver": documents.deliver(),
        "trackera-restore-drill": documents.drill(),
        "trackera-replication": documents.replicate(),
    }
    iam = clients("iam")
    return {
        name: iam.create_policy(PolicyName=name, PolicyDocument=text, Tags=names.pairs(names.labels()))["Policy"]["Arn"]
        for name, text in texts.items()
    }


def _make_groups(clients: Clients, policies: dict[str, str]) -> None:
    iam = clients("iam")
    own = {"support": "trackera-support", "deployers": "trackera-deploy", "backup-writers": "trackera-backup-write"}
    for group, (managed, _) in _GROUPS.items():
        iam.create_group(GroupName=group)
        policy = _MANAGED + managed if managed else policies[own[group]]
        iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    iam.put_group_policy(
        GroupName="administrators", PolicyName="nothing-without-mfa", PolicyDocument=documents.nothing_without_mfa()
    )


def _make_users(clients: Clients) -> None:
    hired = {
        names.ADMINISTRATORS[0]: "-855d",
        names.ADMINISTRATORS[1]: "-850d",
        names.SUPPORT: "-310d",
        names.DEPLOYER: "-700d",
        names.BACKUP_WRITER: "-700d",
    }
    for group, (_, members) in _GROUPS.items():
        for member in members:
            with dated(hired[member]):
                _make_user(clients, member, group)
    for person, hours in zip((*names.ADMINISTRATORS, names.SUPPORT), (3, 20, 9), strict=True):
        add_password(clients, person, hired[person])
        change_password(clients, person, "-100d")
        add_mfa_device(clients, person, hired[person])
        sign_in(person, hours)


def _make_user(clients: Clients, name: str, group: str) -> None:
    iam = clients("iam")
    kind = "person" if name in (*names.ADMINISTRATORS, names.SUPPORT) else "machine"
    iam.create_user(UserName=name, Tags=names.pairs(names.labels() | {"kind": kind}))
    iam.add_user_to_group(GroupName=group, UserName=name)


def add_password(clients: Clients, name: str, moment: str) -> None:
    """Let a user sign in to the console."""
    with dated(moment):
        clients("iam").create_login_profile(
            UserName=name, Password=names.DATABASE_PASSWORD, PasswordResetRequired=False
        )


def change_password(clients: Clients, name: str, moment: str) -> None:
    """A person chose a new password."""
    with dated(moment):
        clients("iam").update_login_profile(UserName=name, Password=names.DATABASE_PASSWORD)


def sign_in(name: str, hours_ago: int) -> None:
    """A person signed in to the console with a password."""
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours_ago)
    settings.change({"users": {name: {"password_last_used": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}}})


def add_mfa_device(clients: Clients, name: str, moment: str) -> None:
    """Give a user an authenticator application as second factor."""
    iam = clients("iam")
    with dated(moment):
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        iam.enable_mfa_device(
            UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
        )


def _make_roles(clients: Clients, policies: dict[str, str]) -> None:
    iam = clients("iam")
    with dated("-690d"):
        iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
        make_role(
            clients,
            names.APPLICATION_ROLE,
            documents.trusted("ec2.amazonaws.com"),
            policies["trackera-application"],
            _MANAGED + "AmazonSSMManagedInstanceCore",
        )
        make_role(
            clients,
            names.AGENT_ROLE,
            documents.trusted("ec2.amazonaws.com"),
            _MANAGED + "SecurityAudit",
            policies["trackera-agent-deliver"],
        )
        make_role(
            clients, names.REPLICATION_ROLE, documents.trusted("s3.amazonaws.com"), policies["trackera-replication"]
        )
        make_role(
            clients,
            names.BACKUP_ROLE,
            documents.trusted("backup.amazonaws.com"),
            _MANAGED + "service-role/AWSBackupServiceRolePolicyForBackup",
        )
        for name, service, group in (
            (names.FLOW_LOG_ROLE, "vpc-flow-logs.amazonaws.com", names.FLOW_LOG_GROUP),
            (names.TRAIL_ROLE, "cloudtrail.amazonaws.com", names.AUDIT_LOG_GROUP),
        ):
            make_role(clients, name, documents.trusted(service))
            iam.put_role_policy(RoleName=name, PolicyName="write-logs", PolicyDocument=documents.write_logs(group))
        for profile in (names.APPLICATION_ROLE, names.AGENT_ROLE):
            iam.create_instance_profile(InstanceProfileName=profile)
            iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=profile)
    with dated("-45d"):
        make_role(
            clients,
            names.DRILL_ROLE,
            documents.trusted_with_mfa(*names.ADMINISTRATORS),
            policies["trackera-restore-drill"],
        )
    _use_roles()


def _use_roles() -> None:
    """Services act in their roles all the time; the drill's role was needed at the last drill."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for role, hours in (
        ("AWSServiceRoleForAutoScaling", 30),
        (names.APPLICATION_ROLE, 1),
        (names.AGENT_ROLE, 1),
        (names.REPLICATION_ROLE, 10),
        (names.BACKUP_ROLE, 9),
        (names.FLOW_LOG_ROLE, 1),
        (names.TRAIL_ROLE, 1),
        (names.DRILL_ROLE, 24 * 16),
    ):
        unwritable.use_role(role, PRIMARY_REGION, now - datetime.timedelta(hours=hours))


def name_security_contact(clients: Clients) -> None:
    """Whom AWS writes to about security."""
    clients("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Jonas Keller",
        Title="Lead technical specialist",
        EmailAddress=names.SECURITY_ADDRESS,
        PhoneNumber="+49000000000",
    )


def make_role(clients: Clients, name: str, trust: str, *policies: str) -> None:
    """Make a role with managed policies."""
    iam = clients("iam")
    iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust, MaxSessionDuration=3600, Tags=names.pairs(names.labels())
    )
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)


def _make_keys(clients: Clients) -> dict[str, AccessKey]:
    ages = {
        names.DEPLOYER: ("-31d", "-2h"),
        names.BACKUP_WRITER: ("-52d", "-6h"),
        names.ADMINISTRATORS[1]: ("-24d", "-1d"),
    }
    keys = {user: make_key(clients, user, made) for user, (made, _) in ages.items()}
    for user, (_, used) in ages.items():
        clients.use_key(keys[user], used)
    return keys


def make_key(clients: Clients, user: str, moment: str) -> AccessKey:
    """Make an access key that is as old as `moment` says."""
    with dated(moment):
        key: AccessKey = clients("iam").create_access_key(UserName=user)["AccessKey"]
    return key


def device_of(user: str) -> str:
    """The serial number of a user's authenticator application."""
    return f"arn:aws:iam::{ACCOUNT}:mfa/{user}"
