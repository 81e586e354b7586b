"""What breaks on the way is no answer, and is not tried again here."""

import socket
from contextlib import closing
from typing import Any

import pytest

from tests.integration.http_transport.exchange import HEAD_BYTES, LONG_ANSWER, Serve, post, raises_in_time
from tests.integration.http_transport.misbehaving_server import (
    ANSWER,
    Behaviour,
    answer,
    answers,
    answers_then_hangs_up,
    chunked_head,
    resets,
)
from zonos_orders.errors import ZonosUnavailable
from zonos_orders.http_transport import HttpTransport


def test_nobody_listens(transport: HttpTransport) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

    with raises_in_time(ZonosUnavailable):
        post(transport, url)


def test_the_name_is_unknown(transport: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with raises_in_time(ZonosUnavailable):
        post(transport, "http://zonos.invalid")


BROKEN: dict[str, Behaviour] = {
    "reset": resets,
    "hangs up without a word": answers_then_hangs_up(b""),
    "cut off in the status line": answers_then_hangs_up(LONG_ANSWER[:9]),
    "cut off in the body": answers_then_hangs_up(LONG_ANSWER[: HEAD_BYTES + 40]),
    "content length too long": answers_then_hangs_up(answer(ANSWER, length=len(ANSWER) + 1)),
    "content length twice": answers(answer(ANSWER, "Content-Length: 5")),
    "content length far too large, then cut": answers_then_hangs_up(answer(ANSWER, length=10**12)),
    "chunk without a length": answers(chunked_head() + b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunk of negative length": answers(chunked_head() + b"-5\r\n{}\r\n0\r\n\r\n"),
    "chunk cut off": answers_then_hangs_up(chunked_head() + b"ff\r\n{}"),
    "chunks without an end": answers_then_hangs_up(chunked_head() + b"2\r\n{}\r\n"),
    "not compressed as it says": answers(answer(ANSWER, "Content-Encoding: gzip")),
    "not HTTP": answers_then_hangs_up(b"SSH-2.0-OpenSSH_9.6\r\n" * 10),
    "a status that is no number": answers_then_hangs_up(b"HTTP/1.1 abc OK\r\n\r\n"),
    "a status line without an end": answers_then_hangs_up(b"HTTP/1.1 200 " + b"x" * 200_000),
    "a header without an end": answers_then_hangs_up(answer(ANSWER, "X-Long: " + "x" * 200_000)),
    "a thousand headers": answers_then_hangs_up(answer(ANSWER, *[f"X-{n}: {n}" for n in range(1000)])),
}


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_no_answer(serve: Serve, transport: HttpTransport, behaviour: Behaviour) -> None:
    server = serve(behaviour)

    with raises_in_time(ZonosUnavailable):
        post(transport, server.url)

    assert len(server.requests) == 1  # retries are not this layer's
