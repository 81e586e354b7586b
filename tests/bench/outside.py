"""What the functions talk to while they are measured: Zonos, and the small services of AWS, on loopback.

A process of its own, in one thread that never waits: `python -m tests.bench.outside`. It prints its port. The
simulator of the sandbox looks into everything; this one answers with bytes that were laid ready, so that what
is measured is the client. POST /setup says what it answers:
`{"latency_ms", "listed": [first number, count], "status", "order_date": ms, "pad", "order_pad", "bare"}`. The
pads are bytes more in each entry of the list and in each order; a bare entry has no status. POST /calls tells
how often Zonos was asked since.
"""

import asyncio
import json
import sys
from functools import cache
from typing import Any

from tests.sandbox.zonos_simulator.orders import IN_PROCESS, Order

STORE, SECRET = "999", "a-secret-of-the-benchmark"
_DAY_MS = 86_400_000
# One number stands for all in the prepared bytes: every order's answer has the same length.
FIRST = 300_000_000  # an order of the newest day, as is every third one
_STEP_DAYS = 3  # the listed orders are spread evenly over the day they are told and the two before it


def day_offset(number: int) -> int:
    """Return how many days before the first day's date an order was made."""
    return number % _STEP_DAYS


class World:
    """What is answered; the last setup holds."""

    def __init__(self) -> None:
        self.set_up({"latency_ms": 0, "listed": [FIRST, 0], "status": IN_PROCESS, "order_date": 0})

    def set_up(self, setup: dict[str, Any]) -> None:
        self.latency = setup["latency_ms"] / 1000
        self.status, self.order_date = setup["status"], setup["order_date"]
        first, count = setup["listed"]
        entry = {"testOrder": False, "orderStatus": self.status, "orderStatusDate": self.order_date}
        if setup.get("bare"):
            entry = {"testOrder": False}
        pad = {"note": "x" * setup["pad"]} if setup.get("pad") else {}
        self._order_pad = {"padding": "y" * setup["order_pad"]} if setup.get("order_pad") else {}
        self.calls = 0
        entries = [{"id": f"{STORE}-{n}", **entry, **pad} for n in range(first, first + count)]
        self.listing = json.dumps({"orderCount": count, "orders": entries}, separators=(",", ":")).encode()
        self._detail.cache_clear()

    @cache  # noqa: B019 - there is one world
    def _detail(self, offset: int) -> bytes:
        date = self.order_date - offset * _DAY_MS
        order = Order(STORE, FIRST, date, date, date, self.status, date, f"cart-{FIRST}")
        return json.dumps({"order": order.details() | self._order_pad}).encode()

    def order(self, order_id: str) -> bytes:
        number = order_id.rpartition("-")[2]
        return self._detail(day_offset(int(number))).replace(str(FIRST).encode(), number.encode())

    def answer(self, path: str, target: str, body: bytes) -> tuple[bytes, float]:
        """Return the body, and after how many seconds it is sent."""
        if target:
            return _aws(target.rpartition(".")[2], body), 0.0
        asked = json.loads(body)
        if path == "/calls":
            return json.dumps(self.calls).encode(), 0.0
        if path == "/setup":
            self.set_up(asked)
            return b"{}", 0.0
        self.calls += 1
        if path.endswith("/updateMerchantOrderId"):
            return b'{"success": "Updated"}', self.latency
        if path.endswith("/orderNumbers"):
            return self.listing, self.latency
        return self.order(str(asked["orderId"])), self.latency


_AWS = {
    "GetSecretValue": json.dumps({"ARN": "arn", "Name": "zonos", "SecretString": SECRET}).encode(),
    "StartExecution": b'{"executionArn": "arn", "startDate": 1.0}',
}


def _aws(operation: str, body: bytes) -> bytes:
    if operation == "PutEvents":
        entries = [{"EventId": "1"} for _ in json.loads(body)["Entries"]]
        return json.dumps({"FailedEntryCount": 0, "Entries": entries}).encode()
    return _AWS[operation]


class Connection(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if len(body) < int(headers.get("content-length", "0")):
            return
        self._received = b""
        path, target = first.split(" ")[1], headers.get("x-amz-target", "")
        answer, seconds = self._world.answer(path, target, body)
        kind = b"application/x-amz-json-1.1" if target else b"application/json"
        response = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
        whole = response % (kind, len(answer), answer)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._transport.write, whole)
        else:
            self._transport.write(whole)


async def main() -> None:
    world = World()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(world), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever started it ends


if __name__ == "__main__":
    asyncio.run(main())
