"""The HTTP server: threads, keep-alive, and the waiting that faults ask for."""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self
from urllib.parse import urlsplit

from tests.sandbox.zonos_simulator import api, pages
from tests.sandbox.zonos_simulator.faults import Fault
from tests.sandbox.zonos_simulator.http_messages import Request, html_error
from tests.sandbox.zonos_simulator.world import World

LARGEST_BODY = 1_000_000


class ZonosSimulator:
    """Zonos on 127.0.0.1; a context manager. Stopped and started again it keeps its address and its world."""

    def __init__(
        self,
        *,
        store_id: str = "999",
        secret: str = "f5bde245-f55e-414d-b722-80b25161c12c",
        success_url: str | None = None,
        clock: Callable[[], float] = time.time,
        first_number: int = 100,
        port: int = 0,
    ) -> None:
        self.world = World(
            store_id=store_id, secret=secret, success_url=success_url, clock=clock, first_number=first_number
        )
        self._port = port
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The address without a slash at its end; known once started."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to answer."""
        self._server = _Server(("127.0.0.1", self._port), self.world)
        self._port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Close every connection at once, the silent ones too. The world stays; a fault ends."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], world: World) -> None:
        self.world = world
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(address, _Handler)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                _hang_up(connection)
        self.world.recover()  # wakes whoever waits in a fault

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that hung up is an ordinary thing here
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Print nothing: the story of the sandbox belongs to whoever started it."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self.wfile.write(html_error(400, "The request body cannot be read.").to_bytes())
            return
        request = Request(
            method=self.command,
            path=urlsplit(self.path).path,
            body=self.rfile.read(int(length)),
            accept=self.headers.get("Accept", "*/*"),
            content_type=self.headers.get("Content-Type", ""),
        )
        if request.path.startswith(("/v1/", "/v2/")):
            self._call_api(request)
        else:
            self.wfile.write(pages.answer(self.server.world, request).to_bytes())

    def _call_api(self, request: Request) -> None:
        world = self.server.world
        api.note_call(world, request)
        exchange = world.exchanges.begin(request.operation, api.order_id_in(request))
        fault = world.fault_on(request.operation)
        answer = world.next_canned_answer(request.operation)
        if answer is None:
            self.server.stopping.wait(world.latency_ms / 1000)
            if fault is not None:
                fault.hold_back()
                answer = fault.answer()
            if self.server.stopping.is_set():
                self.close_connection = True
                return
            answer = answer or api.answer(world, request)
        world.exchanges.end(exchange, answer.status)
        if fault is not None and fault.kind == "drip":
            self._drip(answer.to_bytes(), fault)
        else:
            self.wfile.write(answer.to_bytes())

    def _drip(self, response: bytes, fault: Fault) -> None:
        """Send the status line, the headers and the body byte by byte; the rest at once when healed."""
        for sent in range(len(response)):
            if fault.ended.is_set():
                self.wfile.write(response[sent:])
                return
            self.wfile.write(response[sent : sent + 1])
            fault.ended.wait(fault.seconds)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it may have been closed already
        connection.shutdown(socket.SHUT_RDWR)
