"""The reconciliation: import whatever Zonos lists and the table lacks or holds in another state."""

from collections.abc import Sequence
from contextlib import suppress

from zonos_orders.clock import Clock, Deadline
from zonos_orders.erasures import Erasures
from zonos_orders.errors import AwsError, BadCredentials, ZonosError, describe
from zonos_orders.import_listed import ImportListed, with_time_to_write
from zonos_orders.import_many import Candidate, ImportMany
from zonos_orders.instants import MINUTE_MS, day_of, days_between, shift_day
from zonos_orders.look_back import LookBack
from zonos_orders.merge import Outcome
from zonos_orders.order_list import OrderList
from zonos_orders.orders_table import OrdersTable
from zonos_orders.payloads import ReconcileRequest
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.refresh import Refresh
from zonos_orders.reviews import Restarts, Reviews
from zonos_orders.run_summary import RunOutcome, Summary, finished, given_up
from zonos_orders.second_net import SecondNet
from zonos_orders.write_back import WriteBack
from zonos_orders.zonos_client import ZonosClient

_OVERLAP_DAYS = 2
_ORDER_SECONDS = 10.0
_LAST_LOOK_UP_SECONDS = 2.0
_REVIEWS_SHARE = 0.2
_LOOK_BACK_SHARE = 0.7
_LEASE_MARGIN_MS = 10_000


class Reconcile:
    """Runs by schedule under a lease, and by hand without one."""

    def __init__(
        self,
        zonos: ZonosClient,
        orders: OrdersTable,
        table: ReconciliationTable,
        reviews: Reviews,
        import_many: ImportMany,
        import_listed: ImportListed,
        second_net: SecondNet,
        write_back: WriteBack,
        refresh: Refresh,
        erasures: Erasures,
        store_id: str,
        initial_lookback_days: int,
        clock: Clock,
    ) -> None:
        self._zonos = zonos
        self._list = OrderList(zonos)
        self._orders = orders
        self._table = table
        self._reviews = reviews
        self._import_many = import_many
        self._import_listed = import_listed
        self._second_net = second_net
        self._look_back = LookBack(table, import_many, store_id)
        self._write_back = write_back
        self._refresh = refresh
        self._erasures = erasures
        self._store_id = store_id
        self._lookback_days = initial_lookback_days
        self._clock = clock

    def __call__(self, request: ReconcileRequest, deadline: Deadline, owner: str) -> Summary:
        """Do what `request` says until `deadline`. `owner` names this invocation in the lease.

        What Zonos does wrong ends in the summary's outcome. Raises AwsError: then nothing is known for sure,
        and the watermark stands where it was.
        """
        in_time = with_time_to_write(deadline)
        if request.is_scheduled:
            lease_ends = self._clock.now_ms() + round(deadline.remaining() * 1000) + _LEASE_MARGIN_MS
            return self._scheduled(in_time, owner, lease_ends)
        try:
            return self._by_hand(request, in_time)
        except ZonosError as exc:
            return given_up(exc)

    def _scheduled(self, deadline: Deadline, owner: str, lease_ends: int) -> Summary:
        started_at = self._clock.now_ms()
        if not self._table.take_lease(owner, started_at, lease_ends):
            return Summary(RunOutcome.BUSY)
        try:
            restarts = self._restart_reviews(deadline)
            try:
                summary = self._since_watermark(started_at, deadline)
            except ZonosError as exc:
                summary = given_up(exc)
            self._after_import(summary, deadline)
            summary.restarts, summary.swept = restarts, self._erasures.sweep(deadline)
            with suppress(AwsError):  # the next run counts again
                summary.waiting_for_hand_over = self._orders.count_to_ship()
            with suppress(AwsError):  # what was done still has to be told
                is_clean = summary.outcome is RunOutcome.CLEAN
                lag_from = self._table.note_run(started_at, summary.counts(), is_clean=is_clean)
                if lag_from is not None:
                    summary.lag_minutes = 0 if is_clean else (self._clock.now_ms() - lag_from) // MINUTE_MS
        finally:
            with suppress(AwsError):  # it expires by itself
                self._table.release_lease(owner)
        return summary

    def _restart_reviews(self, deadline: Deadline) -> Restarts:
        try:
            return self._reviews.restart_quiet(deadline.at_most(_REVIEWS_SHARE * deadline.remaining()))
        except Exception as exc:  # new orders do not wait for it, whatever it is
            restarts = Restarts()
            restarts.fail("held orders", exc)
            return restarts

    def _since_watermark(self, started_at: int, deadline: Deadline) -> Summary:
        today = day_of(started_at)
        watermark = self._table.watermark(self._store_id)
        is_first = self._is_first_of(today, watermark)
        since = self._look_back_to(watermark, today, is_first=is_first)
        of_days = self._list.of_days(since, None, today, deadline)
        catch = self._second_net.cast(deadline)
        listing = of_days | catch.listing
        summary = self._import_listed(listing, days_between(since, today), deadline, is_scheduled=True)
        summary.watermark, summary.catch = watermark, catch
        tally = summary.tally
        new = {order_id for order_id, one in tally.imported.items() if one.outcome is Outcome.NEW}
        recovered = new & listing.statuses.keys()
        summary.recovered = len(recovered)
        summary.recovered_by_number = sum(one not in of_days.statuses for one in recovered)
        if summary.outcome is RunOutcome.CLEAN:
            try:
                if is_first:
                    self._ask_for_unnamed(summary, today, deadline)
                self._table.raise_watermark(self._store_id, today)
                summary.watermark = max(watermark or today, today)
            except AwsError as exc:
                summary.outcome, summary.error = RunOutcome.INCOMPLETE, describe(exc)
        if catch.listed and is_first:  # once a day
            summary.take_in(self._second_net.find_lost(catch, summary.tried, deadline))
        return summary

    def _ask_for_unnamed(self, summary: Summary, today: str, deadline: Deadline) -> None:
        """Once a day, ask for what the list does not say. The watermark waits for no order of these."""
        share = deadline.at_most(_LOOK_BACK_SHARE * deadline.remaining())
        for tally in self._look_back(summary.unnamed - summary.tried, today, share):
            summary.looked_back += len(tally.imported) + len(tally.failures)
            summary.take_in(tally)

    def _after_import(self, summary: Summary, deadline: Deadline) -> None:
        """Do what can wait: whatever fails here is told and left to the next run."""
        if summary.outcome in (RunOutcome.BAD_CREDENTIALS, RunOutcome.UNAVAILABLE):
            return
        summary.write_backs = self._write_back.outstanding(deadline)
        if summary.outcome is RunOutcome.REFUSED or summary.tally.stopped:
            return  # the list is not understood, Zonos is down, or the time nearly over
        summary.refreshed = self._refresh(summary.tried, deadline)
        summary.take_in(summary.refreshed.tally)

    def _is_first_of(self, today: str, watermark: str | None) -> bool:
        """Say whether no clean run has begun today yet.

        The watermark alone does not say it: a clock that was ahead may have written it days ago.
        """
        last = self._table.last_run() if watermark == today else None
        return last is None or day_of(last.lag_from) != today

    def _look_back_to(self, watermark: str | None, today: str, *, is_first: bool) -> str:
        """Look far back first thing each UTC day: an order can be completed long after it was begun."""
        since = shift_day(min(watermark or today, today), -_OVERLAP_DAYS)
        if is_first:
            since = min(since, shift_day(today, -self._lookback_days))
        return since

    def _by_hand(self, request: ReconcileRequest, deadline: Deadline) -> Summary:
        """Days are asked for with one more on each side: whether Zonos includes the ends is not sure."""
        today = day_of(self._clock.now_ms())
        dry_run = request.dry_run
        if request.since_date:
            since, through = shift_day(request.since_date, -1), request.through_date
            through = shift_day(through, 1) if through else None
            listing = self._list.of_days(since, through, today, deadline)
            days = days_between(since, min(through, today) if through else today)
            return self._import_listed(listing, days, deadline, dry_run=dry_run)
        if request.since_order_id:
            listing = self._list.since_order(request.since_order_id, deadline)
            return self._import_listed(listing, [today], deadline, dry_run=dry_run)
        named = list(request.order_ids)
        unresolved: dict[str, ZonosError] = {}
        left = 0
        failures = self._table.failures(deadline)
        if request.recheck:
            held = (order.order_id for order in self._orders.held(deadline))
            named = list(held if request.recheck == "held" else failures)
        if request.reference_ids:
            half = deadline.at_most(deadline.remaining() / 2)
            named, unresolved = self._resolve(request.reference_ids, half)
            left = len(request.reference_ids) - len(named) - len(unresolved)
        candidates = [Candidate(order_id) for order_id in dict.fromkeys(named)]
        tally = self._import_many(candidates, failures, deadline, dry_run=dry_run)
        tally.failures |= {place: describe(error) for place, error in unresolved.items()}
        tally.failed.update(type(error).__name__ for error in unresolved.values())
        tally.unrecorded += len(unresolved)
        tally.left += left
        summary = finished(tally)
        if request.recheck == "failures" and not dry_run and not tally.stopped:
            summary.write_backs = self._write_back.outstanding(deadline, at_once=True)
        return summary

    def _resolve(
        self, references: Sequence[str], deadline: Deadline
    ) -> tuple[list[str], dict[str, ZonosError]]:
        """Return the order ids of the references that there was time for, and what failed.

        A failure is named by the reference's place only: a cart id may be anything.
        """
        named: list[str] = []
        unresolved: dict[str, ZonosError] = {}
        for n, reference in enumerate(references):
            if deadline.remaining() < _LAST_LOOK_UP_SECONDS:
                break
            try:
                named.append(self._zonos.order_id_of_reference(reference, deadline.at_most(_ORDER_SECONDS)))
            except BadCredentials:
                raise
            except ZonosError as exc:
                unresolved[f"referenceIds[{n}]"] = exc
        return named, unresolved
