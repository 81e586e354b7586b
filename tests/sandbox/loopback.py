"""Small HTTP servers on 127.0.0.1, on a free port, in a thread of their own."""

from __future__ import annotations

import sys
import traceback
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

HOST: Final = "127.0.0.1"
_LOOPBACK: Final = {HOST, "localhost", "::1"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Report what went wrong, but not that a client went away: clients may."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


def is_of_this_machine(host: str, origin: str | None) -> bool:
    """Say whether a request comes from this machine, and from no web page of another: browsers tell.

    `host` and `origin` are its headers. A page elsewhere could otherwise press buttons here, or read answers.
    """
    asked = urlsplit(f"//{host}").hostname
    asking = asked if origin is None else urlsplit(origin).hostname
    return asked in _LOOPBACK and asking in _LOOPBACK


class LoopbackServer:
    """Answer requests with `handler` from construction until `close`."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = _Server((HOST, 0), handler)
        self.port: Final[int] = self._server.server_address[1]
        self.url: Final = f"http://{HOST}:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.socket.close()


class QuietHandler(BaseHTTPRequestHandler, ABC):
    """Answer every method by `serve`, in HTTP/1.1, and write nothing to stderr."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @abstractmethod
    def serve(self) -> None:
        """Answer one request."""

    def _serve(self) -> None:
        if is_of_this_machine(self.headers.get("Host", ""), self.headers.get("Origin")):
            self.serve()
        else:
            self.reply(403, [("Connection", "close")], b"")

    # The names that http.server looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - not ours

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the inherited name
        return

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
