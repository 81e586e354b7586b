"""POST over requests, with one total deadline that no server can stretch.

A time-out of requests is per read: a server that sends a byte a second, in its headers even, never meets it.
So before each read the socket is given the time that is left until the deadline, and no more.
A name resolution knows no time-out at all: a new connection is made in a thread that can be left to itself.
"""

import logging
import socket
import ssl
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import create_urllib3_context

from zonos_orders.clock import Deadline
from zonos_orders.errors import AnswerTooLarge, ZonosTooSlow, ZonosUnavailable
from zonos_orders.threads import Overrun, Threads
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

# Its warnings repeat what was received, an address in a misplaced line for example.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

_CONNECT_SECONDS = 3.0
_CHUNK_BYTES = 64 * 1024
# ValueError: urllib3 meets some malformed answers with it.
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


class HttpTransport:
    """One session with kept-alive connections; safe to share between threads."""

    def __init__(self, connections: int) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc: the body holds a secret
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Send a POST and return the answer, whatever its status; redirects are answers too.

        Raises ZonosUnavailable (no connection, or it broke), ZonosTooSlow (the deadline) and AnswerTooLarge.
        """
        seconds = deadline.remaining()
        if seconds <= 0:
            raise ZonosTooSlow("no time was left to call Zonos")
        _exchange.ends_at = time.monotonic() + seconds
        try:
            return self._post(request, seconds)
        except _FAILURES as exc:
            if time.monotonic() >= _exchange.ends_at:
                raise ZonosTooSlow("Zonos did not answer in time") from exc
            raise ZonosUnavailable(f"the connection to Zonos failed ({type(exc).__name__})") from exc

    def _post(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        with self._session.post(
            request.url,
            data=request.body,
            headers=dict(request.headers),
            timeout=(min(_CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False,  # the secret is in the body
            stream=True,
        ) as response:
            body = bytearray()
            for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if len(body) > request.max_answer_bytes:
                    raise AnswerTooLarge("the answer is larger than its limit")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(response.status_code, headers, body)


# The exchange of this thread, which is over at `ends_at` of the monotonic clock.
_exchange = threading.local()


def _seconds_left() -> float:
    seconds: float = _exchange.ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline of the exchange")
    return seconds


class _Line(socket.socket):
    """A socket whose reads end with the exchange of their thread; a request is sent at once, being small."""

    def recv_into(self, *args: Any) -> int:
        self.settimeout(_seconds_left())
        return super().recv_into(*args)


class _TLSLine(_Line, ssl.SSLSocket):
    pass


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        try:
            connected = Threads().call_within(_seconds_left(), super()._new_conn)
        except Overrun as exc:
            raise TimeoutError("the deadline of the exchange") from exc
        line = _Line(fileno=connected.detach())
        line.settimeout(_seconds_left())  # the greeting of TLS meets it as a whole
        return line


class _TLSConnection(_Connection, HTTPSConnection):
    def connect(self) -> None:
        self.ssl_context = create_urllib3_context()
        self.ssl_context.sslsocket_class = _TLSLine
        super().connect()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
