"""An AWS error that a correction raises, so that moto writes it in the shape of the protocol at hand."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class Refusal(ServiceException):
    """`Refusal(code, message)`. A class outside moto's packages, because moto takes the package for the service."""
