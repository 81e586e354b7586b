"""The account as the doctor sees it: the package's own client, and beside it what was really answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from tests.sandbox.read_only import ReadOnlyTransport
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosError
from zonos_orders.listing import Listing
from zonos_orders.order import Order
from zonos_orders.zonos_api import Call, HttpAnswer, HttpRequest, order_numbers
from zonos_orders.zonos_client import Transport, ZonosClient

_LIST_SECONDS: Final = 30.0
_ORDER_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Listed:
    """A list as answered, and as this system reads it: `listing`, or the `error` that it stops with."""

    answer: Mapping[str, Any]
    listing: Listing = field(default_factory=lambda: Listing({}))
    error: ZonosError | None = None

    @property
    def entries(self) -> list[Any]:
        """What stands in `orders`; empty when there is no such list."""
        found = self.answer.get("orders")
        return found if isinstance(found, list) else []


class Account:
    """One store at one address, asked by `orderNumbers` and `orderDetail` alone."""

    def __init__(self, transport: Transport, store_id: str, secret: str, url: str, clock: Clock) -> None:
        self.store_id = store_id
        self.clock = clock
        self._heard = _Hearing(ReadOnlyTransport(transport))
        self._client = ZonosClient(self._heard, _Given(secret), store_id, url, clock)

    @property
    def calls(self) -> Mapping[str, int]:
        """How many calls of each name have been sent, repetitions included."""
        return self._heard.calls

    def list(self, since_date: str, *, through_date: str | None = None, statuses: bool = True) -> Listed:
        """Ask for the list of days. JSON that this system stops at is a result; another error is raised."""
        return self._ask(order_numbers(since_date=since_date, through_date=through_date, statuses=statuses))

    def list_since_order(self, order_id: str) -> Listed:
        """Ask for the list since an order; as `list` otherwise."""
        return self._ask(order_numbers(since_order_id=order_id, statuses=True))

    def _ask(self, call: Call) -> Listed:
        self._heard.answer = None
        try:
            listing = self._client.orders(call, Deadline.after(_LIST_SECONDS, self.clock))
        except ZonosError as exc:
            answer = self._heard.json()
            if answer is None or "error" in answer:
                raise
            return Listed(answer, error=exc)
        return Listed(self._heard.json() or {}, listing)

    def order(self, order_id: str) -> Order:
        """Fetch one order; raises whatever of ZonosError can happen."""
        return self._client.order(order_id, Deadline.after(_ORDER_SECONDS, self.clock))


class _Given:
    """The secret from the environment: there is no fresher one."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def current(self) -> str:
        return self._secret

    def refresh(self) -> str:
        return self._secret


class _Hearing:
    """A transport that remembers the last answer, and counts the calls."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.calls: Counter[str] = Counter()
        self.answer: HttpAnswer | None = None

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        self.calls[request.url.rpartition("/")[2]] += 1
        self.answer = self._transport.post(request, deadline)
        return self.answer

    def json(self) -> Mapping[str, Any] | None:
        """Return the JSON object of the last answer, None when it was none or not a good one."""
        if self.answer is None or self.answer.status != HTTPStatus.OK:
            return None
        try:
            parsed = json.loads(self.answer.body)
        except ValueError:
            return None
        return parsed if isinstance(parsed, dict) else None
