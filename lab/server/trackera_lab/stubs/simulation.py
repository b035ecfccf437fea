"""Decides what a principal may do by its own policies, for IAM's simulation operations.

Statements with a condition count as not matching: the simulation is not told the request's context, and AWS answers
the same where a context value is missing. Boundaries and organizations' policies are not looked at.
"""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

from trackera_lab.context import ACCOUNT

_PRINCIPAL = re.compile(r"arn:aws:iam::\d{12}:(user|role|group)/(?:.*/)?([^/]+)")


def documents_of(arn: str) -> list[str] | None:
    """The policies of a user, a role or a group; `None` when it does not exist."""
    from moto.iam.models import iam_backends

    parsed = _PRINCIPAL.fullmatch(arn)
    if not parsed:
        return None
    backend = iam_backends[ACCOUNT]["aws"]
    kind, name = parsed[1], parsed[2]
    if kind == "role":
        holders = [role for role in backend.roles.values() if role.name == name]
    else:
        holders = [holder for holder in [getattr(backend, f"{kind}s").get(name)] if holder]
    if not holders:
        return None
    if kind == "user":
        holders += backend.get_groups_for_user(name)
    return [document for holder in holders for document in _documents(holder)]


def _documents(holder: Any) -> list[str]:
    managed = [
        version.document
        for policy in holder.managed_policies.values()
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return managed + list(holder.policies.values())


def statements_of(documents: list[str]) -> list[dict[str, Any]]:
    """Every statement of some policies; a document that is none raises `ValueError`."""
    statements: list[dict[str, Any]] = []
    for document in documents:
        policy = json.loads(document)
        if not isinstance(policy, dict):
            raise ValueError("it is not a JSON object")
        statements += [statement for statement in _list(policy.get("Statement")) if isinstance(statement, dict)]
    return statements


def decide(statements: list[dict[str, Any]], action: str, resource: str) -> str:
    """`allowed`, `explicitDeny` or `implicitDeny`."""
    matching = [statement for statement in statements if _matches(statement, action, resource)]
    if any(statement.get("Effect") == "Deny" for statement in matching):
        return "explicitDeny"
    return "allowed" if matching else "implicitDeny"


def _matches(statement: dict[str, Any], action: str, resource: str) -> bool:
    if statement.get("Condition"):
        return False
    acts = _any(statement, "Action", action.lower(), str.lower)
    return acts and _any(statement, "Resource", resource, str)


def _any(statement: dict[str, Any], name: str, value: str, normal: Any) -> bool:
    """Whether one of the element's patterns matches, or, for `Not...`, none does."""
    if f"Not{name}" in statement:
        return not any(_glob(value, normal(pattern)) for pattern in _list(statement[f"Not{name}"]))
    return any(_glob(value, normal(pattern)) for pattern in _list(statement.get(name)))


def _glob(value: str, pattern: str) -> bool:
    """IAM knows `*` and `?`; a bracket is an ordinary character."""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
