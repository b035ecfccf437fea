"""What no AWS call can set: the facts about the root user, the users' sign-ins, the opted-in regions, the size of pages.

The control interface changes them; the corrections of each service read them.
"""

from __future__ import annotations

import copy
import datetime
import os
import re
import threading
from typing import Any

from trackera_lab import clock

_ROOT = {
    "created_at": "2023-02-06T09:14:00Z",
    "mfa": "hardware",
    "access_keys": 0,
    "access_key_last_rotated": None,
    "access_key_last_used": None,
    "password_last_used": None,
    "certificates": 0,
}
_DEFAULTS: dict[str, Any] = {"page_size": None, "opted_in_regions": [], "root": _ROOT, "users": {}}
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

_lock = threading.Lock()
_values: dict[str, Any] = copy.deepcopy(_DEFAULTS)
_revision = 0


class Unusable(ValueError):
    """A setting that was asked for cannot be; the message says why."""


def page_size() -> int | None:
    """The largest page that any list gives, or `None` for each operation's own."""
    return _values["page_size"]


def opted_in_regions() -> list[str]:
    """The opt-in regions that this account has enabled."""
    return list(_values["opted_in_regions"])


def root() -> dict[str, Any]:
    """The facts about the root user."""
    return dict(_values["root"])


def password_last_used(user: str) -> datetime.datetime | None:
    """When a user last signed in with a password."""
    used = _values["users"].get(user, {}).get("password_last_used")
    return clock.parse(used) if used else None


def revision() -> int:
    """A number that grows with every change."""
    return _revision


def shown() -> dict[str, Any]:
    """All settings."""
    with _lock:
        return copy.deepcopy(_values)


def change(wanted: dict[str, Any]) -> dict[str, Any]:
    """Merge `wanted` into the settings; all of it or nothing."""
    with _lock:
        merged = copy.deepcopy(_values)
        for name, value in wanted.items():
            if name not in _DEFAULTS:
                raise Unusable(f"`{name}` is not a setting: use one of {', '.join(_DEFAULTS)}")
            merged[name] = _CHECKS[name](value)
        _values.update(merged)
    _tell_moto()
    return shown()


def reset() -> None:
    """Put the defaults back."""
    with _lock:
        _values.update(copy.deepcopy(_DEFAULTS))
    _tell_moto()


def _tell_moto() -> None:
    """S3 pages by itself, up to a number that moto reads from the environment at each call."""
    global _revision
    _revision += 1
    size = page_size()
    os.environ["MOTO_S3_DEFAULT_MAX_KEYS"] = str(size or 1000)


def _checked_page_size(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000):
        raise Unusable(f"page_size must be a number from 1 to 1000, or null, not {value!r}")
    return value


def _checked_regions(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and _REGION.fullmatch(item) for item in value):
        raise Unusable(f"opted_in_regions must be a list of regions, not {value!r}")
    return sorted(set(value))


def _checked_root(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unusable("root must be an object")
    for name, fact in value.items():
        if name not in _ROOT:
            raise Unusable(f"`{name}` is not a fact about root: use one of {', '.join(_ROOT)}")
        _check_root_fact(name, fact)
    return _values["root"] | value


def _checked_users(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unusable("users must be an object of user names")
    for name, facts in value.items():
        if not isinstance(facts, dict) or set(facts) != {"password_last_used"}:
            raise Unusable(f"users.{name} must be an object with `password_last_used`")
        _check_date(f"users.{name}.password_last_used", facts["password_last_used"])
    return _values["users"] | value


def _check_root_fact(name: str, fact: Any) -> None:
    if name == "mfa":
        if fact not in ("none", "virtual", "hardware"):
            raise Unusable(f"root.mfa must be none, virtual or hardware, not {fact!r}")
    elif name in ("access_keys", "certificates"):
        if isinstance(fact, bool) or fact not in (0, 1, 2):
            raise Unusable(f"root.{name} must be 0, 1 or 2, not {fact!r}")
    else:
        _check_date(f"root.{name}", fact)


def _check_date(name: str, fact: Any) -> None:
    if fact is None:
        return
    try:
        clock.parse(fact)
    except (TypeError, ValueError) as failure:
        raise Unusable(f"{name}: {failure}") from None


_CHECKS = {
    "page_size": _checked_page_size,
    "opted_in_regions": _checked_regions,
    "root": _checked_root,
    "users": _checked_users,
}
