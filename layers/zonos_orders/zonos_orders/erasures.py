"""The sweep of a scheduled run: finish erasures that were begun, and erase what has been kept long enough."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from zonos_orders.clock import Clock, Deadline
from zonos_orders.erasure import BY_AGE, Erasure, first_day_kept
from zonos_orders.erasure_records import PAGE, ErasureRecords, Place
from zonos_orders.errors import AwsError, describe
from zonos_orders.instants import iso, shift_day
from zonos_orders.orders_table import OrdersTable
from zonos_orders.rewriting import rewrite
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.supervision import Verdict, erase, erase_by_age

_BY = "reconcile"
_SECONDS = 20.0
_FIRST_DAY = "20000101"  # no plausible order is older
_DAYS_A_RUN = 100  # a round takes a day at a run every quarter of an hour
_SHARE_OF_THE_NEWEST = 0.25
_CAUSES_NAMED = 20


@dataclass(slots=True)
class Swept:
    """What a run erased; what failed comes up again. `causes`: why, for the first of those that failed."""

    erased: int = 0
    failed: int = 0
    causes: dict[str, str] = field(default_factory=dict)

    def fail(self, what: str, error: Exception) -> None:
        """Count a failure of the order, or of the look-up, that `what` names."""
        self.failed += 1
        if self.failed <= _CAUSES_NAMED:
            self.causes[what] = describe(error)


class Erasures:
    """Goes round and round: a table can be restored, and an order be settled long after its day is over."""

    def __init__(
        self,
        orders: OrdersTable,
        records: ErasureRecords,
        policy: ShippingPolicy,
        keep_days: int,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._records = records
        self._policy = policy
        self._keep_days = keep_days
        self._clock = clock

    def sweep(self, deadline: Deadline) -> Swept:
        """Erase as much as one run may, from where the last one ended. Raises nothing that AWS does wrong."""
        swept = Swept()
        deadline = deadline.at_most(_SECONDS)
        try:
            began = place = self._records.place()
            place = self._finish(place, deadline, swept)
            try:
                if self._keep_days:
                    place = self._retire(place, deadline, swept)
            finally:  # what was finished is not gone through again
                if place != began:
                    self._records.move_to(place)
        except AwsError as exc:
            swept.fail("erasures", exc)
        return swept

    def _finish(self, place: Place, deadline: Deadline, swept: Swept) -> Place:
        """Erase what is on record and has its personal data: restored, or never got so far."""
        records = self._records.after(place.record)
        for order_id in self._orders.not_erased(records, deadline):
            if deadline.remaining() <= 0:
                return place
            self._one(order_id, swept, self._by_record(records[order_id]))
        return replace(place, record=max(records) if len(records) >= PAGE else "")

    def _retire(self, place: Place, deadline: Deadline, swept: Swept) -> Place:
        """Erase what the index `by_day` still holds of the days that are over.

        Each run looks at the one that has just become so, and goes on with its round of all others.
        """
        newest = shift_day(first_day_kept(self._keep_days, self._clock.now_ms()), -1)
        self._day(newest, "", deadline.at_most(_SHARE_OF_THE_NEWEST * deadline.remaining()), swept)
        for _ in range(_DAYS_A_RUN):
            if deadline.remaining() <= 0:
                return place
            if not _FIRST_DAY <= place.day < newest:
                place = replace(place, day=shift_day(newest, -1), order_id="")
            came_to = self._day(place.day, place.order_id, deadline, swept)
            if came_to is not None:
                return replace(place, order_id=came_to)
            place = replace(place, day=shift_day(place.day, -1), order_id="")
        return place

    def _day(self, day: str, after: str, deadline: Deadline, swept: Swept) -> str | None:
        """Go through a day's orders after `after`; return the last one when the time is over, else None."""
        for order_id, _ in self._orders.of_day(day, after):
            if deadline.remaining() <= 0:
                return after
            self._one(order_id, swept, self._by_age)
            after = order_id
        return None

    def _by_record(self, erasure: Erasure) -> Callable[[StoredOrder], Verdict]:
        return lambda stored: erase(stored, self._policy, self._clock.now_ms(), _BY, erasure)

    def _by_age(self, stored: StoredOrder) -> Verdict:
        now = self._clock.now_ms()
        return erase_by_age(stored, self._policy, now, _BY, Erasure(iso(now), BY_AGE), self._keep_days)

    def _one(self, order_id: str, swept: Swept, rule: Callable[[StoredOrder], Verdict]) -> None:
        try:
            swept.erased += rewrite(self._orders, order_id, rule).verdict.change is not None
        except Exception as exc:  # one order's failure, a bug even, stops neither the others nor the run
            swept.fail(order_id, exc)
