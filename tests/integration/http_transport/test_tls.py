"""Encrypted exchanges: the same deadlines, and no secret for a server that nobody vouches for."""

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
import requests.adapters
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.http_transport.exchange import (
    CLOSING_ANSWER,
    CLOSING_HEAD_BYTES,
    HEAD_BYTES,
    LONG_ANSWER,
    Serve,
    assert_given_up,
    post,
    raises_in_time,
)
from tests.integration.http_transport.misbehaving_server import (
    ANSWER,
    Behaviour,
    answer,
    answers,
    drips,
    says_nothing,
    says_nothing_after_the_request,
)
from zonos_orders.errors import ZonosUnavailable
from zonos_orders.http_transport import HttpTransport


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


def test_a_greeting_that_never_comes_is_not_waited_for(serve: Serve, transport: HttpTransport) -> None:
    server = serve(says_nothing)

    assert_given_up(transport, server, "https")


def test_a_greeting_that_drips_is_not_waited_for(serve: Serve, transport: HttpTransport) -> None:
    # A TLS record that says it is 16 KB long and never ends.
    server = serve(lambda line: line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 4096))

    assert_given_up(transport, server, "https")


def test_plain_http_where_tls_is_expected(serve: Serve, transport: HttpTransport) -> None:
    server = serve(lambda line: line.send(answer()))

    with raises_in_time(ZonosUnavailable):
        post(transport, server.url.replace("http:", "https:"))


def test_a_server_that_nobody_vouches_for_gets_no_secret(
    serve: Serve, transport: HttpTransport, tls: ssl.SSLContext
) -> None:
    server = serve(answers(answer()), tls)

    with raises_in_time(ZonosUnavailable):
        post(transport, server.url)

    assert server.connections == 1
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_an_encrypted_connection_is_reused(
    serve: Serve, transport: HttpTransport, tls: ssl.SSLContext
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
    serve: Serve,
    transport: HttpTransport,
    tls: ssl.SSLContext,
    behaviour: Behaviour,
) -> None:
    server = serve(behaviour, tls)

    assert_given_up(transport, server, "https")

    assert len(server.requests) == 1
