"""Whatever a server does, an exchange ends at its deadline and leaves nothing running."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from tests.integration.eventually import eventually
from tests.integration.http_transport.exchange import (
    CLOSING_ANSWER,
    CLOSING_HEAD_BYTES,
    GRACE_SECONDS,
    HEAD_BYTES,
    LONG_ANSWER,
    SECONDS,
    Serve,
    assert_ended,
    assert_given_up,
    exchanges,
    post,
    raises_in_time,
)
from tests.integration.http_transport.misbehaving_server import (
    Behaviour,
    answer,
    answers,
    chunked_head,
    drips,
    endlessly,
    says_nothing,
    says_nothing_after_the_request,
)
from zonos_orders import http_transport
from zonos_orders.errors import ZonosTooSlow, ZonosUnavailable
from zonos_orders.http_transport import HttpTransport

TOO_SLOW: dict[str, Behaviour] = {
    "silent from the beginning": says_nothing,
    "silent after the request": says_nothing_after_the_request,
    "drips its headers": drips(LONG_ANSWER),
    "drips its body": drips(LONG_ANSWER, at_once=HEAD_BYTES),
    "drips its body and will close": drips(CLOSING_ANSWER, at_once=CLOSING_HEAD_BYTES),
    "drips a body without a length": drips(
        b"HTTP/1.0 200 OK\r\n\r\n" + LONG_ANSWER[HEAD_BYTES:], at_once=len(b"HTTP/1.0 200 OK\r\n\r\n")
    ),
    "drips its chunks": drips(chunked_head() + b"1\r\nx\r\n" * 1000, at_once=len(chunked_head())),
    "drips chunk extensions": drips(chunked_head() + b"1;" + b"x" * 4000, at_once=len(chunked_head())),
    "drips a compressed body": drips(
        answer(gzip.compress(LONG_ANSWER, 0), "Content-Encoding: gzip"), at_once=HEAD_BYTES
    ),
    "begins again and again": drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
}


@pytest.mark.parametrize("behaviour", TOO_SLOW.values(), ids=TOO_SLOW.keys())
def test_no_server_stretches_the_deadline(
    serve: Serve, transport: HttpTransport, behaviour: Behaviour
) -> None:
    server = serve(behaviour)

    assert_given_up(transport, server)


def test_an_answer_that_never_pauses_stretches_no_deadline(serve: Serve, transport: HttpTransport) -> None:
    """The server may notice late: the kernel lets it wait for room to send, though nobody reads any more."""
    server = serve(endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000))

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_without_time_nothing_is_sent(serve: Serve, transport: HttpTransport, seconds: float) -> None:
    server = serve(answers(answer()))

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url, seconds)

    assert server.connections == 0


def test_a_name_that_is_not_resolved_in_time_is_not_waited_for(
    serve: Serve, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answers(answer()))
    resolve = socket.getaddrinfo
    resolved = threading.Event()

    def slow(*args: Any, **kwargs: Any) -> Any:
        assert resolved.wait(10)
        return resolve(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()

    with pytest.raises(ZonosTooSlow):
        post(transport, server.url)

    assert time.monotonic() - began < SECONDS + GRACE_SECONDS
    assert exchanges()
    resolved.set()  # at last, and too late: the secret must not go out any more
    assert_ended()
    assert server.requests == []


def test_an_answer_that_keeps_the_processor_busy_is_not_waited_for(
    serve: Serve, transport: HttpTransport
) -> None:
    """The parser of headers takes the square of the semicolons: some seconds here, with nothing to read."""
    head = b'HTTP/1.1 200 OK\r\nContent-Type: multipart/x; a="' + b";" * 65_000
    server = serve(answers(head + b"\r\nContent-Length: 2\r\n\r\n{}"))
    began = time.monotonic()

    with pytest.raises(ZonosTooSlow):
        post(transport, server.url)

    assert time.monotonic() - began < SECONDS + GRACE_SECONDS
    eventually(lambda: not exchanges(), seconds=60)


def test_a_connection_that_is_not_accepted_is_no_slow_answer(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for less, which is what one does about a slow answer, opens no connection."""
    monkeypatch.setattr(http_transport, "_CONNECT_SECONDS", 0.2)
    with full_backlog() as url, raises_in_time(ZonosUnavailable, 0.2):
        post(transport, url, 5.0)


def test_a_connection_that_is_not_accepted_in_the_time_left_is_given_up(transport: HttpTransport) -> None:
    with full_backlog() as url, raises_in_time(ZonosTooSlow):
        post(transport, url)


@contextmanager
def full_backlog() -> Iterator[str]:
    """A port that lets connections wait: its queue is full and nobody takes any out."""
    with ExitStack() as stack:
        listener = stack.enter_context(closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
