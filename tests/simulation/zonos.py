"""Zonos in virtual time: the simulator's own protocol, small orders, and every version of them kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from random import Random
from typing import Any

from tests.sandbox import zonos_simulator
from tests.sandbox.zonos_simulator.api import answer
from tests.sandbox.zonos_simulator.http_messages import Request
from tests.sandbox.zonos_simulator.orders import Order
from tests.simulation.faults import Faults, Period
from tests.simulation.processes import Scheduler
from zonos_orders.clock import Deadline
from zonos_orders.errors import AnswerTooLarge, ZonosTooSlow, ZonosUnavailable
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

DAY = 86_400
CANARY = "canary"  # in what is personal, and in the secret: it may be in the Orders table, and nowhere else
_STATE_KEPT_BACK = 2  # versions that an answer may be behind
_HTML = b"<html><body>Bad gateway</body></html>"
_ODD_BODIES = (b"null", b"[]", b'{"error": "odd"}', b"\xff{")
_ODD_DETAILS = (b"{}", b'{"order": {}}', b'{"order": null}')  # a list may say so that there are no orders
POISONS = (
    "answers 500",
    "answers a page",
    "answers another order",
    "answers nothing",
    "is listed, not found",
)


@dataclass(frozen=True)
class SmallOrder(Order):
    """An order with few keys, a discount and nothing personal; `version` counts its states."""

    def details(self) -> dict[str, Any]:
        return {
            "orderId": self.order_id,
            "orderDate": self.order_date,
            "testOrder": self.test_order,
            "orderStatus": self.status,
            "orderStatusDate": self.status_changed_at,
            "referenceId": self.reference_id,
            "merchantOrderId": self.merchant_order_id,
            "cslListMatch": self.csl_list_match,
            "items": [{"productId": "7", "unitPrice": 641.27}, {"unitPrice": -5.0}],
            "notes": None,
            "name": f"{CANARY} buyer",
        } | self.edits

    @property
    def version(self) -> int:
        return int(self.edits.get("version", 1))


@dataclass
class Facts:
    """What the simulation knows of an order: every version it had, and what is wrong with it."""

    versions: list[SmallOrder] = field(default_factory=list)
    known_from: float = 0.0
    poison: str = ""
    poisoned_until: float = 0.0
    answered_stale: bool = False
    asked: int = 0  # how often, since the peace
    odd_dates: bool = False


class SimulatedZonos(zonos_simulator.World):
    """The state at Zonos. `facts` has the whole past."""

    def __init__(self, scheduler: Scheduler, faults: Faults, random: Random, secret: str) -> None:
        super().__init__(store_id="999", secret=secret, clock=lambda: scheduler.now)
        self.since_inclusive, self.through_inclusive = random.random() < 0.5, random.random() < 0.5
        self.empty_list_shown = random.random() < 0.5
        self.list_status_keys = random.choice([("orderStatus", "orderStatusDate"), ("state", "stateDate")])
        # By what the list of orders goes is not documented: by the day of the payment, or of the cart.
        self.lists_by_cart = random.random() < 0.3
        self.faults = faults
        self.random = random
        self.scheduler = scheduler
        self.facts: dict[str, Facts] = {}
        self.down: list[Period] = []
        self.is_closed = False  # nobody works there: nothing changes any more
        self._versions_back = 0
        self.told: Callable[[str, str], object] = lambda *_: None

    def buy(self, *, status: str, begun: float, **more: Any) -> str:
        """Complete an order whose cart was begun at `begun`, and return its id."""
        begun_at = datetime.fromtimestamp(begun, UTC)
        listed_at = begun_at if self.lists_by_cart else datetime.fromtimestamp(self.scheduler.now, UTC)
        order_id = self.pay(order_date=begun_at, completed_at=listed_at)
        paid = self._orders[int(order_id.partition("-")[2])]
        given = {name: getattr(paid, name) for name in Order.__dataclass_fields__} | {
            "status": status,
            **more,
        }
        given["status_changed_at"] = self.now_ms()
        self._orders[paid.number] = order = SmallOrder(**given)
        self.facts[order_id] = Facts([order], known_from=self.scheduler.now)
        return order_id

    def has_state(self, order_id: str) -> SmallOrder:
        """Return the order's present state."""
        return self.facts[order_id].versions[-1]

    def completed_today(self, *, before: float) -> list[str]:
        """Return the orders that every list since yesterday has to name, from the time `before` on."""
        midnight = before // DAY * DAY
        return [
            order_id
            for order_id, facts in self.facts.items()
            if facts.known_from <= before and midnight <= facts.versions[0].completed_at / 1000 <= before
        ]

    def order(self, order_id: str) -> Order:
        order = super().order(order_id)
        if not self._versions_back:
            return order
        return self._earlier(order)

    def orders(self) -> list[Order]:
        now = self.scheduler.now
        orders = [order for order in super().orders() if self.facts[order.order_id].known_from <= now]
        return [self._earlier(order) for order in orders] if self._versions_back else orders

    def is_retrievable(self, order: Order) -> bool:
        facts = self.facts[order.order_id]
        if self._poison(facts) == "is listed, not found":
            return False
        return facts.known_from <= self.scheduler.now

    def exchange(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Answer as the transport does: in time, wrong, or not at all."""
        wait = self.scheduler.wait
        seconds = deadline.remaining()
        if seconds <= 0:
            raise ZonosTooSlow("no time was left")
        kind = self.faults.of_zonos_call() or self._is_down()
        if kind:
            self.scheduler.process.faults += 1
        if kind == "Zonos refused the connection":
            wait(0.01)
            raise ZonosUnavailable("refused")
        if kind == "Zonos was silent":
            wait(seconds)
            raise ZonosTooSlow("silent")
        wait(min(seconds, 0.02 + 0.1 * self.random.random()))
        answered = self._answer(request, kind)
        late = self.random.random() * 12.0 if kind == "Zonos answered late" else 0.02 * self.random.random()
        if deadline.remaining() <= late:
            wait(max(0.0, deadline.remaining()))
            raise ZonosTooSlow("late")
        wait(late)
        return answered

    def _answer(self, request: HttpRequest, kind: str | None) -> HttpAnswer:
        if kind == "Zonos answered 500":
            return HttpAnswer(500, {}, b'{"error": "Couldn\'t process order details"}')
        if kind == "Zonos answered 429":
            return HttpAnswer(429, {"retry-after": "2"}, b'{"error": "Too many requests"}')
        if kind == "Zonos answered with a page":
            return HttpAnswer(502, {}, _HTML)
        if kind == "Zonos answered with something else":
            odd = {"orderNumbers": _ODD_BODIES, "orderDetail": _ODD_BODIES + _ODD_DETAILS}
            asked = request.url.rpartition("/")[2]
            return HttpAnswer(200, {}, self.random.choice(odd.get(asked, _ODD_DETAILS)))
        if kind == "Zonos answered more than the limit":
            raise AnswerTooLarge("too large")
        if kind == "Zonos's answer was cut off":
            whole = self._right_answer(request)
            return HttpAnswer(whole.status, {}, whole.body[: len(whole.body) // 2])
        self._versions_back = 0
        if kind == "Zonos answered with an older state":
            self._versions_back = self.random.randint(1, _STATE_KEPT_BACK)
        try:
            return self._right_answer(request)
        finally:
            self._versions_back = 0

    def _right_answer(self, request: HttpRequest) -> HttpAnswer:
        path = request.url.partition("//")[2].partition("/")[2]
        asked = Request("POST", f"/{path}", request.body, "application/json", "application/json")
        body = json.loads(request.body)
        order_id = body.get("orderId")
        if order_id in self.facts:
            self.facts[order_id].asked += self.faults.is_calm
            self.scheduler.process.notes.setdefault("asked", set()).add(order_id)
        if order_id in self.facts and (wrong := self._poisoned(order_id, asked)):
            return wrong
        right = answer(self, asked)
        if asked.operation == "orderDetail" and order_id in self.facts and right.status == HTTPStatus.OK:
            shown = json.loads(right.body)["order"]["orderStatus"]
            self.scheduler.process.notes.setdefault("shown", {})[order_id] = shown
        # The second net may fail alone: only of the ordinary list a clean run has had all of the answer.
        is_net = "missingMerchantOrderId" in body
        if asked.operation == "orderNumbers" and right.status == HTTPStatus.OK and not is_net:
            listed = [entry["id"] for entry in json.loads(right.body).get("orders", ())]
            self.scheduler.process.notes.setdefault("listed", []).append(listed)
        return HttpAnswer(right.status, dict(right.headers), right.body)

    def set_merchant_order_id(self, order_id: str, merchant_order_id: str) -> None:
        """The merchant tells it, also when nobody works at Zonos any more."""
        self.told(order_id, merchant_order_id)
        if self.has_state(order_id).merchant_order_id == merchant_order_id:
            return
        is_closed, self.is_closed = self.is_closed, False
        super().set_merchant_order_id(order_id, merchant_order_id)
        self.is_closed = is_closed

    def number_elsewhere(self, order_id: str) -> None:
        """Another system of the merchant's has the order already, under its own number."""
        super().set_merchant_order_id(order_id, f"P-{order_id}")

    def forget_merchant_order_id(self, order_id: str) -> None:
        """Lose the merchant's number, the last that has changed, as if it had never been told."""
        facts = self.facts[order_id]
        assert facts.versions.pop().merchant_order_id != facts.versions[-1].merchant_order_id
        self._orders[facts.versions[-1].number] = facts.versions[-1]

    def _poisoned(self, order_id: str, asked: Request) -> HttpAnswer | None:
        match self._poison(self.facts[order_id]):
            case "answers 500":
                return HttpAnswer(500, {}, b'{"error": "NullPointerException"}')
            case "answers a page":
                return HttpAnswer(200, {}, _HTML)
            case "answers nothing":
                return HttpAnswer(200, {}, b'{"order": {}}')
            case "answers another order":
                return HttpAnswer(200, {}, json.dumps({"order": {"orderId": "999-1"}}).encode())
        return None

    def _poison(self, facts: Facts) -> str:
        return facts.poison if self.scheduler.now < facts.poisoned_until else ""

    def _is_down(self) -> str | None:
        now = self.scheduler.now
        return next((period.kind for period in self.down if period.begins <= now < period.ends), None)

    def _earlier(self, order: Order) -> Order:
        facts = self.facts[order.order_id]
        if len(facts.versions) > 1:
            facts.answered_stale = True
        return facts.versions[max(0, len(facts.versions) - 1 - self._versions_back)]

    def _replace(self, order: Order, **changes: Any) -> None:
        if self.is_closed:
            return
        facts = self.facts[order.order_id]
        present = facts.versions[-1]  # whatever a stale answer showed
        edits = changes.pop("edits", present.edits) | {"version": present.version + 1}
        changed = replace(present, edits=edits, **changes)
        facts.versions.append(changed)
        self._orders[order.number] = changed
