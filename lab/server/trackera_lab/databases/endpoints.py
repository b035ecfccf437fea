"""Hands out endpoint addresses: a loopback address per instance, so that each can have the port it declares.

Addresses in 127.0.0.0/16 are never handed out: there, clients stand for members of the network.
"""

from __future__ import annotations

import hashlib
import socket
import threading

ATTEMPTS = 4000


class Endpoints:
    """The addresses of one lab; labs start at different places so that they rarely meet."""

    def __init__(self, lab: str) -> None:
        seed = hashlib.sha256(lab.encode()).digest()
        self._next = int.from_bytes(seed[:3], "big")
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    def allocate(self, port: int) -> str:
        """A loopback address on which nobody listens at `port`."""
        with self._lock:
            for _ in range(ATTEMPTS):
                address = self._candidate()
                if address not in self._taken and can_listen(address, port):
                    self._taken.add(address)
                    return address
        raise RuntimeError(
            f"no loopback address has port {port} free: something on this machine listens on all of them"
        )

    def free(self, address: str) -> None:
        """Give an address back."""
        with self._lock:
            self._taken.discard(address)

    def _candidate(self) -> str:
        self._next = (self._next + 1) % (2**24)
        second = 16 + (self._next >> 16) % 200
        return f"127.{second}.{(self._next >> 8) % 256}.{1 + self._next % 254}"


def can_listen(address: str, port: int) -> bool:
    """Whether the address and port are free on this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
