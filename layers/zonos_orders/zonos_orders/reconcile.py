"""The reconciliation: import whatever Zonos lists and the table lacks or holds in another state."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import (
    AnswerTooLarge,
    AwsError,
    BadCredentials,
    ZonosError,
    ZonosTooSlow,
    ZonosUnavailable,
    describe,
)
from zonos_orders.import_many import RESERVE_SECONDS, Candidate, ImportMany, Tally
from zonos_orders.instants import day_of, days_between, shift_day
from zonos_orders.listing import Listing
from zonos_orders.merge import Outcome
from zonos_orders.order_id import order_before
from zonos_orders.orders_table import OrdersTable
from zonos_orders.payloads import ReconcileRequest
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.reviews import Restarts, Reviews
from zonos_orders.zonos_api import Call, order_numbers
from zonos_orders.zonos_client import ZonosClient

_OVERLAP_DAYS = 2
_LIST_SECONDS = 20.0
_REVIEWS_SHARE = 0.2
_LEASE_MARGIN_MS = 10_000
_NAMED_AT_MOST = 500


class RunOutcome(StrEnum):
    """How a run ended."""

    CLEAN = "clean"  # everything listed is stored or on record
    INCOMPLETE = "incomplete"  # something is left for the next run
    BUSY = "busy"  # another run holds the lease
    UNAVAILABLE = "unavailable"  # Zonos cannot be asked now
    BAD_CREDENTIALS = "bad_credentials"
    REFUSED = "refused"  # Zonos does not understand us, or we do not understand Zonos


@dataclass(slots=True)
class Summary:
    """What a run did, in counts; `tally` holds the single imports."""

    outcome: RunOutcome
    listed: int = 0
    foreign: int = 0
    unreadable: int = 0
    missing: int = 0
    changed: int = 0
    due: int = 0
    watermark: str | None = None
    error: str | None = None
    restarts: Restarts = field(default_factory=Restarts)
    tally: Tally = field(default_factory=Tally)
    recovered: int = 0

    def counts(self) -> dict[str, Any]:
        """Return the run as one flat record: for the log, the run's record and the answer."""
        tally = self.tally
        return {
            "outcome": self.outcome,
            "listed": self.listed,
            "foreign": self.foreign,
            "unreadable": self.unreadable,
            "missing": self.missing,
            "changed": self.changed,
            "due": self.due,
            **{f"imported_{outcome}": tally.count(outcome) for outcome in Outcome},
            "recovered": self.recovered,
            "failed": dict(tally.failed),
            "unrecorded": tally.unrecorded,
            "left": tally.left,
            "stopped": tally.stopped,
            "reviews": asdict(self.restarts),
            "watermark": self.watermark,
            "error": self.error,
        }

    def details(self) -> dict[str, Any]:
        """Return the run by order, for whoever invoked it by hand; at most 500 orders are named."""
        named = {k: str(v.outcome) for k, v in self.tally.imported.items()} | self.tally.failures
        return {**self.counts(), "orders": dict(list(named.items())[:_NAMED_AT_MOST])}


class Reconcile:
    """Runs by schedule under a lease, and by hand without one."""

    def __init__(
        self,
        zonos: ZonosClient,
        orders: OrdersTable,
        table: ReconciliationTable,
        reviews: Reviews,
        import_many: ImportMany,
        store_id: str,
        initial_lookback_days: int,
        clock: Clock,
    ) -> None:
        self._zonos = zonos
        self._orders = orders
        self._table = table
        self._reviews = reviews
        self._import_many = import_many
        self._store_id = store_id
        self._lookback_days = initial_lookback_days
        self._clock = clock

    def __call__(self, request: ReconcileRequest, deadline: Deadline, owner: str) -> Summary:
        """Do what `request` says until `deadline`. `owner` names this invocation in the lease.

        What Zonos does wrong ends in the summary's outcome. Raises AwsError: then nothing is known for sure,
        and the watermark stands where it was.
        """
        if request.is_scheduled:
            return self._scheduled(deadline, owner)
        try:
            return self._by_hand(request, deadline)
        except ZonosError as exc:
            return _given_up(exc)

    def _scheduled(self, deadline: Deadline, owner: str) -> Summary:
        started_at = self._clock.now_ms()
        lease_ends = started_at + round(deadline.remaining() * 1000) + _LEASE_MARGIN_MS
        if not self._table.take_lease(owner, started_at, lease_ends):
            return Summary(RunOutcome.BUSY)
        try:
            restarts = self._restart_reviews(deadline)
            try:
                summary = self._since_watermark(started_at, deadline)
            except ZonosError as exc:
                summary = _given_up(exc)
            summary.restarts = restarts
            self._table.note_run(started_at, summary.counts())
        finally:
            with suppress(AwsError):  # it expires by itself
                self._table.release_lease(owner)
        return summary

    def _restart_reviews(self, deadline: Deadline) -> Restarts:
        try:
            return self._reviews.restart_quiet(deadline.at_most(_REVIEWS_SHARE * deadline.remaining()))
        except AwsError:  # counted; new orders do not wait for it
            return Restarts(failed=1)

    def _since_watermark(self, started_at: int, deadline: Deadline) -> Summary:
        today = day_of(started_at)
        watermark = self._table.watermark(self._store_id)
        since = self._look_back_to(watermark, today)
        listing = self._list_days(since, None, today, deadline)
        summary = self._import_listed(listing, since, deadline, is_scheduled=True)
        summary.watermark = watermark
        summary.recovered = sum(
            imported.outcome is Outcome.NEW and order_id in listing.statuses
            for order_id, imported in summary.tally.imported.items()
        )
        if summary.outcome is RunOutcome.CLEAN:
            self._table.raise_watermark(self._store_id, today)
            summary.watermark = max(watermark or today, today)
        return summary

    def _look_back_to(self, watermark: str | None, today: str) -> str:
        """Look far back first thing each UTC day: an order can be completed long after it was begun."""
        since = shift_day(watermark or today, -_OVERLAP_DAYS)
        if watermark is None or watermark < today:
            since = min(since, shift_day(today, -self._lookback_days))
        return since

    def _by_hand(self, request: ReconcileRequest, deadline: Deadline) -> Summary:
        """Windows are asked for with a day, or an order, more on each side.

        The vendor's page says "after", its client that only earlier ones are dropped: either may hold.
        """
        today = day_of(self._clock.now_ms())
        dry_run = request.dry_run
        if request.since_date:
            since, through = shift_day(request.since_date, -1), request.through_date
            through = shift_day(through, 1) if through else None
            listing = self._list_days(since, through, today, deadline)
            return self._import_listed(listing, since, deadline, dry_run=dry_run)
        if request.since_order_id:
            call = order_numbers(since_order_id=order_before(request.since_order_id), statuses=True)
            return self._import_listed(self._list(call, deadline), today, deadline, dry_run=dry_run)
        if request.held:
            named: Iterable[str] = [held.order_id for held in self._orders.held()]
        elif request.reference_ids:
            named = [self._zonos.order_id_of_reference(one, deadline) for one in request.reference_ids]
        else:
            named = request.order_ids
        candidates = [Candidate(order_id) for order_id in named]
        tally = self._import_many(candidates, self._table.failures(), deadline, dry_run=dry_run)
        return _finished(tally)

    def _list(self, call: Call, deadline: Deadline) -> Listing:
        return self._zonos.orders(call, deadline.sooner_by(RESERVE_SECONDS).at_most(_LIST_SECONDS))

    def _list_days(self, since: str, through: str | None, today: str, deadline: Deadline) -> Listing:
        """List a window; one that is too large or too slow is asked again in halves, which overlap."""
        call = order_numbers(since_date=since, through_date=through, statuses=True)
        try:
            return self._list(call, deadline)
        except (AnswerTooLarge, ZonosTooSlow):
            days = days_between(since, max(through or today, since))
            middle = len(days) // 2
            if middle < _OVERLAP_DAYS:
                raise
        earlier = self._list_days(since, days[middle], today, deadline)
        return earlier | self._list_days(days[middle - 1], through, today, deadline)

    def _import_listed(
        self,
        listing: Listing,
        since: str,
        deadline: Deadline,
        *,
        is_scheduled: bool = False,
        dry_run: bool = False,
    ) -> Summary:
        failures = self._table.failures()
        stored = self._stored_statuses(listing, since)
        now = self._clock.now_ms()
        due = {f.order_id for f in failures.values() if f.next_attempt_at <= now}
        waiting = failures.keys() - due if is_scheduled else set()
        candidates = _compare(listing, stored, waiting)
        missing = sum(candidate.is_missing for candidate in candidates)
        changed = len(candidates) - missing
        if is_scheduled:
            also = due - {candidate.order_id for candidate in candidates}
            candidates += [_due_candidate(order_id, listing) for order_id in also]
        tally = self._import_many(candidates, failures, deadline, dry_run=dry_run)
        summary = _finished(tally)
        summary.listed, summary.foreign = len(listing.statuses), listing.foreign
        summary.unreadable, summary.missing = listing.unreadable, missing
        summary.changed, summary.due = changed, len(due)
        return summary

    def _stored_statuses(self, listing: Listing, since: str) -> Mapping[str, str]:
        """Return the stored status of the listed orders: by day where that is cheaper, then by order id."""
        stored: dict[str, str] = {}
        days = days_between(since, day_of(self._clock.now_ms()))
        if len(days) < len(listing.statuses):
            for day in days:
                stored |= self._orders.statuses_of_day(day)
        unknown = listing.statuses.keys() - stored.keys()
        return stored | self._orders.statuses_of(sorted(unknown))


def _compare(listing: Listing, stored: Mapping[str, str], waiting: Iterable[str]) -> list[Candidate]:
    """Return the listed orders that are missing or changed, less those whose next attempt is not due."""
    candidates = []
    for order_id in listing.statuses.keys() - set(waiting):
        listed = listing.statuses[order_id]
        is_missing = order_id not in stored
        if is_missing or (listed and listed != stored[order_id]):
            candidates.append(Candidate(order_id, is_missing, is_listed=True, listed_status=listed))
    return candidates


def _due_candidate(order_id: str, listing: Listing) -> Candidate:
    is_listed = order_id in listing.statuses
    return Candidate(order_id, is_listed=is_listed, listed_status=listing.statuses.get(order_id))


def _finished(tally: Tally) -> Summary:
    if "BadCredentials" in tally.failed:
        return Summary(RunOutcome.BAD_CREDENTIALS, tally=tally)
    return Summary(RunOutcome.CLEAN if tally.is_clean else RunOutcome.INCOMPLETE, tally=tally)


def _given_up(error: ZonosError) -> Summary:
    outcomes = {ZonosUnavailable: RunOutcome.UNAVAILABLE, BadCredentials: RunOutcome.BAD_CREDENTIALS}
    outcome = next((o for kind, o in outcomes.items() if isinstance(error, kind)), RunOutcome.REFUSED)
    return Summary(outcome, error=describe(error))
