"""Transports that follow a script, and secrets that are rotated."""

import json
from typing import Any

from tests.integration.discreet import CANARY
from tests.world import STORE
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosError, ZonosUnavailable
from zonos_orders.zonos_api import HttpAnswer, HttpRequest
from zonos_orders.zonos_client import ZonosClient

OLD, NEW = "canary-old-3f9c", "canary-new-81d2"
NOW_MS = 1_795_000_000_000

Step = HttpAnswer | ZonosError


def within(seconds: float) -> Deadline:
    return Deadline.after(seconds, Clock())


class ScriptedTransport:
    """Gives the next answer, or raises the next error, of a script; the last one again and again."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[HttpRequest] = []

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        assert deadline.remaining() > 0
        self.requests.append(request)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        return step

    def secrets(self) -> list[str]:
        return [json.loads(request.body)["secret"] for request in self.requests]


class RotatedSecret:
    """Remembers the old secret until it is told to refresh."""

    def __init__(self, fresh: str = NEW) -> None:
        self._value = OLD
        self._fresh = fresh
        self.refreshed = 0

    def current(self) -> str:
        return self._value

    def refresh(self) -> str:
        self.refreshed += 1
        self._value = self._fresh
        return self._value


def client_of(transport: ScriptedTransport, clock: Clock, secret: Any = None) -> ZonosClient:
    return ZonosClient(transport, secret or RotatedSecret(), STORE, "https://zonos.invalid/", clock)


def answered(body: object = None, status: int = 200, **headers: str) -> HttpAnswer:
    if body is None:
        body = {"order": {"orderId": "999-1", "email": CANARY}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, named, json.dumps(body, ensure_ascii=False).encode())


def error(text: str, status: int = 400) -> HttpAnswer:
    return answered({"error": text}, status)


BROKE = ZonosUnavailable("the connection to Zonos failed (ConnectionError)")
