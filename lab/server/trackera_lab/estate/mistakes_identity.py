"""Mistakes with identities: keys that grew old, second factors that went missing, rights that were too wide."""

from __future__ import annotations

import datetime

from trackera_lab import settings
from trackera_lab.estate import documents, names, people
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company


def keep_an_old_key(company: Company) -> None:
    """The rotation of the deployment key broke a release once, so the old key came back and stayed."""
    iam, clients = company.clients("iam"), company.clients
    iam.delete_access_key(UserName=names.DEPLOYER, AccessKeyId=company.access_keys[names.DEPLOYER]["AccessKeyId"])
    clients.use_key(people.make_key(clients, names.DEPLOYER, "-200d"), "-3h")


def make_a_spare_key(company: Company) -> None:
    """The lead specialist made a second key for a new laptop and then went on with the first."""
    people.make_key(company.clients, names.ADMINISTRATORS[1], "-70d")


def lose_a_second_factor(company: Company) -> None:
    """The lead specialist's phone fell into a lake, and the device was removed before a new one was there."""
    iam, user = company.clients("iam"), names.ADMINISTRATORS[1]
    iam.deactivate_mfa_device(UserName=user, SerialNumber=people.device_of(user))
    iam.delete_virtual_mfa_device(SerialNumber=people.device_of(user))


def add_a_third_administrator(company: Company) -> None:
    """A new colleague needed something urgently on a Friday and got every right there is, written into her own user."""
    iam = company.clients("iam")
    with dated("-26d"):
        iam.create_user(UserName=names.NEW_COLLEAGUE, Tags=names.pairs(names.labels() | {"kind": "person"}))
        iam.put_user_policy(
            UserName=names.NEW_COLLEAGUE,
            PolicyName="temporary",
            PolicyDocument=documents.document(documents.allow("*:*", "*")),
        )
    people.add_password(company.clients, names.NEW_COLLEAGUE, "-26d")
    people.add_mfa_device(company.clients, names.NEW_COLLEAGUE, "-26d")


def allow_all_but_the_bill(company: Company) -> None:
    """A contractor's role was to keep away from the bill, so it was allowed everything else."""
    trust = documents.document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{names.PARTNER_ACCOUNT}:root"},
        }
    )
    everything_else = {
        "Effect": "Allow",
        "NotAction": ["aws-portal:*", "billing:*", "organizations:*"],
        "Resource": "*",
    }
    with dated("-130d"):
        people.make_role(company.clients, names.CONTRACTOR_ROLE, trust)
        company.clients("iam").put_role_policy(
            RoleName=names.CONTRACTOR_ROLE, PolicyName="migration", PolicyDocument=documents.document(everything_else)
        )


def sign_in_as_root(_: Company) -> None:
    """The bill's address had to change, and the founder used the root user for it out of habit."""
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=6)
    settings.change({"root": {"password_last_used": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}})


def let_a_vendor_in(company: Company) -> None:
    """A vendor of dashboards was to read metrics, and its instructions left the external id out."""
    trust = documents.document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{names.VENDOR_ACCOUNT}:root"},
        }
    )
    with dated("-210d"):
        people.make_role(company.clients, names.VENDOR_ROLE, trust)
        company.clients("iam").put_role_policy(
            RoleName=names.VENDOR_ROLE,
            PolicyName="metrics",
            PolicyDocument=documents.document(documents.allow(["cloudwatch:GetMetricData", "cloudwatch:List*"], "*")),
        )


def shorten_the_passwords(company: Company) -> None:
    """People complained about the rules for passwords when the second factor came, and got weaker ones."""
    company.clients("iam").update_account_password_policy(
        MinimumPasswordLength=8,
        RequireSymbols=False,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        AllowUsersToChangePassword=True,
    )


def move_the_second_factor_of_root(_: Company) -> None:
    """The root user's hardware key lay in an office that was given up, so an application on a phone took its place."""
    settings.change({"root": {"mfa": "virtual"}})
