"""A Zonos that answers with the very bytes that a test lays ready, in this process: thousands in seconds."""

import json
from collections import Counter
from typing import Any

from zonos_orders.clock import Deadline
from zonos_orders.errors import ZonosUnavailable
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

UNKNOWN = b'{"error": "Could not find an order with orderId: 0"}'


class CannedZonos:
    """Stands where the transport stands; everything above it is real, from the bytes of the answer on.

    `details` by order id, `listing` for the list. An order that is not there is not known. While `is_down`
    nothing is answered. `calls` counts by order id, the list under its operation's name.
    """

    def __init__(self) -> None:
        self.details: dict[str, bytes] = {}
        self.listing = b'{"orders": []}'
        self.is_down = False
        self.calls: Counter[str] = Counter()

    def list_orders(self, *order_ids: str) -> None:
        self.listing = json.dumps({"orders": [{"id": one} for one in order_ids]}).encode()

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        assert deadline.remaining() > 0
        operation = request.url.rpartition("/")[2]
        asked: dict[str, Any] = json.loads(request.body)
        order_id = str(asked.get("orderId", operation))
        self.calls[order_id] += 1
        if self.is_down:
            raise ZonosUnavailable("the connection to Zonos failed (ConnectionError)")
        if operation == "orderNumbers":
            return HttpAnswer(200, {}, self.listing)
        if order_id in self.details:
            return HttpAnswer(200, {}, self.details[order_id])
        return HttpAnswer(400, {}, UNKNOWN)
