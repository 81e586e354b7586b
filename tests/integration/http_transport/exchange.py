"""One exchange over the transport, watched: its time, its words, its threads."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.eventually import eventually
from tests.integration.http_transport.misbehaving_server import THREAD_NAME, MisbehavingServer, answer
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


def exchanges() -> set[threading.Thread]:
    """The running threads but for the servers' own."""
    return {thread for thread in threading.enumerate() if thread.name != THREAD_NAME}


@contextmanager
def raises_in_time(error: type[ZonosError], seconds: float = SECONDS) -> Iterator[None]:
    """Expect exactly this error, within the deadline and a little, quoting nothing, leaving no thread."""
    before = exchanges()
    began = time.monotonic()
    with raises_discreetly(error) as caught:
        yield
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    assert "127.0.0.1" not in repr(caught.value)
    assert_ended(before)


def assert_given_up(transport: HttpTransport, server: MisbehavingServer, scheme: str = "http") -> None:
    """Post to a server that is too slow: on time, and with no connection left open."""
    with raises_in_time(ZonosTooSlow):
        post(transport, f"{scheme}://127.0.0.1:{server.port}")
    assert server.hung_up.wait(1), "the connection is still open"


def assert_ended(before: set[threading.Thread]) -> None:
    """Expect that every thread since then ends in a moment: one that goes on could still send the secret."""
    eventually(lambda: not exchanges() - before, seconds=1)
