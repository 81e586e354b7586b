"""What is so at Zonos: the orders, the merchant's settings, the present fault and the calls received."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import RLock
from typing import Any, Literal, get_args

from tests.sandbox.zonos_simulator.exchanges import Exchanges
from tests.sandbox.zonos_simulator.faults import FAULTS, Fault, FaultKind
from tests.sandbox.zonos_simulator.http_messages import Answer
from tests.sandbox.zonos_simulator.orders import (
    CANCELLED,
    FRAUD_REVIEW,
    IN_PROCESS,
    ON_HOLD,
    Order,
    UnknownOrderError,
    parse_order_id,
)

Purchase = Literal["pay", "fraud_review", "close_tab", "test_order", "csl_match"]

PURCHASES: dict[Purchase, str] = {
    "pay": "Pay",
    "fraud_review": "Pay, goes into fraud review",
    "close_tab": "Pay and close the tab",
    "test_order": "Test order",
    "csl_match": "Restricted-party match",
}
assert tuple(PURCHASES) == get_args(Purchase)


@dataclass(frozen=True)
class Call:
    """An API call as received, whatever was answered. `order_id` is as sent, or empty. No secrets."""

    at: float
    version: str
    operation: str
    order_id: str


class World:
    """The state behind the simulator; safe for many threads, because an order is replaced and never changed.

    The public attributes are settings. The documentation leaves open what the first four decide.
    """

    def __init__(
        self,
        *,
        store_id: str,
        secret: str,
        success_url: str | None = None,
        clock: Callable[[], float] = time.time,
        first_number: int = 100,
    ) -> None:
        self.since_inclusive = True
        self.through_inclusive = True
        self.empty_list_shown = False
        self.list_status_keys: tuple[str, str] | None = ("orderStatus", "orderStatusDate")
        self.store_id = store_id
        self.secret = secret
        self.success_url = success_url
        self.latency_ms = 0
        self._clock = clock
        self._next_number = first_number
        self._lock = RLock()
        self._orders: dict[int, Order] = {}
        self._fault: Fault | None = None
        self._canned: dict[str, deque[Answer]] = defaultdict(deque)
        self._calls: list[Call] = []
        self.exchanges = Exchanges(self.now_ms)

    def now_ms(self) -> int:
        """Return the present time at Zonos."""
        return int(self._clock() * 1000)

    # Buyers

    def pay(
        self,
        kind: Purchase = "pay",
        *,
        order_date: datetime | None = None,
        completed_at: datetime | None = None,
        reference_id: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> str:
        """Complete an order and return its id, `999-100`.

        The cart was begun at `order_date` (default: now) and paid at `completed_at` (default: the same).
        `details` replace keys of the order map.
        """
        with self._lock:
            now = self.now_ms()
            begun = _millis(order_date, now)
            completed = _millis(completed_at, begun)
            number = self._next_number
            self._next_number += 1
            self._orders[number] = order = Order(
                store_id=self.store_id,
                number=number,
                order_date=begun,
                completed_at=completed,
                paid_at=now,
                status=FRAUD_REVIEW if kind == "fraud_review" else IN_PROCESS,
                status_changed_at=completed,
                reference_id=f"cart-{number}" if reference_id is None else reference_id,
                test_order=kind == "test_order",
                csl_list_match=kind == "csl_match",
                edits=dict(details or {}),
            )
        return order.order_id

    # Zonos's staff

    def release(self, order_id: str) -> None:
        """Let the order go on to the merchant."""
        self.set_status(order_id, IN_PROCESS)

    def hold(self, order_id: str) -> None:
        """Put the order on hold."""
        self.set_status(order_id, ON_HOLD)

    def cancel(self, order_id: str) -> None:
        """Cancel the order."""
        self.set_status(order_id, CANCELLED)

    def set_status(self, order_id: str, status: str) -> None:
        """Give the order any status; its status date always moves forward, by at least a millisecond."""
        with self._lock:
            order = self.order(order_id)
            changed_at = max(self.now_ms(), order.status_changed_at + 1)
            self._replace(order, status=status, status_changed_at=changed_at)

    def edit(self, order_id: str, **details: Any) -> None:
        """Replace keys of the order map and no date; without details the buyer moves house."""
        with self._lock:
            order = self.order(order_id)
            if not details:
                moves = int(order.edits.get("address1", "1 ").split()[0]) + 1
                details = {"address1": f"{moves} Corrected Street canary-address1"}
            self._replace(order, edits=order.edits | details)

    # The merchant's write calls

    def set_merchant_order_id(self, order_id: str, merchant_order_id: str) -> None:
        """Note the merchant's own number."""
        with self._lock:
            self._replace(self.order(order_id), merchant_order_id=merchant_order_id)

    def set_tracking(self, order_id: str, numbers: Iterable[str]) -> None:
        """Note the tracking numbers."""
        with self._lock:
            self._replace(self.order(order_id), tracking_number=", ".join(numbers))

    # Looking

    def order(self, order_id: str) -> Order:
        """Find an order by its id, with or without the store; raises UnknownOrderError."""
        match parse_order_id(order_id):
            case (store, number) if store in (None, self.store_id) and number in self._orders:
                return self._orders[number]
        raise UnknownOrderError(order_id)

    def orders(self) -> list[Order]:
        """List all orders, by number."""
        with self._lock:
            return list(self._orders.values())

    def details(self, order_id: str) -> dict[str, Any]:
        """Return the order map as orderDetail would give it now."""
        return self.order(order_id).details()

    def is_retrievable(self, order: Order) -> bool:
        """Tell whether orderDetail knows the order already."""
        fault = self.fault_on("orderDetail")
        if fault is None or fault.kind != "not_yet":
            return True
        return self.now_ms() >= order.paid_at + fault.seconds * 1000

    # Breaking down

    def break_down(
        self, kind: FaultKind, *, seconds: float | None = None, operation: str | None = None
    ) -> None:
        """Let the API, or one operation of it, fail until `recover`; a second fault replaces the first."""
        with self._lock:
            self.recover()
            self._fault = Fault(kind, FAULTS[kind][1] if seconds is None else seconds, operation)

    def recover(self) -> None:
        """End the fault; calls that wait in it are answered now."""
        with self._lock:
            if self._fault is not None:
                self._fault.ended.set()
            self._fault = None

    def fault_on(self, operation: str | None = None) -> Fault | None:
        """Return the present fault when it concerns this operation; without one, whatever is broken."""
        fault = self._fault
        if fault is not None and operation is not None and fault.operation not in (None, operation):
            return None
        return fault

    def answer_next(self, operation: str, status: int, content_type: str, body: bytes) -> None:
        """Give this answer once, to the next call of the operation; several queue up."""
        with self._lock:
            self._canned[operation].append(Answer(status, content_type, body))

    def next_canned_answer(self, operation: str) -> Answer | None:
        """Take the answer that was laid ready for this call, if any."""
        with self._lock:
            canned = self._canned.get(operation)
            return canned.popleft() if canned else None

    # The call log

    def note_call(self, version: str, operation: str, order_id: str) -> None:
        """Write a received call down."""
        with self._lock:
            self._calls.append(Call(self._clock(), version, operation, order_id))

    def calls(self, operation: str | None = None) -> int:
        """Count the calls received, of one operation or of all."""
        return sum(operation in (None, call.operation) for call in self.call_log())

    def call_log(self) -> list[Call]:
        """Return the calls received, in their order."""
        with self._lock:
            return list(self._calls)

    def reset_calls(self) -> None:
        """Forget the calls received so far."""
        with self._lock:
            self._calls.clear()

    def _replace(self, order: Order, **changes: Any) -> None:
        self._orders[order.number] = replace(order, **changes)


def _millis(moment: datetime | None, default: int) -> int:
    return default if moment is None else int(moment.timestamp() * 1000)
