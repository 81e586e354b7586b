"""What is larger than its limit is cut off, packed or not, in little memory."""

import gzip
import tracemalloc

import pytest

from tests.integration.http_transport.exchange import LIMIT_BYTES, Serve, post, raises_in_time
from tests.integration.http_transport.misbehaving_server import (
    Behaviour,
    answer,
    answers,
    chunked_head,
    endlessly,
)
from zonos_orders.errors import AnswerTooLarge
from zonos_orders.http_transport import HttpTransport


def zeros(megabytes: int) -> bytes:
    return gzip.compress(bytes(megabytes * 1024 * 1024))


BOMB = zeros(64)
TOO_LARGE: dict[str, Behaviour] = {
    "without an end": endlessly(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
    "a redirect without an end": endlessly(
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n", b" " * 65536
    ),
    "in endless chunks": endlessly(chunked_head(), b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "in one huge chunk": endlessly(chunked_head() + b"ffffffff\r\n", b" " * 65536),
    "with a huge length": endlessly(answer(b"", length=10**12), b" " * 65536),
    "a bomb": answers(answer(BOMB, "Content-Encoding: gzip")),
    "a bomb in one chunk": answers(
        chunked_head("Content-Encoding: gzip") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BOMB), BOMB)
    ),
    "a bomb in a bomb": answers(answer(gzip.compress(BOMB), "Content-Encoding: gzip, gzip")),
    "a bomb that will close": answers(answer(BOMB, "Content-Encoding: gzip", "Connection: close")),
}


@pytest.mark.parametrize("behaviour", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_too_large_is_cut_off_in_little_memory(
    serve: Serve, transport: HttpTransport, behaviour: Behaviour
) -> None:
    server = serve(behaviour)
    tracemalloc.start()
    try:
        with raises_in_time(AnswerTooLarge, 5.0):
            post(transport, server.url, 5.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 6 * LIMIT_BYTES
    assert server.hung_up.wait(1), "the connection is still open"
    assert server.sent_bytes < 16 * LIMIT_BYTES  # the buffers between us and it


def test_the_limit_itself_is_not_too_large(serve: Serve, transport: HttpTransport) -> None:
    server = serve(answers(answer(b" " * LIMIT_BYTES)))

    assert len(post(transport, server.url, 5.0).body) == LIMIT_BYTES
    with raises_in_time(AnswerTooLarge, 5.0):
        post(transport, server.url, 5.0, limit=LIMIT_BYTES - 1)
