"""A weekend of the deployed functions, Friday 15:00 to Monday 08:00: runs, buyers, reviews, and what happens.

The handlers are the real ones. What they print is what CloudWatch gets, at the minute of our clock.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import Any, Literal, Self

from tests.alarms.cloudwatch import LOOKS_FURTHER, Message, messages
from tests.alarms.episode import Episode
from tests.alarms.template_alarms import template_alarms
from tests.integration.functions import Functions
from tests.integration.stream_events import record_of_items
from tests.simulation.dynamodb import InMemoryDynamoDB
from tests.world import TEMPLATE, TestClock, World
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosTooSlow
from zonos_orders.settings import Settings
from zonos_orders.wiring import Application, Outside
from zonos_orders.zonos_api import HttpAnswer, HttpRequest
from zonos_orders.zonos_client import Transport

HOUR = 60
STARTS = datetime(
    2026, 11, 20, 15, tzinfo=UTC
)  # a Friday, three hours early: the alarms have found their state
ENDS = 65 * HOUR


def minute(day: Literal["Fri", "Sat", "Sun", "Mon"], hour: int, minutes: int = 0) -> int:
    """Return a time of the weekend in minutes from its start."""
    days = ("Fri", "Sat", "Sun", "Mon").index(day)
    return (24 * days + hour - STARTS.hour) * HOUR + minutes


@dataclass
class Line:
    """The way to Zonos. Silence passes our clock's time, not the test's."""

    real: Transport
    clock: Clock
    state: Literal["up", "silent", "maintenance"] = "up"

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        if self.state == "silent":
            self.clock.sleep(max(0.0, deadline.remaining()))
            raise ZonosTooSlow("Zonos did not answer in time")
        if self.state == "maintenance":
            return HttpAnswer(200, {"content-type": "text/html"}, b"<h1>We will be back soon</h1>")
        return self.real.post(request, deadline)


class FastTables:
    """The simulation's tables, for many threads; `changes` as the stream has them."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._database = InMemoryDynamoDB(self._written)
        self._changes: list[dict[str, Any]] = []
        for name in ("OrdersTable", "ReconciliationTable"):
            self._database.create_table(TableName=name, **TEMPLATE["Resources"][name]["Properties"])

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._database, name)

        def call(*arguments: Any, **given: Any) -> Any:
            with self._lock:
                return operation(*arguments, **given)

        return call

    def read(self) -> list[Any]:
        """Return the records of the stream since this was last asked."""
        changes, self._changes = self._changes, []
        return changes

    def _written(self, table: str, before: Any, after: Any) -> None:
        if table == "OrdersTable":
            self._changes.append(record_of_items(len(self._changes) + 1, before, after))


class WorldOnALine(World):
    """The world, where Zonos can fall silent at no cost, and a weekend of tables takes seconds."""

    line: Line

    def __enter__(self) -> Self:
        super().__enter__()
        tables: Any = FastTables()
        self.dynamodb = tables
        self._tables = tables
        return self

    def latest_changes(self) -> list[Any]:
        return list(self._tables.read())

    def application(self, clock: Clock | None = None, /, **env: str) -> Application:
        settings = Settings.from_env(self.env | env)
        outside = Outside.real(settings, clock or self.clock)
        if not hasattr(self, "line"):
            self.line = Line(outside.transport(), outside.clock)
        return Application(settings, replace(outside, dynamodb=self.dynamodb, transport=lambda: self.line))


class Weekend:
    """The agenda: `at` puts something on it, `live` lets it happen, `messages` says what was sent."""

    def __init__(self, world: WorldOnALine, clock: TestClock, *, every: int = 15) -> None:
        self.world = world
        self.zonos = world.zonos
        self._every = every
        self._agenda: list[tuple[int, int, Callable[[], object]]] = []
        self._order = count()
        clock.pass_time(STARTS.timestamp() - clock.now_ms() / 1000)
        self._functions = Functions(world)
        self._episode = Episode(self._functions, clock)
        self.at(range(0, ENDS, every), self._functions.reconcile)
        # Few, for speed: what is counted is that their number does not matter.
        self.at(range(7, ENDS, 8 * HOUR), lambda: self.buy("pay"))
        self.at(range(HOUR + 7, ENDS, 20 * HOUR), lambda: self.buy("fraud_review"))
        self.at(range(2 * HOUR + 11, ENDS, 14 * HOUR), lambda: self.zonos.pay("close_tab"))

    def at(self, minutes: int | Iterable[int], happen: Callable[[], object]) -> None:
        """Let something happen, at each of `minutes`."""
        for one in [minutes] if isinstance(minutes, int) else minutes:
            heapq.heappush(self._agenda, (one, next(self._order), happen))

    def buy(self, kind: Literal["pay", "fraud_review", "csl_match"]) -> None:
        """Let a buyer pay and come back; whoever is in review is looked at, and released half a day later."""
        order_id = self.zonos.pay(kind)
        answer = self._functions.redirect(f"orderId={order_id}")
        assert answer["statusCode"] == 200
        if kind == "fraud_review":
            self._look_later(order_id, 5)
            self.at(self._now + 12 * HOUR, lambda: self.zonos.release(order_id))

    def put_in_review(self) -> str:
        """Let an order come that nobody decides about by itself, and that a loop looks at twice a day."""
        order_id = self.zonos.pay("fraud_review")
        self._functions.redirect(f"orderId={order_id}")
        self._look_later(order_id, 5, 12 * HOUR)
        return order_id

    def take_over(self) -> None:
        """Let the merchant's system take the oldest order that is to be shipped over."""
        index = self.world.dynamodb.scan(TableName="OrdersTable", IndexName="to_ship")["Items"]
        order_id = min(item["order_id"]["S"] for item in index)
        wish = {"orderId": order_id, "merchantOrderId": f"M-{order_id}"}
        assert self._functions.desk(takeOver=wish)["taken_over"]

    def rush(self, at: int) -> None:
        """Let four buyers come back within half an hour."""
        self.at(range(at, at + 30, 9), lambda: self.buy("pay"))

    def live(self) -> Self:
        """Let it all happen."""
        while self._agenda and self._agenda[0][0] < ENDS:
            self._now, _, happen = heapq.heappop(self._agenda)
            self._episode.until(self._now)
            happen()
        self._episode.until(ENDS)
        return self

    def messages(self, looks_further: int = LOOKS_FURTHER) -> list[Message]:
        """Return what the template's alarms sent from Friday 18:00 on; a run may be late once."""
        alarms = template_alarms(MaxReconcileLagMinutes=max(60, 2 * self._every))
        sent = messages(alarms, self._episode.metrics, range(ENDS), looks_further)
        return [message for message in sent if message.minute >= minute("Fri", 18)]

    def _look_later(self, order_id: str, wait: int, pace: int = 4 * HOUR) -> None:
        self.at(self._now + wait, lambda: self._look(order_id, pace))

    def _look(self, order_id: str, pace: int) -> None:
        look = self._functions.recheck(order_id)
        if look["outcome"] == "waiting" or order_id not in self.world.order_ids():
            self._look_later(order_id, max(pace, look["wait_seconds"] // 60), pace)


def counted(sent: Iterable[Message]) -> Counter[tuple[str, str]]:
    """Count messages by alarm and state."""
    return Counter((message.alarm, message.state) for message in sent)
