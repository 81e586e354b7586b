"""A request and an answer as plain values, so that the API and the pages need no socket."""

import json
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Request:
    """What a client asked for. The path is without its query: nothing here reads one."""

    method: str
    path: str
    body: bytes = b""
    accept: str = "*/*"
    content_type: str = ""

    @property
    def operation(self) -> str:
        """The last part of the path: `orderDetail` of `/v2/orderDetail`."""
        return self.path.rpartition("/")[2]

    def json_object(self) -> dict[str, Any] | None:
        """Read the body as a JSON object; None when it is anything else."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None


@dataclass(frozen=True)
class Answer:
    """What goes back. `headers` come on top of the content type and length."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def to_bytes(self) -> bytes:
        """Build the whole HTTP/1.1 response, head and body in one piece."""
        lines = [
            f"HTTP/1.1 {self.status} {_phrase(self.status)}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


def json_answer(status: int, value: object, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Answer JSON as UTF-8; a lone surrogate, which UTF-8 cannot hold, becomes a JSON escape."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Answer(status, "application/json", body, headers)


def html_answer(status: int, page: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Answer an HTML page."""
    return Answer(status, "text/html; charset=utf-8", page.encode(), headers)


def html_error(status: int, explanation: str) -> Answer:
    """Answer the bare HTML page of a web server that refuses a request."""
    title = f"{status} {_phrase(status)}"
    page = (
        f"<html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>{escape(explanation)}</p></body></html>"
    )
    return html_answer(status, page)


def redirect(location: str) -> Answer:
    """Send the browser on, with a GET."""
    return Answer(303, "text/plain; charset=utf-8", b"", (("Location", location),))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
