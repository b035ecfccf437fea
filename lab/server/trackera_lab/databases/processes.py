"""Talks to the keeper, the process that owns the lab's PostgreSQL servers.

Everything about starting, signalling and killing a server goes through here; no other module
may start a server by itself, or one could outlive the lab.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from .account import Account, tool_environment

KEEPER = Path(__file__).with_name("keeper.py")


class Processes:
    """The servers of one lab, by name."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
            close_fds=True,
        )

    def _ask(self, **request: object) -> dict[str, object]:
        with self._lock:
            stdin, stdout = self._keeper.stdin, self._keeper.stdout
            if stdin is None or stdout is None or stdin.closed:
                raise RuntimeError("the keeper of the databases is closed")
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            line = stdout.readline()
        if not line:
            raise RuntimeError("the keeper of the databases is gone; run reset or start the lab again")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"the keeper of the databases refused: {answer['error']}")
        return answer

    def start(self, name: str, argv: list[str], log: Path) -> int:
        """Start a server under the lab's database account and return its process id."""
        uid = self._account.uid if self._account.switch else None
        answer = self._ask(
            do="start",
            name=name,
            argv=argv,
            log=str(log),
            uid=uid,
            gid=self._account.gid,
            environment=tool_environment(),
        )
        return int(str(answer["pid"]))

    def alive(self, name: str) -> bool:
        """Whether the server still runs."""
        return bool(self._ask(do="alive", name=name)["alive"])

    def kill(self, name: str) -> None:
        """SIGKILL to the server and all its backends: the way a region dies."""
        self._ask(do="kill", name=name)

    def stop(self, name: str, seconds: float = 20.0) -> None:
        """A fast shutdown; a server that does not obey in time is killed."""
        self._ask(do="signal", name=name, number=int(signal.SIGINT))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.alive(name):
                return
            time.sleep(0.01)
        self.kill(name)

    def reload(self, name: str) -> None:
        """Make the server read its configuration again."""
        self._ask(do="signal", name=name, number=int(signal.SIGHUP))

    def close(self) -> None:
        """End the keeper, and with it every server that still runs."""
        with self._lock:
            if self._keeper.stdin is not None and not self._keeper.stdin.closed:
                self._keeper.stdin.close()
            self._keeper.wait(timeout=30)
            if self._keeper.stdout is not None:
                self._keeper.stdout.close()
