"""Tell Zonos the merchant's own number of each order that was taken over: stored first, told after."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from zonos_orders import zonos_writes
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import (
    AwsError,
    AwsUnavailable,
    BadCredentials,
    WriteContention,
    ZonosOrdersError,
    ZonosUnavailable,
    describe,
)
from zonos_orders.failures import FailureLog, is_due, is_orders_own
from zonos_orders.hand_over import written_back
from zonos_orders.instants import DAY_MS, MINUTE_MS, day_of
from zonos_orders.merge import amend
from zonos_orders.order import merchant_order_id_of
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reconciliation_table import Failure, ReconciliationTable
from zonos_orders.stored_order import StoredOrder
from zonos_orders.zonos_client import ZonosClient

KIND = "write_back"
_BY = "reconcile"
_SECONDS = 10.0
_LAST_START_SECONDS = 2.0
_ATTEMPTS = 3
_DOWN_AFTER = 3  # in a row that found Zonos, or the table, unavailable
_CAUSES_NAMED = 20
_PERSISTS_AFTER_MS = 60 * MINUTE_MS


@dataclass(slots=True)
class WriteBacks:
    """What a run told Zonos, and how things stand after it.

    `outstanding`: how many numbers Zonos does not know, `persistent`: how many of them a person must look
    at; None when not learned. `causes`: why, by order id, for the first of those that failed.
    """

    outstanding: int | None = None
    persistent: int | None = None
    confirmed: int = 0
    failed: int = 0
    causes: dict[str, str] = field(default_factory=dict)

    def fail(self, what: str, error: Exception) -> None:
        """Count a failure of the order, or of the look-up, that `what` names."""
        self.failed += 1
        if self.failed <= _CAUSES_NAMED:
            self.causes[what] = describe(error)


class WriteBack:
    """Tells Zonos one number, or all that are outstanding."""

    def __init__(
        self, zonos: ZonosClient, orders: OrdersTable, table: ReconciliationTable, clock: Clock
    ) -> None:
        self._zonos = zonos
        self._orders = orders
        self._table = table
        self._failures = FailureLog(table, clock, KIND)
        self._clock = clock

    def __call__(
        self, stored: StoredOrder, by: str, deadline: Deadline, earlier: Failure | None = None
    ) -> StoredOrder:
        """Tell Zonos the number of an order that was taken over, and note that it knows it.

        `by` is `order_desk` or `reconcile`, `earlier` the record of failures so far. Returns the order as it
        stands after it. Telling it again changes nothing at Zonos: a note that fails costs one more call,
        later. Raises ZonosError, AwsError or WriteContention, each recorded.
        """
        number = stored.merchant_order_id
        try:
            call = zonos_writes.update_merchant_order_id(stored.order_id, number)
            self._zonos.tell(call, deadline.at_most(_SECONDS))
            noted = self._note(stored, number, by)
        except ZonosOrdersError as exc:
            self._failures.note(stored.order_id, exc, by, earlier, is_own=is_orders_own(exc), is_listed=True)
            raise
        if earlier:
            with suppress(AwsError):  # the next run closes the record of what Zonos knows
                self._table.clear_failure(earlier, KIND)
        return noted

    def outstanding(self, deadline: Deadline, *, at_once: bool = False) -> WriteBacks:
        """Tell Zonos every number that it does not know yet and whose next attempt is due, or all `at_once`.

        Oldest first, then what has failed before, longest untried first: a number that Zonos never takes
        holds up no other. Whatever fails is counted, and left to the next run.
        """
        done = WriteBacks()
        try:
            waiting = self._orders.waiting_for_write_back(deadline)
            failures = self._table.failures(deadline, KIND)
            turns = sorted(waiting, key=lambda one: failures[one].last_failed_at if one in failures else 0)
            left = waiting.keys() - self._tell(turns, failures, deadline, done, at_once=at_once)
            done.outstanding = len(left)
            now = self._clock.now_ms()
            done.persistent = sum(_persists(one, failures, done, now) for one in left)
            for order_id in failures.keys() - waiting.keys():  # Zonos learned it after all
                self._table.clear_failure(failures[order_id], KIND)
        except Exception as exc:  # what was imported still has to be told, whatever this is
            done.fail("numbers to write back", exc)
        return done

    def tell_again(self, order: StoredOrder) -> bool:
        """Mark a number that Zonos had confirmed as outstanding; False when others were faster."""
        now = self._clock.now_ms()
        marked = amend(order, now, _BY, write_back_day=day_of(now))
        return self._orders.replace(order.revision, marked) is marked

    def _tell(
        self,
        turns: Iterable[str],
        failures: Mapping[str, Failure],
        deadline: Deadline,
        done: WriteBacks,
        *,
        at_once: bool,
    ) -> set[str]:
        """Return the orders whose number Zonos knows by now."""
        known: set[str] = set()
        unavailable_in_a_row = 0
        now = self._clock.now_ms()
        for order_id in turns:
            earlier = failures.get(order_id)
            if earlier and not (at_once or is_due(earlier, now)):
                continue
            if unavailable_in_a_row == _DOWN_AFTER or deadline.remaining() < _LAST_START_SECONDS:
                break
            try:
                stored = self._orders.get(order_id)
                if stored is None or stored.is_written_back:
                    known.add(order_id)
                    continue
                if self(stored, _BY, deadline, earlier).is_written_back:
                    known.add(order_id)
                    done.confirmed += 1
                unavailable_in_a_row = 0
            except BadCredentials as exc:
                done.fail(order_id, exc)
                break
            except Exception as exc:  # one order's failure, a bug even, stops neither the others nor the run
                done.fail(order_id, exc)
                is_down = isinstance(exc, ZonosUnavailable | AwsUnavailable)
                unavailable_in_a_row = unavailable_in_a_row + 1 if is_down else 0
        return known

    def _note(self, stored: StoredOrder, number: str, by: str) -> StoredOrder:
        for _ in range(_ATTEMPTS):
            order = _after_telling(stored, number, self._clock.now_ms(), by)
            if order is None:
                return stored
            standing = self._orders.replace(stored.revision, order)
            if standing is order or standing is None:
                return order
            stored = standing
        raise WriteContention("other writers were faster three times in a row")


def is_lost(order: StoredOrder) -> bool:
    """Say whether Zonos does not show the number that it has confirmed. `order` was fetched just now."""
    content = order.attributes.get("order")
    if content is None or not (order.taken_over_here and order.is_written_back):
        return False
    return merchant_order_id_of(content) != order.merchant_order_id


def _after_telling(stored: StoredOrder, number: str, now_ms: int, by: str) -> StoredOrder | None:
    """Return the order after Zonos has confirmed `number`; None when that changes nothing.

    When another number was forced meanwhile, nobody knows which of the two Zonos heard last: the one that
    stands here is told again.
    """
    if stored.is_written_back and stored.merchant_order_id != number:
        return amend(stored, now_ms, by, write_back_day=day_of(now_ms))
    return written_back(stored, number, now_ms, by)


def _persists(order_id: str, failures: Mapping[str, Failure], done: WriteBacks, now_ms: int) -> bool:
    """Say whether a number fails for long, and not only for want of another try.

    What Zonos refuses persists after an hour. That Zonos cannot be told, although its list comes, may be the
    end of an outage, which has an alarm of its own: so it persists after a day, when it still fails.
    """
    failure = failures.get(order_id)
    if failure is None or not (failure.strikes or order_id in done.causes):
        return False
    limit = _PERSISTS_AFTER_MS if failure.strikes else DAY_MS
    return not 0 <= now_ms - failure.first_failed_at < limit
