"""Welcome the buyer who comes back from the checkout: import the order now, and say how it stands."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import OrderNotFound, OtherStore, ZonosUnavailable, describe
from zonos_orders.failures import FailureLog, is_orders_own
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.order_id import canonical_order_id
from zonos_orders.orders_table import OrdersTable
from zonos_orders.status import Disposition
from zonos_orders.threads import Overrun, Threads

_BY = "success_redirect"
_ZONOS_SECONDS = 4.0
_TOTAL_SECONDS = 7.0
_PATIENCE_SECONDS = 1.0
_MINUTE = 60.0
_LOOKS_AGAIN_AFTER = 10.0
_CONFIRMED = {Disposition.READY, Disposition.FULFILLING, Disposition.COMPLETED}


class State(StrEnum):
    """All that a buyer is told. A hold, and its reason, is between the shop and Zonos."""

    CONFIRMED = "confirmed"
    CONFIRMING = "confirming"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The buyer's answer. `order_id` is empty when the state is unknown.

    `imported`: what this call imported, None when nothing. `failure`: what went wrong on the way, and
    `cause` its class.
    """

    state: State
    order_id: str = ""
    imported: Imported | None = None
    failure: str | None = None
    cause: type[Exception] | None = None


class Brake:
    """Lets through until `limit` events fell within a minute, then is on for a minute."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._events: deque[float] = deque(maxlen=limit)
        self._on_until = float("-inf")
        self._met: dict[str, float] = {}  # order id → when it was met last, within a minute

    def count(self, order_id: str) -> None:
        """Count an event. One about the same order, at the pace of a page that looks again, is no new one."""
        now = self._clock.monotonic()
        since = now - self._met.get(order_id, float("-inf"))
        self._met = {one: at for one, at in self._met.items() if now - at < _MINUTE} | {order_id: now}
        if _LOOKS_AGAIN_AFTER <= since <= _MINUTE:
            return
        self._events.append(now)
        if len(self._events) == self._limit and now - self._events[0] < _MINUTE:
            self._on_until = now + _MINUTE
            self._events.clear()

    @property
    def is_on(self) -> bool:
        """Whether to hold back."""
        return self._clock.monotonic() < self._on_until


class ConfirmOrder:
    """One instance per running function: it remembers how many unknown ids it was asked about."""

    def __init__(
        self,
        import_order: ImportOrder,
        orders: OrdersTable,
        failures: FailureLog,
        store_id: str,
        clock: Clock,
        threads: Threads,
    ) -> None:
        self._import = import_order
        self._orders = orders
        self._failures = failures
        self._store_id = store_id
        self._clock = clock
        self._threads = threads
        # Order numbers run, so anyone can ask for thousands that do not exist. Neither Zonos, up or down,
        # nor our failure records may be flooded through this door; the reconciliation imports what was real.
        self._unknown_ids = Brake(10, clock)
        self._failing = Brake(10, clock)

    def __call__(self, raw_order_id: str, *, is_first_look: bool = True) -> Confirmation:
        """Answer for the `orderId` of a redirect, in seven seconds at most.

        A page that looks again (not `is_first_look`) gets no patience: it comes once more. Raises
        InvalidOrderId. Everything else is an answer: the buyer has paid, whatever fails here.
        """
        try:
            order_id = canonical_order_id(raw_order_id, self._store_id)
        except OtherStore:
            return Confirmation(State.UNKNOWN)
        deadline = Deadline.after(_ZONOS_SECONDS, self._clock)
        try:
            return self._threads.call_within(
                _TOTAL_SECONDS, lambda: self._confirm(order_id, deadline, is_first_look)
            )
        except Overrun as exc:
            return Confirmation(State.CONFIRMING, order_id, failure=describe(exc), cause=type(exc))

    def _confirm(self, order_id: str, deadline: Deadline, is_first_look: bool) -> Confirmation:
        try:
            disposition = self._orders.disposition_of(order_id)
            if disposition is not None:
                return Confirmation(_state(disposition), order_id)
            if self._unknown_ids.is_on:
                return Confirmation(State.UNKNOWN)
            if self._failing.is_on:
                raise ZonosUnavailable("too much has failed in the last minute to ask Zonos again")
            imported = self._import_patiently(order_id, deadline, is_first_look)
        except OrderNotFound:
            self._unknown_ids.count(order_id)
            return Confirmation(State.UNKNOWN)
        except Exception as exc:
            self._record(order_id, exc)
            return Confirmation(State.CONFIRMING, order_id, failure=describe(exc), cause=type(exc))
        return Confirmation(_state(imported.order.disposition), order_id, imported)

    def _import_patiently(self, order_id: str, deadline: Deadline, is_first_look: bool) -> Imported:
        """Import; the buyer may be faster than Zonos, so an unknown order is asked for once more."""
        try:
            return self._import(order_id, _BY, deadline, is_missing=True)
        except OrderNotFound:
            if not is_first_look or deadline.remaining() < 2 * _PATIENCE_SECONDS:
                raise
        self._clock.sleep(_PATIENCE_SECONDS)
        return self._import(order_id, _BY, deadline, is_missing=True)

    def _record(self, order_id: str, error: Exception) -> None:
        if self._failing.is_on:
            return
        self._failing.count(order_id)
        self._failures.note(order_id, error, _BY, is_own=is_orders_own(error))


def _state(disposition: str) -> State:
    return State.CONFIRMED if disposition in _CONFIRMED else State.CONFIRMING
