"""Waiting for messages without keeping others from the queue.

moto waits inside of its own state, so that whoever wants to delete or send a message meanwhile would have to wait as
long. Here the queue is asked again and again, and is free in between.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable

from trackera_lab.answers import Answer
from trackera_lab.operations import Call

_EVERY = 0.05
_LONGEST = 20.0


def answered(call: Call, ask: Callable[[Call], Answer]) -> Answer:
    """Ask once, or until there is a message if the call wants to wait for one."""
    wait = _wait(call)
    if wait is None:
        return ask(call)
    ends_at = time.monotonic() + wait
    at_once = dataclasses.replace(call, body=json.dumps({**json.loads(call.body), "WaitTimeSeconds": 0}).encode())
    while True:
        answer = ask(at_once)
        if answer.status != 200 or b'"Messages"' in answer.body or time.monotonic() >= ends_at:
            return answer
        time.sleep(_EVERY)


def _wait(call: Call) -> float | None:
    """How long a call waits for messages; nothing where it does not."""
    if call.name != "sqs:ReceiveMessage" or call.protocol != "json":
        return None
    try:
        wait = float(json.loads(call.body).get("WaitTimeSeconds") or 0)
    except (ValueError, TypeError, AttributeError):
        return None
    return min(wait, _LONGEST) if wait > 0 else None
