"""A server on loopback that does one thing wrong, byte for byte as a test wants it.

A behaviour is a function of one `Line`, run once per connection in a thread of its own. It ends when the
server stops, whatever it is waiting for, and returning from it closes the connection.
"""

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event, Lock, Thread
from typing import Self

ANSWER = b'{"order": {"orderId": "999-1"}}'
CHUNK_BYTES = 64 * 1024


class Line:
    """One connection, seen from the server."""

    def __init__(self, server: "MisbehavingServer", connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._waiting = b""

    def read_request(self) -> bool:
        """Read one whole request; False when the client has hung up instead."""
        while b"\r\n\r\n" not in self._waiting:
            if not self._read_more():
                return False
        head, _, rest = self._waiting.partition(b"\r\n\r\n")
        lengths = [
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        length = lengths[0] if lengths else 0
        while len(rest) < length:
            self._waiting = b""
            if not self._read_more():
                return False
            rest += self._waiting
        self._waiting = rest[length:]
        self._server.requests.append(head + b"\r\n\r\n" + rest[:length])
        return True

    def send(self, data: bytes) -> None:
        """Send all of it; OSError when the client has gone."""
        self._connection.sendall(data)
        self._server.sent_bytes += len(data)

    def drip(self, data: bytes, seconds: float = 0.02) -> None:
        """Send byte after byte, with a pause before each."""
        for n in range(len(data)):
            if self.wait(seconds):
                return
            self.send(data[n : n + 1])

    def wait(self, seconds: float | None = None) -> bool:
        """Do nothing, until the server stops (True) or the time is over (False)."""
        return self._server.stopping.wait(seconds)

    def wait_for_hang_up(self) -> None:
        """Read, and throw away, until the client is gone."""
        while self._read_more():
            self._waiting = b""

    def reset(self) -> None:
        """Break the connection so that the client meets a reset, not an end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read_more(self) -> bool:
        data = self._connection.recv(CHUNK_BYTES)
        self._waiting += data
        return data != b""


Behaviour = Callable[[Line], None]


class MisbehavingServer:
    """Behaves in one way on every connection; a context manager.

    `requests` holds every request in full, `connections` counts them, `hung_up` is set when a
    connection has come to its end on either side.
    """

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.sent_bytes = 0
        self.stopping = Event()
        self.hung_up = Event()
        self._behaviour = behaviour
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._threads: list[Thread] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the server stops
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._start(partial(self._serve, connection))

    def _serve(self, connection: socket.socket) -> None:
        with self._known(connection), contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._behaviour(Line(self, connection))
        self.hung_up.set()

    @contextlib.contextmanager
    def _known(self, connection: socket.socket) -> Iterator[None]:
        with connection, connection.dup() as handle:  # valid before and after TLS
            with self._lock:
                self._open.add(handle)
            try:
                yield
            finally:
                with self._lock:
                    self._open.discard(handle)


def answer(body: bytes = ANSWER, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a whole response; `length` is the Content-Length that it claims."""
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked_head(*headers: str) -> bytes:
    """Return the head of a response whose body comes in chunks."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answers(*responses: bytes) -> Behaviour:
    """Answer the requests of a connection in turn, the last answer again and again."""

    def behave(line: Line) -> None:
        for response in responses:
            if not line.read_request():
                return
            line.send(response)
        while line.read_request():
            line.send(responses[-1])

    return behave


def answers_then_hangs_up(response: bytes) -> Behaviour:
    """Answer one request and close the connection."""

    def behave(line: Line) -> None:
        if line.read_request():
            line.send(response)

    return behave


def drips(response: bytes, at_once: int = 0) -> Behaviour:
    """Send the first bytes at once and the rest a byte at a time."""

    def behave(line: Line) -> None:
        if line.read_request():
            line.send(response[:at_once])
            line.drip(response[at_once:])

    return behave


def endlessly(head: bytes, again: bytes) -> Behaviour:
    """Send a beginning, and then the same bytes for ever."""

    def behave(line: Line) -> None:
        if line.read_request():
            line.send(head)
            while not line.wait(0):
                line.send(again)

    return behave


def says_nothing(line: Line) -> None:
    """Accept the connection, read whatever comes and never answer, not even a TLS greeting."""
    line.wait_for_hang_up()


def says_nothing_after_the_request(line: Line) -> None:
    """Read one whole request and never answer."""
    if line.read_request():
        line.wait_for_hang_up()


def resets(line: Line) -> None:
    """Read the request and break the connection."""
    line.read_request()
    line.reset()
