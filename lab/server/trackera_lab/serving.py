"""HTTP/1.1 on loopback: one thread per connection, connections kept open, and the power to cut one off.

A fault must be able to lose an answer, so the application returns either an answer or nothing; nothing resets the
connection, which is how a dead region or a lost answer looks to a client. No access log: it costs a third of the
throughput, and the call log says more.
"""

from __future__ import annotations

import http.client
import http.server
import io
import select
import socket
import struct
import sys
import urllib.parse
from collections.abc import Callable
from typing import Any

from trackera_lab.answers import Answer

MAX_BODY = 256 * 1024 * 1024
CONNECTION = "trackera_lab.connection"
"""The environment's key for the `Connection` of a request."""


class Connection:
    """The client's side of a request that is being served."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream

    def gone(self) -> bool:
        """Whether the client has hung up, so that nobody waits for the answer any more."""
        try:
            readable, _, _ = select.select([self._stream], [], [], 0)
            return bool(readable) and self._stream.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True


Application = Callable[[dict[str, Any]], "Answer | None"]


class Server(http.server.ThreadingHTTPServer):
    """The listening socket."""

    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def __init__(self, port: int, application: Application) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.application = application

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is."""
        failure = sys.exc_info()[1]
        if not isinstance(failure, OSError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def serve(self) -> None:
        """Read one request, ask the application, answer or cut off."""
        body = self._body()
        if body is None:
            return
        answer = self.server.application(self._environ(body))
        if answer is None:
            self._sever()
        else:
            self._send(answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = serve

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the name is the base class's)
        """No access log."""

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.send_error(413)
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        pieces, total = [], 0
        while True:
            try:
                size = int(self.rfile.readline(1024).split(b";")[0], 16)
            except ValueError:
                size = -1
            total += max(size, 0)
            if size < 0 or total > MAX_BODY:
                self.send_error(400)
                self.close_connection = True
                return None
            if size == 0:
                while self.rfile.readline(1024).strip():
                    pass
                return b"".join(pieces)
            pieces.append(self.rfile.read(size))
            self.rfile.readline(8)

    def _environ(self, body: bytes) -> dict[str, Any]:
        raw_path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": urllib.parse.unquote_to_bytes(raw_path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CONNECTION: Connection(self.connection),
        }
        self._header_variables(environ)
        return environ

    def _header_variables(self, environ: dict[str, Any]) -> None:
        from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, environ_key_for_header

        preserved: dict[str, str] = {}
        for name, value in self.headers.items():
            key = environ_key_for_header(name)
            if key in ("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
                continue
            # CGI folds `_` and `-`; S3 keeps them apart in the names of user metadata and nowhere else.
            if "_" in name:
                if not name.lower().startswith("x-amz-meta-"):
                    continue
                preserved[key] = name
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved

    def _send(self, answer: Answer) -> None:
        reason = http.client.responses.get(answer.status, "")
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        has_length = False
        for name, value in answer.headers:
            lowered = name.lower()
            if lowered in ("connection", "transfer-encoding"):
                continue
            # The answer to HEAD states a length that it does not carry.
            if lowered == "content-length":
                if self.command != "HEAD":
                    continue
                has_length = True
            lines.append(f"{name}: {value}")
        if not has_length and answer.status != 204:
            lines.append(f"Content-Length: {len(answer.body)}")
        lines.append("Connection: close" if self.close_connection else "Connection: keep-alive")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        body = b"" if self.command == "HEAD" or answer.status == 204 else answer.body
        self.wfile.write(head + body)

    def _sever(self) -> None:
        """Reset the connection: with nothing lingering, the kernel answers RST instead of a polite end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
