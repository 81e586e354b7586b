"""Import what a listing names and the table lacks or holds in another state."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from zonos_orders.clock import Clock, Deadline
from zonos_orders.comparison import Comparison
from zonos_orders.errors import AwsError, AwsUnavailable
from zonos_orders.failures import is_due
from zonos_orders.import_many import Candidate, ImportMany
from zonos_orders.listing import Listing
from zonos_orders.order_id import order_number
from zonos_orders.orders_table import OrdersTable
from zonos_orders.persistent_failures import count_persistent
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.run_summary import RunOutcome, Summary, finished
from zonos_orders.threads import Threads

_LOOKED_UP_AT_ONCE = 1_000
# So many are more than a run imports, the oldest first; to look further would leave it no time.
_MISSING_AT_MOST = 20_000
_DAYS_AT_ONCE = 4  # while one day's page is read, another is on its way
_ORDERS_WORTH_A_QUERY = 10  # a day's query reads what ten looks by order id would, in a call of its own
# Kept of an invocation's time for what follows the last answer of Zonos: writes, and their retries.
_RESERVE_SECONDS = 40.0
_RESERVE_SHARE = 0.2


def with_time_to_write(deadline: Deadline) -> Deadline:
    """Return the deadline for asking Zonos that leaves enough of an invocation for what is written then."""
    return deadline.sooner_by(min(_RESERVE_SECONDS, _RESERVE_SHARE * deadline.remaining()))


class ImportListed:
    """Compares a listing with the table, and imports the difference."""

    def __init__(
        self,
        orders: OrdersTable,
        table: ReconciliationTable,
        import_many: ImportMany,
        clock: Clock,
        threads: Threads,
    ) -> None:
        self._orders = orders
        self._table = table
        self._import_many = import_many
        self._clock = clock
        self._threads = threads

    def __call__(
        self,
        listing: Listing,
        days: Sequence[str],
        deadline: Deadline,
        *,
        is_scheduled: bool = False,
        waits: bool = False,
        is_guess: bool = False,
        dry_run: bool = False,
    ) -> Summary:
        """Import until done or until `deadline`. `days`: on which the listed orders were made, as a rule.

        `waits`: an order on record as failed is left to its pause. `is_scheduled`: so too, and whatever is
        due is imported as well, listed or not. `is_guess`: it was not Zonos who named the orders, so one
        that Zonos does not know is not put on record. Raises AwsError.
        """
        failures = self._table.failures(deadline)
        comparison = Comparison(listing)
        self._look_up(comparison, days, deadline)
        now = self._clock.now_ms()
        due = {failure.order_id for failure in failures.values() if is_due(failure, now)}
        waiting = {k: v for k, v in failures.items() if (is_scheduled or waits) and k not in due}
        candidates = comparison.candidates(waiting)
        if is_guess:
            candidates = [replace(candidate, is_listed=False) for candidate in candidates]
        missing = sum(candidate.is_missing for candidate in candidates)
        changed = len(candidates) - missing
        if is_scheduled:
            also = due - {candidate.order_id for candidate in candidates}
            candidates += [Candidate(one, is_listed=one in listing.statuses) for one in also]
        tally = self._import_many(candidates, failures, deadline, dry_run=dry_run)
        summary = finished(tally)
        if is_scheduled and summary.outcome is RunOutcome.CLEAN:
            summary.persistent = count_persistent(failures.values(), tally, listing, now)
        summary.unnamed = frozenset(comparison.unnamed)
        summary.listed, summary.foreign = len(listing.statuses), listing.foreign
        summary.unreadable, summary.missing = listing.unreadable, missing
        summary.changed, summary.due = changed, len(due)
        summary.on_record = frozenset(failures)
        return summary

    def _look_up(self, comparison: Comparison, days: Sequence[str], deadline: Deadline) -> None:
        """Meet the listed orders that are stored: by day where that is cheaper, then by order id.

        Whatever comes behind `_MISSING_AT_MOST` is taken for missing too; a stored one costs a fetch more.
        """
        if _ORDERS_WORTH_A_QUERY * len(days) < len(comparison.missing):
            self._look_up_days(comparison, days, deadline)
        unknown = sorted(comparison.missing, key=order_number)
        missing = 0
        for first in range(0, len(unknown), _LOOKED_UP_AT_ONCE):
            some = unknown[first : first + _LOOKED_UP_AT_ONCE]
            found = self._orders.statuses_of(some, deadline)
            comparison.meet(found.items())
            missing += len(some) - len(found)
            if missing >= _MISSING_AT_MOST:
                break

    def _look_up_days(self, comparison: Comparison, days: Sequence[str], deadline: Deadline) -> None:
        """Read the days side by side; the rest of them are let be once one has failed."""
        failed: list[str] = []

        def look(day: str) -> None:
            if failed:
                return
            try:
                if deadline.remaining() <= 0:
                    raise AwsUnavailable("the time was over before all was read")
                comparison.meet(self._orders.statuses_of_day(day, deadline))
            except AwsError:
                failed.append(day)
                raise

        self._threads.side_by_side([partial(look, day) for day in days], _DAYS_AT_ONCE)
