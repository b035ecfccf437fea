"""AWS clients that talk to the lab, and the past: what happens inside `dated` is born old.

These clients are for filling the lab alone; they send no real credentials and know no other endpoint.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config

from trackera_lab import clock
from trackera_lab.context import ACCOUNT, PRIMARY_REGION

_CONFIGURATION = Config(
    # A bucket in front of the host name would need a resolver that knows it.
    s3={"addressing_style": "path"},
    # What fails here is a mistake in the seed; trying again would only hide it.
    retries={"total_max_attempts": 1},
    # The hostile variant says things that no client library would let pass.
    parameter_validation=False,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=16,
    read_timeout=120,
)

_local = threading.local()


@contextlib.contextmanager
def dated(moment: datetime.datetime | str) -> Iterator[None]:
    """Let every call of this thread happen at `moment`: an instant, or an age such as `-120d`."""
    before = getattr(_local, "moment", None)
    _local.moment = moment if isinstance(moment, str) else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        yield
    finally:
        _local.moment = before


def _send_date(params: dict[str, Any], **_: Any) -> None:
    moment = getattr(_local, "moment", None)
    if moment is not None:
        params["headers"][clock.HEADER] = moment


def _address_by_path(request: Any, **_: Any) -> None:
    """S3 Control puts the account in front of the host name, where a numeric address has no room for it."""
    request.url = request.url.replace(f"//{ACCOUNT}.", "//", 1)


class Clients:
    """One client per service and region, made when first asked for; safe to share between threads."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = self._new_session("lab", "lab")
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    @staticmethod
    def _new_session(key_id: str, secret: str) -> Any:
        session = boto3.session.Session(aws_access_key_id=key_id, aws_secret_access_key=secret)
        session.events.register("before-call", _send_date)
        session.events.register("request-created.s3-control", _address_by_path)
        return session

    def __call__(self, service: str, region: str = PRIMARY_REGION) -> Any:
        """The client of a service in a region."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=self._endpoint, config=_CONFIGURATION
                )
            return self._clients[service, region]

    def use_key(self, key: dict[str, str], moment: str) -> None:
        """Sign one harmless call with an access key, so that the key counts as used at `moment`."""
        session = self._new_session(key["AccessKeyId"], key["SecretAccessKey"])
        client = session.client("sts", region_name=PRIMARY_REGION, endpoint_url=self._endpoint, config=_CONFIGURATION)
        with dated(moment):
            client.get_caller_identity()
