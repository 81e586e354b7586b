"""The rolling refresh: what changes at Zonos without a change of status is noticed by looking again.

It walks through the recent orders that are not final, round and round, a few in each run: whichever was not
looked at for longest comes next.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import describe
from zonos_orders.import_many import Candidate, ImportMany, Tally
from zonos_orders.instants import day_of, days_between, shift_day
from zonos_orders.merge import Outcome
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.status import Disposition

_READ_AT_MOST = 2000  # orders in the index, final ones included
_TIME_IS_SHORT_SECONDS = 10.0
_FINAL = {Disposition.CANCELLED, Disposition.COMPLETED}

Place = tuple[str, str]  # a UTC day, and an order id of it
OfDay = Callable[[str, str], Iterable[tuple[str, str]]]  # day, id after which → order id, disposition


@dataclass(slots=True)
class Refreshed:
    """What a refresh did. `error`: why it ended before its end."""

    tally: Tally = field(default_factory=Tally)
    error: str | None = None

    @property
    def looked(self) -> int:
        """How many orders Zonos was asked for."""
        return len(_tried(self.tally))

    @property
    def changed(self) -> int:
        """How many of them had changed."""
        return self.tally.count(Outcome.CHANGED)


def once_round(seen: Place | None, days: Sequence[str], of_day: OfDay) -> Iterator[tuple[Place, str]]:
    """Yield the orders of `days` from behind `seen` to the end, and from the beginning to `seen`.

    Each with its disposition. A place outside of the days begins at the first one: they have moved on, or a
    clock was ahead.
    """
    start = seen if seen and days[0] <= seen[0] <= days[-1] else (days[0], "")
    first = days.index(start[0])
    for day in days[first:]:
        for order_id, disposition in of_day(day, start[1] if day == start[0] else ""):
            yield (day, order_id), disposition
    for day in days[: first + 1] if start[1] else ():
        for order_id, disposition in of_day(day, ""):
            if (day, order_id) > start:
                return
            yield (day, order_id), disposition


class Refresh:
    """Fetches up to `calls` orders of the last `days` days again, those not looked at for longest."""

    def __init__(
        self,
        orders: OrdersTable,
        table: ReconciliationTable,
        import_many: ImportMany,
        store_id: str,
        days: int,
        calls: int,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._table = table
        self._import_many = import_many
        self._store_id = store_id
        self._days = days
        self._calls = calls
        self._clock = clock

    def __call__(self, tried: Collection[str], deadline: Deadline) -> Refreshed:
        """Look again, but at none of the orders that this run has `tried` already. Raises nothing.

        A failure is recorded like that of any import, and the order is then tried again at its own pace.
        """
        done = Refreshed()
        if self._calls and deadline.remaining() > _TIME_IS_SHORT_SECONDS:
            try:
                self._look(done, tried, deadline)
            except Exception as exc:  # the run has done its work: whatever this is, it waits for the next
                done.error = describe(exc)
        return done

    def _look(self, done: Refreshed, tried: Collection[str], deadline: Deadline) -> None:
        seen = self._table.refresh_place(self._store_id)
        failures = self._table.failures(deadline)
        passed, due = self._choose(seen, {*tried, *failures}, deadline)
        candidates = [Candidate(order_id, is_listed=True) for order_id in due]  # Zonos has named it before
        done.tally = self._import_many(candidates, {}, deadline)
        if done.tally.unrecorded:
            done.error = "a failure could not be recorded"
            return
        left = set(due) - _tried(done.tally)
        looked = list(takewhile(lambda place: place[1] not in left, passed))
        if looked and looked[-1] != seen:
            self._table.move_refresh(self._store_id, seen, looked[-1])

    def _choose(
        self, seen: Place | None, skipped: Collection[str], deadline: Deadline
    ) -> tuple[list[Place], list[str]]:
        """Return the places that the walk passes, and the orders among them that are to be looked at."""
        today = day_of(self._clock.now_ms())
        days = days_between(shift_day(today, -self._days), today)

        def of_day(day: str, after: str) -> Iterator[tuple[str, str]]:
            yield from self._orders.of_day(day, after, deadline)

        walk = once_round(seen, days, of_day)
        passed: list[Place] = []
        due: list[str] = []
        for place, disposition in islice(walk, _READ_AT_MOST):
            if disposition not in _FINAL and place[1] not in skipped:
                due.append(place[1])
            passed.append(place)
            if len(due) == self._calls:
                break
        return passed, due


def _tried(tally: Tally) -> set[str]:
    return tally.imported.keys() | tally.failures.keys()
