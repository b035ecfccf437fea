"""The company's rules about who is let in by the policies of resources, as short readings of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.estate_rules import DECLARED, _pages
from trackera_lab.context import ACCOUNT
from trackera_lab.estate.clients import Clients


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _allowed(policy: str) -> Iterator[tuple[list[str], str]]:
    """For each grant, the principals of AWS that it names, and its conditions as text."""
    for statement in json.loads(policy)["Statement"]:
        if statement["Effect"] == "Allow":
            principal = statement["Principal"]
            named = principal.get("AWS", []) if isinstance(principal, dict) else principal
            yield _listed(named), json.dumps(statement.get("Condition", {}))


def _is_for_others(policy: str) -> bool:
    """Whether a grant is for more than our own account, and no condition names it."""
    return any(
        ACCOUNT not in principal and ACCOUNT not in conditions
        for principals, conditions in _allowed(policy)
        for principal in principals
    )


def keys_for_others(clients: Clients) -> list[str]:
    """Aliases of keys that somebody else may use."""
    kms = clients("kms")
    found = []
    for alias in _pages(kms, "list_aliases", "Aliases"):
        ours = "TargetKeyId" in alias and not alias["AliasName"].startswith("alias/aws/")
        if ours and _is_for_others(kms.get_key_policy(KeyId=alias["TargetKeyId"], PolicyName="default")["Policy"]):
            found.append(alias["AliasName"])
    return found


def topics_for_everybody(clients: Clients) -> list[str]:
    """Topics that somebody else may publish to."""
    return [
        topic["TopicArn"]
        for region in DECLARED
        for topic in _pages(clients("sns", region), "list_topics", "Topics")
        if _is_for_others(clients("sns", region).get_topic_attributes(**topic)["Attributes"]["Policy"])
    ]


def queues_for_everybody(clients: Clients) -> list[str]:
    """Queues that somebody else may send to."""
    sqs, found = clients("sqs"), []
    for url in sqs.list_queues().get("QueueUrls", []):
        policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")
        if policy and _is_for_others(policy):
            found.append(url.rpartition("/")[2])
    return found


def senders_for_others(clients: Clients) -> list[str]:
    """Domains that somebody else may send mail from."""
    mail = clients("sesv2")
    return [
        identity["IdentityName"]
        for identity in mail.list_email_identities()["EmailIdentities"]
        if any(
            _is_for_others(policy)
            for policy in mail.get_email_identity_policies(EmailIdentity=identity["IdentityName"])["Policies"].values()
        )
    ]


def roles_without_second_factor(clients: Clients) -> list[str]:
    """Roles that people may take on with a password or a key alone."""
    return [
        role["RoleName"]
        for role in _pages(clients("iam"), "list_roles", "Roles")
        if any(
            principals and "MultiFactorAuthPresent" not in conditions
            for principals, conditions in _allowed(json.dumps(role["AssumeRolePolicyDocument"]))
        )
    ]


RULES: dict[str, Callable[[Clients], Any]] = {
    rule.__name__: rule
    for rule in (
        keys_for_others,
        topics_for_everybody,
        queues_for_everybody,
        senders_for_others,
        roles_without_second_factor,
    )
}
