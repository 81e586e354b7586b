"""What a look at a real account may send: the two calls that read, and nothing else."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from tests.sandbox.loopback import LoopbackServer, QuietHandler
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosError
from zonos_orders.zonos_api import HttpAnswer, HttpRequest, order_detail, order_numbers
from zonos_orders.zonos_client import Transport

_CALLS: Final = (order_detail(order_id="1"), order_numbers(since_order_id="1"))
# The path of each call, with the largest answer that it may have.
READS: Final = {call.path: call.max_answer_bytes for call in _CALLS}
_SECONDS: Final = 30.0  # whoever asks has a deadline of its own, and hangs up before this one


class WouldWrite(Exception):
    """Something tried to send another call than the two that read; it was not sent."""


class ReadOnlyTransport:
    """A transport that lets the two reading calls pass, and raises `WouldWrite` for any other."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Send a POST of one of the two calls and return the answer, whatever its status."""
        if urlsplit(request.url).path not in READS:
            raise WouldWrite("only orderDetail and orderNumbers are sent to a real account")
        return self._transport.post(request, deadline)


class ReadOnlyGate(LoopbackServer):
    """The only way from a sandbox to a real Zonos: on 127.0.0.1, open for the two reading calls.

    Any other call is answered with 403 here, and never sent. Zonos not being reached is a 502.
    """

    def __init__(self, transport: Transport, zonos_url: str) -> None:
        read_only = ReadOnlyTransport(transport)
        clock = Clock()

        class Handler(QuietHandler):
            def serve(self) -> None:
                body = self.body()
                if self.command != "POST" or self.path not in READS:
                    self.reply(403, [], b"")
                    return
                largest = READS[self.path]
                request = HttpRequest(zonos_url.rstrip("/") + self.path, body, largest)
                try:
                    answer = read_only.post(request, Deadline.after(_SECONDS, clock))
                except WouldWrite:
                    self.reply(403, [], b"")
                except ZonosError:
                    self.reply(502, [], b"")
                else:
                    kept = [
                        (name, answer.headers[name])
                        for name in ("content-type", "retry-after")
                        if name in answer.headers
                    ]
                    self.reply(answer.status, kept, bytes(answer.body))

        super().__init__(Handler)
