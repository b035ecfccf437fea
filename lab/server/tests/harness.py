"""Starts one lab per test module and talks to it; the lab dies with the test process."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

_SERVER = pathlib.Path(__file__).parent.parent
_READY_SECONDS = 30


class Lab:
    """A lab in a process of its own."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="lab-test-")
        home = pathlib.Path(self._home.name) / "lab"
        home.parent.chmod(0o711)
        command = [sys.executable, "-m", "trackera_lab", "--name", "test", "--home", str(home), "--follow-stdin"]
        self._process = subprocess.Popen(command, cwd=_SERVER, stdin=subprocess.PIPE)
        until = time.monotonic() + _READY_SECONDS
        while not (home / "lab.json").exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the lab did not come up")
            time.sleep(0.02)
        self.endpoint: str = json.loads((home / "lab.json").read_text())["endpoint"]

    def stop(self) -> None:
        """End the process by closing its input, as the death of its parent would."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._home.cleanup()

    def control(self, method: str, path: str, body: Any = None, timeout: float = 60) -> Any:
        """One control request; a refusal is raised with its reason."""
        request = urllib.request.Request(
            f"{self.endpoint}/_lab/{path}",
            method=method,
            headers={"x-lab-control": "1"},
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise Refused(json.load(refusal)["error"]) from None

    def client(self, service: str, region: str = "eu-central-1", date: str | None = None, **more: Any) -> Any:
        """A client that asks once and waits little."""
        config = Config(retries={"total_max_attempts": 1}, read_timeout=more.pop("patience", 30))
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} | more
        client = boto3.client(service, region_name=region, endpoint_url=self.endpoint, config=config, **keys)
        # S3 Control puts the account in front of the host, where a numeric address has no room for it.
        client.meta.events.register("request-created.s3-control", _without_account)
        if date:
            client.meta.events.register(
                "before-call.*", lambda params, **_: params["headers"].__setitem__("x-lab-date", date)
            )
        return client


def _without_account(request: Any, **_: Any) -> None:
    request.url = request.url.replace("//000000000000.", "//", 1)


class Refused(Exception):
    """The control interface said no."""


class LabTest(unittest.TestCase):
    """A test with a lab that is empty at its start."""

    lab: Lab

    @classmethod
    def setUpClass(cls) -> None:
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.stop)

    def setUp(self) -> None:
        self.lab.control("POST", "reset", {})

    def fault(self, kind: str, operation: str, **more: Any) -> Any:
        """Set a fault."""
        return self.lab.control("POST", "faults", {"kind": kind, "operation": operation, **more})

    def refusal(self, act: Any, *arguments: Any, **named: Any) -> tuple[str, int, str]:
        """The code, status and message with which AWS refuses."""
        from botocore.exceptions import ClientError

        with self.assertRaises(ClientError) as caught:
            act(*arguments, **named)
        answer = caught.exception.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")

    def assert_lost(self, act: Any, *arguments: Any, **named: Any) -> None:
        """The client gets no answer at all."""
        from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

        with self.assertRaises((ConnectionClosedError, EndpointConnectionError, ReadTimeoutError)):
            act(*arguments, **named)

    def called(self, operation: str) -> list[dict[str, Any]]:
        """What the call log holds of one operation."""
        return [call for call in self.lab.control("GET", "calls") if call["operation"] == operation]
