"""Calls of the simulated Zonos, made by hand."""

import json
import socket
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.sandbox.zonos_simulator import ZonosSimulator

SECRET = "f5bde245-f55e-414d-b722-80b25161c12c"
JSON_HEADERS: dict[str, str | None] = {"Accept": "application/json", "Content-Type": "application/json"}


class StillClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 20, 12, 0, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


def call(zonos: ZonosSimulator, path: str, timeout: float = 5, **body: Any) -> requests.Response:
    document = {"store": "999", "secret": SECRET, **body}
    return requests.post(zonos.url + path, json=document, headers=JSON_HEADERS, timeout=timeout)


def listed(zonos: ZonosSimulator, **parameters: Any) -> list[str]:
    answer = call(zonos, "/v1/orderNumbers", **parameters)
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.json().get("orders", [])]


def raw_call(zonos: ZonosSimulator) -> socket.socket:
    """Open a connection and send a call, leaving the answer to be read byte by byte."""
    connection = socket.create_connection(("127.0.0.1", urlsplit(zonos.url).port or 0), timeout=5)
    body = json.dumps({"store": 999, "secret": SECRET}).encode()
    head = "POST /v2/orderDetail HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection
