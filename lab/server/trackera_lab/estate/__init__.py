"""Fills the lab with the estate of an example company.

Three variants: `clean`, where every declared rule holds; `drifted`, the same with the mistakes of a busy year;
`hostile`, the clean one under names that try to harm whoever prints them.
"""

from __future__ import annotations

from collections.abc import Callable

from trackera_lab.estate import company, drift, hostile
from trackera_lab.estate.clients import Clients
from trackera_lab.estate.company import Company

_VARIANTS: dict[str, Callable[[Company], None]] = {
    "clean": lambda _: None,
    "drifted": drift.apply,
    "hostile": hostile.apply,
}

VARIANTS = tuple(_VARIANTS)


def seed(endpoint: str, variant: str) -> None:
    """Fill the empty estate behind `endpoint` with one of the variants.

    Raises:
        ValueError: There is no such variant.
    """
    if variant not in _VARIANTS:
        raise ValueError(f"`{variant}` is not a variant of the estate: use one of {', '.join(VARIANTS)}")
    _VARIANTS[variant](company.build(Clients(endpoint)))
