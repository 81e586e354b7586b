"""POST over requests, with one total deadline that no server can stretch.

A time-out of requests is per read: a server that sends a byte a second, in its headers even, never meets
it, and a name resolution knows no time-out at all. So the exchange runs in a thread of its own; at the
deadline the caller goes on, and the connection is shut down under the thread, which ends it.
"""

import contextlib
import logging
import socket
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from zonos_orders.clock import Deadline
from zonos_orders.errors import AnswerTooLarge, ZonosTooSlow, ZonosUnavailable
from zonos_orders.threads import Overrun, Threads
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

# Its warnings repeat what was received, an address in a misplaced line for example.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

_CONNECT_SECONDS = 3.0
_CHUNK_BYTES = 64 * 1024


class HttpTransport:
    """One session with kept-alive connections; safe to share between threads."""

    def __init__(self, connections: int) -> None:
        self._session = _Session()
        self._session.trust_env = False  # no proxy, no .netrc: the body holds a secret
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _AbortableAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Send a POST and return the answer, whatever its status; redirects are answers too.

        Raises ZonosUnavailable (no connection, or it broke), ZonosTooSlow (the deadline) and AnswerTooLarge.
        """
        seconds = deadline.remaining()
        if seconds <= 0:
            raise ZonosTooSlow("no time was left to call Zonos")
        exchange = _Exchange(self._session, request, seconds)
        try:
            return Threads().call_within(seconds, exchange.run)
        except Overrun as exc:
            exchange.abort()
            raise ZonosTooSlow("Zonos did not answer in time") from exc


class _Session(requests.Session):
    """Takes no answer for a redirect: even one that is not followed has all of its body read first."""

    def get_redirect_target(self, _response: Any) -> None:
        return None


class _Exchange:
    """One POST in its own thread, which another thread can abort."""

    def __init__(self, session: requests.Session, request: HttpRequest, seconds: float) -> None:
        self._session = session
        self._request = request
        self._seconds = seconds
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._aborted = False

    def run(self) -> HttpAnswer:
        _running.exchange = self
        try:
            return self._post()
        except requests.Timeout as exc:
            not_even_connected = isinstance(exc, requests.ConnectTimeout) and self._seconds > _CONNECT_SECONDS
            if not_even_connected:
                raise ZonosUnavailable("Zonos accepts no connection") from exc
            raise ZonosTooSlow("Zonos did not answer in time") from exc
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            # ValueError: urllib3 meets some malformed answers with it.
            raise ZonosUnavailable(f"the connection to Zonos failed ({type(exc).__name__})") from exc
        finally:
            _running.exchange = None
            self._let_go()

    def _post(self) -> HttpAnswer:
        with self._session.post(
            self._request.url,
            data=self._request.body,
            headers=dict(self._request.headers),
            timeout=(min(_CONNECT_SECONDS, self._seconds), self._seconds),
            allow_redirects=False,  # the secret is in the body
            stream=True,
        ) as response:
            body = bytearray()
            for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if len(body) > self._request.max_answer_bytes:
                    self.abort()  # not drained: the rest of it may be endless
                    raise AnswerTooLarge("the answer is larger than its limit")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(response.status_code, headers, body)

    def use(self, line: socket.socket) -> None:
        """Remember the connection's socket as the one to shut down.

        By a handle of the exchange's own: http.client closes its handle while an answer is still being read.
        """
        with self._lock:
            self._line = line.dup()
            if self._aborted:
                _shut_down(self._line)

    def abort(self) -> None:
        """Break the connection under whatever the exchange is doing with it."""
        with self._lock:
            self._aborted = True
            if self._line is not None:
                _shut_down(self._line)

    def _let_go(self) -> None:
        """Give up the handle: from now on the connection may serve another exchange."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None


# The exchange of this thread: a connection is opened and used in the thread of the exchange that needs it.
_running = threading.local()


def _shut_down(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class _Abortable(HTTPConnection):
    """A connection that gives its exchange a second handle on the socket, valid before and after TLS."""

    _line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self._line = connected.dup()
        _running.exchange.use(self._line)
        return connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._line is not None:  # kept alive from an earlier exchange
            _running.exchange.use(self._line)
        super().request(*args, **kwargs)

    def close(self) -> None:
        super().close()
        if self._line is not None:
            self._line.close()
            self._line = None


class _AbortableHTTPS(_Abortable, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Abortable


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _AbortableHTTPS


class _AbortableAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _HTTPSPool}
