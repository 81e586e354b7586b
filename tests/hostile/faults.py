"""Everything that can go wrong with an answer on its way, as a server does it byte for byte."""

import gzip
import json
from collections.abc import Callable
from functools import partial

from tests.integration.http_transport.misbehaving_server import (
    Line,
    MisbehavingServer,
    answer,
    chunked_head,
)

# What a server does about a request that it has read; the connection is closed after it.
Fault = Callable[[Line], None]

_PRIVATE = json.dumps({"order": {"orderId": "999-2", "email": "canary@example.com", "notes": "x" * 4096}})
LONG = answer(_PRIVATE.encode())
HEAD_BYTES = LONG.index(b"\r\n\r\n") + 4
_HTML = b"<html><body>canary@example.com</body></html>"
_BOMB = gzip.compress(bytes(128 * 1024 * 1024))


def sends(response: bytes) -> Fault:
    return lambda line: line.send(response)


def says(status: str, body: bytes = _HTML, *headers: str) -> Fault:
    return sends(answer(body, *headers, status=status))


def silent(line: Line) -> None:
    line.wait_for_hang_up()


def drips(at_once: int, line: Line) -> None:
    line.send(LONG[:at_once])
    line.drip(LONG[at_once:])


def endless(head: bytes, again: bytes, line: Line) -> None:
    line.send(head)
    while not line.wait(0):
        line.send(again)


# By the class of the error that the whole of it comes to.
UNAVAILABLE: dict[str, Fault] = {
    "reset": Line.reset,
    "hangs up": lambda line: None,
    "cut off in the body": sends(LONG[: HEAD_BYTES + 40]),
    "cut off in a chunk": sends(chunked_head() + b"ff\r\n{}"),
    "not HTTP": sends(b"SSH-2.0-OpenSSH_9.6\r\n" * 10),
    "not compressed as it says": says("200 OK", b"{}", "Content-Encoding: gzip"),
    "429 with Retry-After": says("429 Too Many Requests", b'{"error": "slow down"}', "Retry-After: 86400"),
    "500 as documented": says("500 Error", '{"error": "Couldn\u2019t process order details"}'.encode()),
    "502 HTML": says("502 Bad Gateway"),
    "503 without a body": says("503 Service Unavailable", b""),
}
TOO_SLOW: dict[str, Fault] = {
    "silent": silent,
    "drips its headers": partial(drips, 0),
    "drips its body": partial(drips, HEAD_BYTES),
}
UNEXPECTED: dict[str, Fault] = {
    "200 HTML": says("200 OK"),
    "200 with an error": says("200 OK", b'{"error": "canary@example.com is wrong"}'),
    "200 and nothing": says("200 OK", b""),
    "cut off in the headers": sends(LONG[:20]),  # http.client takes the end of the line for that of the head
    "null": says("200 OK", b"null"),
    "a list": says("200 OK", b"[]"),
    "a text": says("200 OK", b'"canary@example.com"'),
    "cut off JSON of the right length": says("200 OK", _PRIVATE[:200].encode()),
    "a byte order mark and UTF-16": says("200 OK", _PRIVATE.encode("utf-16")),
    "Latin-1 under its own label": says("200 OK", '{"order": "\xe9"}'.encode("latin-1")),
    "301 to another host": says("301 Moved", b"", "Location: https://elsewhere.invalid/"),
    "307 to another host": says("307 Temporary Redirect", b"", "Location: https://elsewhere.invalid/"),
    "404 HTML": says("404 Not Found"),
}
REJECTED: dict[str, Fault] = {"406 HTML": says("406 Not Acceptable"), "415 HTML": says("415 Unsupported")}
TOO_LARGE: dict[str, Fault] = {
    "a bomb": says("200 OK", _BOMB, "Content-Encoding: gzip"),
    "endless": partial(endless, b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
    "endless chunks": partial(endless, chunked_head(), b"10000\r\n" + b" " * 65536 + b"\r\n"),
}
FAULTS: dict[str, dict[str, Fault]] = {
    "ZonosUnavailable": UNAVAILABLE,
    "ZonosTooSlow": TOO_SLOW,
    "UnexpectedAnswer": UNEXPECTED,
    "RequestRejected": REJECTED,
    "AnswerTooLarge": TOO_LARGE,
}


class FaultyZonos:
    """A server that lists three orders and shows them, but for `fault`.

    It happens to whatever request holds `about`: an order's id, or the name of an operation. One request at
    a time, or it would not be known which one is asked.
    """

    ORDERS = ("999-1", "999-2", "999-3")

    def __init__(self, fault: Fault, about: bytes) -> None:
        self.server = MisbehavingServer(self._behave)
        self.about = about
        self._fault = fault

    def _behave(self, line: Line) -> None:
        while line.read_request():
            request = self.server.requests[-1]
            if self.about in request:
                self._fault(line)
                return
            line.send(answer(self._right_answer(request)))

    def _right_answer(self, request: bytes) -> bytes:
        if b"/v1/orderNumbers " in request:
            return json.dumps({"orders": [{"id": order_id} for order_id in self.ORDERS]}).encode()
        order_id = json.loads(request.partition(b"\r\n\r\n")[2])["orderId"]
        return json.dumps(
            {"order": {"orderId": order_id, "orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}}
        ).encode()
