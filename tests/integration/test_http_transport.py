"""The transport against servers that really misbehave: on time, typed, and with nothing left running."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests.adapters
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.misbehaving_server import (
    ANSWER,
    THREAD_NAME,
    Behaviour,
    Line,
    MisbehavingServer,
    answer,
    answers,
    answers_then_hangs_up,
    chunked_head,
    drips,
    endlessly,
    resets,
    says_nothing,
    says_nothing_after_the_request,
)
from zonos_orders import http_transport
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import AnswerTooLarge, ZonosError, ZonosTooSlow, ZonosUnavailable
from zonos_orders.http_transport import HttpTransport
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

SECRET = "canary-secret-3f9c"
BUYER = "canary-buyer@example.com"
SECONDS = 0.4
GRACE_SECONDS = 0.5
LIMIT_BYTES = 1024 * 1024
BODY = f'{{"store": "999", "secret": "{SECRET}", "orderId": "999-1"}}'.encode()

LONG_ANSWER = answer(b'{"order": {"email": "' + BUYER.encode() + b'", "notes": "' + b"x" * 4096 + b'"}}')
HEAD_BYTES = LONG_ANSWER.index(b"\r\n\r\n") + 4
CLOSING_ANSWER = answer(LONG_ANSWER[HEAD_BYTES:], "Connection: close")
CLOSING_HEAD_BYTES = CLOSING_ANSWER.index(b"\r\n\r\n") + 4


@pytest.fixture
def transport() -> HttpTransport:
    return HttpTransport(4)


@pytest.fixture
def serve() -> Iterator[Callable[..., MisbehavingServer]]:
    with ExitStack() as stack:
        yield lambda *args: stack.enter_context(MisbehavingServer(*args))


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
    with pytest.raises(error) as caught:
        yield
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    assert type(caught.value) is error
    for canary in (SECRET, BUYER, "127.0.0.1"):
        assert canary not in repr(caught.value)
    assert_ended(before)


def assert_ended(before: set[threading.Thread]) -> None:
    until = time.monotonic() + 1
    while exchanges() - before and time.monotonic() < until:
        time.sleep(0.01)
    assert not exchanges() - before, "a thread of the exchange goes on"


# What is answered


def test_an_answer_comes_back_whole(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(answers(answer(ANSWER, "Retry-After: 7", status="503 Service Unavailable")))

    answered = post(transport, server.url)

    assert (answered.status, answered.body) == (503, ANSWER)
    assert answered.headers["retry-after"] == "7"


def test_the_request_is_sent_once_and_as_it_is(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(answers(answer()))

    post(transport, server.url)

    (sent,) = server.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/orderDetail HTTP/1.1\r\n")
    assert {b"accept: application/json", b"content-type: application/json"} <= set(
        head.lower().split(b"\r\n")
    )
    assert body == BODY


def test_the_label_of_the_text_changes_no_byte(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    body = '{"name": "Ada María Sample-Örn"}'.encode()
    labelled = answer(body).replace(b"application/json", b"text/plain; charset=ISO-8859-1")
    server = serve(answers(labelled))

    assert post(transport, server.url).body == body


def test_a_compressed_answer_is_unpacked(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(answers(answer(gzip.compress(ANSWER), "Content-Encoding: gzip")))

    assert post(transport, server.url).body == ANSWER


def test_an_answer_in_chunks_is_put_together(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in ANSWER) + b"0\r\n\r\n"
    server = serve(answers(chunked_head() + chunks))

    assert post(transport, server.url).body == ANSWER


@pytest.mark.parametrize(
    "status", ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_a_redirect_is_an_answer_and_the_secret_goes_nowhere_else(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, status: str
) -> None:
    elsewhere = serve(answers(answer()))
    server = serve(answers(answer(b"", f"Location: {elsewhere.url}/v2/orderDetail", status=status)))

    answered = post(transport, server.url)

    assert answered.status == int(status[:3])
    assert elsewhere.connections == 0


def test_no_proxy_and_no_password_file_of_the_machine_is_used(
    serve: Callable[..., MisbehavingServer],
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


def test_cookies_are_not_kept(serve: Callable[..., MisbehavingServer], transport: HttpTransport) -> None:
    server = serve(answers(answer(ANSWER, "Set-Cookie: session=1; Path=/")))

    for _ in range(2):
        post(transport, server.url)

    assert len(server.requests) == 2
    assert not any(b"\r\ncookie:" in sent.lower() for sent in server.requests)


# Connections


def test_two_posts_share_one_connection(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(answers(answer()))

    for _ in range(2):
        assert post(transport, server.url).body == ANSWER

    assert (len(server.requests), server.connections) == (2, 1)


def test_a_connection_that_zonos_has_closed_meanwhile_is_opened_again(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(answers_then_hangs_up(answer()))
    post(transport, server.url)
    assert server.hung_up.wait(1)

    assert post(transport, server.url).body == ANSWER
    assert server.connections == 2


@pytest.mark.parametrize("then", [b"", LONG_ANSWER], ids=["goes silent", "drips"])
def test_a_reused_connection_is_given_up_at_the_deadline_as_well(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, then: bytes
) -> None:
    def behave(line: Line) -> None:
        if line.read_request():
            line.send(answer())
        if line.read_request():
            line.drip(then)
            line.wait_for_hang_up()

    server = serve(behave)
    post(transport, server.url)

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)

    assert (len(server.requests), server.connections) == (2, 1)
    assert server.hung_up.wait(1)


def test_after_a_call_that_was_given_up_the_next_one_gets_a_connection_of_its_own(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    in_turn = iter([says_nothing, answers(answer())])

    def behave(line: Line) -> None:
        next(in_turn)(line)

    server = serve(behave)
    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)

    assert post(transport, server.url).body == ANSWER


def test_a_call_that_is_given_up_leaves_those_beside_it_alone(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    def late(line: Line) -> None:
        if line.read_request() and not line.wait(SECONDS + 0.2):
            line.send(answer())

    silent, slow = serve(says_nothing), serve(late)
    with ThreadPoolExecutor(4) as pool:
        beside = [pool.submit(post, transport, slow.url, 3.0) for _ in range(3)]
        given_up = pool.submit(post, transport, silent.url)

        with pytest.raises(ZonosTooSlow):
            given_up.result()
        assert [call.result().body for call in beside] == [ANSWER] * 3


# What breaks


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
def test_a_broken_answer_is_no_answer(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, behaviour: Behaviour
) -> None:
    server = serve(behaviour)

    with raises_in_time(ZonosUnavailable):
        post(transport, server.url)

    assert len(server.requests) == 1  # retries are not this layer's


# What takes too long

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
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, behaviour: Behaviour
) -> None:
    server = serve(behaviour)

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)

    assert server.hung_up.wait(1), "the connection is still open"


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_without_time_nothing_is_sent(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, seconds: float
) -> None:
    server = serve(answers(answer()))

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url, seconds)

    assert server.connections == 0


def test_a_name_that_is_not_resolved_in_time_is_not_waited_for(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answers(answer()))
    before = exchanges()
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
    resolved.set()  # at last, and too late: the secret must not go out any more
    assert_ended(before)
    assert server.requests == []


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


# What is too large


def zeros(megabytes: int) -> bytes:
    return gzip.compress(bytes(megabytes * 1024 * 1024))


BOMB = zeros(64)
TOO_LARGE: dict[str, Behaviour] = {
    "without an end": endlessly(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
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
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, behaviour: Behaviour
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


def test_the_limit_itself_is_not_too_large(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(answers(answer(b" " * LIMIT_BYTES)))

    assert len(post(transport, server.url, 5.0).body) == LIMIT_BYTES
    with raises_in_time(AnswerTooLarge, 5.0):
        post(transport, server.url, 5.0, limit=LIMIT_BYTES - 1)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback that nobody has signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "loopback.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's bundle of authorities holds the test's certificate."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificate))


def test_a_greeting_that_never_comes_is_not_waited_for(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(says_nothing)

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url.replace("http:", "https:"))

    assert server.hung_up.wait(1)


def test_a_greeting_that_drips_is_not_waited_for(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    # A TLS record that says it is 16 KB long and never ends.
    server = serve(lambda line: line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 4096))

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url.replace("http:", "https:"))

    assert server.hung_up.wait(1)


def test_plain_http_where_tls_is_expected(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport
) -> None:
    server = serve(lambda line: line.send(answer()))

    with raises_in_time(ZonosUnavailable):
        post(transport, server.url.replace("http:", "https:"))


def test_a_server_that_nobody_vouches_for_gets_no_secret(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, tls: ssl.SSLContext
) -> None:
    server = serve(answers(answer()), tls)

    with raises_in_time(ZonosUnavailable):
        post(transport, server.url)

    assert server.connections == 1
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_an_encrypted_connection_is_reused(
    serve: Callable[..., MisbehavingServer], transport: HttpTransport, tls: ssl.SSLContext
) -> None:
    server = serve(answers(answer()), tls)

    for _ in range(2):
        assert post(transport, server.url, 5.0).body == ANSWER

    assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "behaviour",
    [
        says_nothing_after_the_request,
        drips(LONG_ANSWER),
        drips(LONG_ANSWER, at_once=HEAD_BYTES),
        drips(CLOSING_ANSWER, at_once=CLOSING_HEAD_BYTES),
    ],
    ids=["silent", "drips its headers", "drips its body", "drips its body and will close"],
)
def test_no_server_stretches_the_deadline_behind_tls(
    serve: Callable[..., MisbehavingServer],
    transport: HttpTransport,
    tls: ssl.SSLContext,
    behaviour: Behaviour,
) -> None:
    server = serve(behaviour, tls)

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)

    assert len(server.requests) == 1
    assert server.hung_up.wait(1), "the connection is still open"
