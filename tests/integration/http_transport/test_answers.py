"""What is sent and what comes back: whole, once, and nowhere else."""

import contextlib
import gzip
import logging
from pathlib import Path

import pytest

from tests.integration.http_transport.exchange import BODY, Serve, post
from tests.integration.http_transport.misbehaving_server import ANSWER, answer, answers, chunked_head
from zonos_orders.errors import ZonosError
from zonos_orders.http_transport import HttpTransport


def test_an_answer_comes_back_whole(serve: Serve, transport: HttpTransport) -> None:
    server = serve(answers(answer(ANSWER, "Retry-After: 7", status="503 Service Unavailable")))

    answered = post(transport, server.url)

    assert (answered.status, answered.body) == (503, ANSWER)
    assert answered.headers["retry-after"] == "7"


def test_the_request_is_sent_once_and_as_it_is(serve: Serve, transport: HttpTransport) -> None:
    server = serve(answers(answer()))

    post(transport, server.url)

    (sent,) = server.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/orderDetail HTTP/1.1\r\n")
    assert {b"accept: application/json", b"content-type: application/json"} <= set(
        head.lower().split(b"\r\n")
    )
    assert body == BODY


def test_the_label_of_the_text_changes_no_byte(serve: Serve, transport: HttpTransport) -> None:
    body = '{"name": "Ada María Sample-Örn"}'.encode()
    labelled = answer(body).replace(b"application/json", b"text/plain; charset=ISO-8859-1")
    server = serve(answers(labelled))

    assert post(transport, server.url).body == body


def test_a_compressed_answer_is_unpacked(serve: Serve, transport: HttpTransport) -> None:
    server = serve(answers(answer(gzip.compress(ANSWER), "Content-Encoding: gzip")))

    assert post(transport, server.url).body == ANSWER


def test_an_answer_in_chunks_is_put_together(serve: Serve, transport: HttpTransport) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in ANSWER) + b"0\r\n\r\n"
    server = serve(answers(chunked_head() + chunks))

    assert post(transport, server.url).body == ANSWER


@pytest.mark.parametrize(
    "status", ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_a_redirect_is_an_answer_and_the_secret_goes_nowhere_else(
    serve: Serve, transport: HttpTransport, status: str
) -> None:
    elsewhere = serve(answers(answer()))
    server = serve(answers(answer(b"", f"Location: {elsewhere.url}/v2/orderDetail", status=status)))

    answered = post(transport, server.url)

    assert answered.status == int(status[:3])
    assert elsewhere.connections == 0


def test_no_proxy_and_no_password_file_of_the_machine_is_used(
    serve: Serve,
    transport: HttpTransport,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    proxy = serve(answers(answer()))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    server = serve(answers(answer()))

    post(transport, server.url)

    assert proxy.connections == 0
    assert b"authorization" not in server.requests[0].lower()


def test_cookies_are_not_kept(serve: Serve, transport: HttpTransport) -> None:
    server = serve(answers(answer(ANSWER, "Set-Cookie: session=1; Path=/")))

    for _ in range(2):
        post(transport, server.url)

    assert len(server.requests) == 2
    assert not any(b"\r\ncookie:" in sent.lower() for sent in server.requests)


def test_nothing_that_was_received_is_logged(
    serve: Serve, transport: HttpTransport, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(answers(answer(ANSWER, "ada@example.com is no header line")))
    with caplog.at_level(logging.DEBUG), contextlib.suppress(ZonosError):
        post(transport, server.url)
    assert "ada@example.com" not in caplog.text
