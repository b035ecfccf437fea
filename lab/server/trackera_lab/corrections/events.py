"""EventBridge: without a template a target gets the whole event; moto leaves out whose account it is from."""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Pass events on whole."""
    from moto.events.utils import EventTemplateParser

    with_template = EventTemplateParser.parse

    def parse(input_template: str, input_paths_map: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        if input_template:
            return with_template(input_template, input_paths_map, event)
        return {"version": "0", **{key: value for key, value in event.items() if key != "ingestion-time"}}

    EventTemplateParser.parse = staticmethod(parse)
