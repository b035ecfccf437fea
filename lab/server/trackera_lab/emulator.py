"""moto, called in this process: loads its services on first use, corrects them, and keeps their state from racing.

moto's backends are plain dictionaries. One lock per service lets calls to different services run side by side while two
calls never change one service's state at once.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import threading
import urllib.parse
from collections import defaultdict
from typing import Any

from trackera_lab import answers, cbor, corrections, long_polls
from trackera_lab.answers import Answer
from trackera_lab.context import ACCOUNT
from trackera_lab.corrections import paging
from trackera_lab.operations import Call
from trackera_lab.stubs import wire

_ENVIRONMENT = {
    "MOTO_ACCOUNT_ID": ACCOUNT,
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ACM_VALIDATION_WAIT": "1",
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(16 * 1024 * 1024),
    "AWS_ACCESS_KEY_ID": "lab",
    "AWS_SECRET_ACCESS_KEY": "lab",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_READS = ("Describe", "Get", "List", "Head")
_TRIES = 5
_log = logging.getLogger(__name__)


class _ChangedMeanwhile(Exception):
    """A dictionary grew or shrank under a call that walked over it."""


def prepare() -> None:
    """Set what moto reads from the environment while it is imported, and hide the caller's own accounts from it."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        del os.environ[name]
    os.environ.update(_ENVIRONMENT)


class Emulator:
    """moto's services behind one function."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._dispatcher = DomainDispatcherApplication(create_backend_app)
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._loading = threading.Lock()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def perform(self, call: Call, environ: dict[str, Any]) -> Answer:
        """Have moto act and answer."""
        return long_polls.answered(call, lambda call: self._perform(call, environ))

    def _perform(self, call: Call, environ: dict[str, Any]) -> Answer:
        call = paging.narrowed(call)
        environ = _addressed(call, environ)
        if call.protocol == "cbor":
            environ = _as_json(call, environ)
        with self._loading:
            corrections.apply(call.service)
            lock = self._locks[call.service]
        with lock:
            answer = paging.paged(call, self._ask_patiently(call, environ), environ)
        return _as_cbor(call, answer) if call.protocol == "cbor" else answer

    def _ask_patiently(self, call: Call, environ: dict[str, Any]) -> Answer:
        """Ask again when a read met a change: services look into each other's dictionaries without their locks."""
        for _ in range(_TRIES if (call.operation or "").startswith(_READS) else 0):
            try:
                return self._ask(call, environ | {"wsgi.input": io.BytesIO(environ["wsgi.input"].getvalue())})
            except _ChangedMeanwhile:
                continue
        try:
            return self._ask(call, environ)
        except _ChangedMeanwhile as failure:
            return answers.crashed(call, failure)

    def _ask(self, call: Call, environ: dict[str, Any]) -> Answer:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started[:] = [int(status.split(" ", 1)[0]), tuple(headers)]

        try:
            application = self._dispatcher.get_application(environ)
        except (AttributeError, ImportError):
            # moto has no such service, or not without packages that the lab leaves out.
            return answers.not_known(call)
        try:
            pieces = application(environ, start_response)
            body = b"".join(pieces)
            if hasattr(pieces, "close"):
                pieces.close()
        except NotImplementedError:
            return answers.not_known(call)
        except Exception as failure:
            if "changed size during iteration" in str(failure):
                raise _ChangedMeanwhile(str(failure)) from failure
            _log.exception("moto failed on %s", call.name)
            return answers.crashed(call, failure)
        answer = Answer(started[0], started[1], body)
        return answers.not_known(call) if _is_stranger(call, answer) else answer

    def reset(self) -> None:
        """Empty every service."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()


def _addressed(call: Call, environ: dict[str, Any]) -> dict[str, Any]:
    """Bring a bucket or an account in the host name (`photos.localhost`) back into the form without."""
    environ = dict(environ)
    port = environ["SERVER_PORT"]
    environ["HTTP_HOST"] = f"127.0.0.1:{port}"
    environ["wsgi.input"] = io.BytesIO(call.body)
    environ["CONTENT_LENGTH"] = str(len(call.body))
    return environ


def virtual_host(environ: dict[str, Any]) -> str | None:
    """The label before `.localhost`, if the client put one there."""
    host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0]
    found = re.fullmatch(r"(.+?)(\.s3)?\.localhost", host)
    return found[1] if found else None


def in_path(environ: dict[str, Any], label: str) -> dict[str, Any]:
    """The same request with the bucket of its host name in front of its path."""
    quoted = urllib.parse.quote(label)
    raw = environ["RAW_URI"]
    return environ | {
        "PATH_INFO": f"/{label}{environ['PATH_INFO']}",
        "RAW_URI": f"/{quoted}{raw}",
        "REQUEST_URI": f"/{quoted}{raw}",
    }


def _as_json(call: Call, environ: dict[str, Any]) -> dict[str, Any]:
    """Retell a CBOR request in the JSON protocol, which moto knows."""
    from moto.core.utils import get_service_model

    prefix = get_service_model(call.service).metadata.get("targetPrefix", call.service)
    body = json.dumps(cbor.decode(call.body) if call.body else {}).encode()
    environ["PATH_INFO"] = environ["RAW_URI"] = environ["REQUEST_URI"] = "/"
    environ["HTTP_X_AMZ_TARGET"] = f"{prefix}.{call.operation}"
    environ["CONTENT_TYPE"] = "application/x-amz-json-1.0"
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return environ


def _as_cbor(call: Call, answer: Answer) -> Answer:
    """Retell a JSON answer in CBOR, with dates as dates."""
    from moto.core.utils import get_service_model

    document = json.loads(answer.body) if answer.body else {}
    if answer.status == 200:
        document = wire.shaped(get_service_model(call.service).operation_model(call.operation).output_shape, document)
    kept = tuple((name, value) for name, value in answer.headers if name.lower() != "content-type")
    headers = (*kept, ("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
    return Answer(answer.status, headers, cbor.encode(document))


def _is_stranger(call: Call, answer: Answer) -> bool:
    """Whether this is the web framework talking, not an AWS service: a route or an action that moto lacks."""
    if answer.status not in (404, 405, 500, 501):
        return False
    content_type = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    is_page = content_type.startswith("text/html") and answer.body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
    return is_page or (not answer.body and call.method != "HEAD" and call.service != "s3")
