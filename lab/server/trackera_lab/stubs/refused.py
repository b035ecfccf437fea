"""An AWS error as the answer of a stub."""

from __future__ import annotations


class Refused(Exception):
    """What AWS would refuse."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
