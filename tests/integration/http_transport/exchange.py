"""One exchange over the transport, watched: its time, its words, and whether it goes on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.eventually import eventually
from tests.integration.http_transport.misbehaving_server import MisbehavingServer, answer
from zonos_orders import http_transport
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosError, ZonosTooSlow
from zonos_orders.http_transport import HttpTransport
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

Serve = Callable[..., MisbehavingServer]

SECRET = "canary-secret-3f9c"
SECONDS = 0.4
GRACE_SECONDS = 0.5
LIMIT_BYTES = 1024 * 1024
BODY = f'{{"store": "999", "secret": "{SECRET}", "orderId": "999-1"}}'.encode()
LONG_ANSWER = answer(b'{"order": {"email": "' + CANARY.encode() + b'", "notes": "' + b"x" * 4096 + b'"}}')
HEAD_BYTES = LONG_ANSWER.index(b"\r\n\r\n") + 4
CLOSING_ANSWER = answer(LONG_ANSWER[HEAD_BYTES:], "Connection: close")
CLOSING_HEAD_BYTES = CLOSING_ANSWER.index(b"\r\n\r\n") + 4


def request(url: str, limit: int = LIMIT_BYTES) -> HttpRequest:
    return HttpRequest(url + "/v2/orderDetail", BODY, limit)


def post(
    transport: HttpTransport, url: str, seconds: float = SECONDS, limit: int = LIMIT_BYTES
) -> HttpAnswer:
    return transport.post(request(url, limit), Deadline.after(seconds, Clock()))


def exchanges() -> set[int]:
    """The threads in the middle of an exchange, by their numbers."""
    return {thread for thread, frame in sys._current_frames().items() if _is_in_an_exchange(frame)}


def _is_in_an_exchange(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not http_transport._Exchange.run.__code__:
        frame = frame.f_back
    return frame is not None


@contextmanager
def raises_in_time(error: type[ZonosError], seconds: float = SECONDS) -> Iterator[None]:
    """Expect exactly this error, within the deadline and a little, quoting nothing, with nothing going on."""
    began = time.monotonic()
    with raises_discreetly(error) as caught:
        yield
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    assert "127.0.0.1" not in repr(caught.value)
    assert_ended()


def assert_given_up(transport: HttpTransport, server: MisbehavingServer, scheme: str = "http") -> None:
    """Post to a server that is too slow: on time, and with no connection left open."""
    with raises_in_time(ZonosTooSlow):
        post(transport, f"{scheme}://127.0.0.1:{server.port}")
    assert server.hung_up.wait(1), "the connection is still open"


def assert_ended() -> None:
    """Expect that every exchange ends in a moment: one that goes on could still send the secret."""
    eventually(lambda: not exchanges(), seconds=1)
