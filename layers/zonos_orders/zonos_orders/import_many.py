"""Import many orders side by side: each is committed on its own, and each fails on its own."""

import threading
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from zonos_orders.clock import Deadline
from zonos_orders.erasure_records import ErasureRecords
from zonos_orders.errors import (
    AwsError,
    BadCredentials,
    OrderNotFound,
    StatusDisagrees,
    ZonosUnavailable,
    describe,
)
from zonos_orders.failures import FailureLog, is_orders_own
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.merge import Outcome
from zonos_orders.order_id import order_number
from zonos_orders.reconciliation_table import Failure, ReconciliationTable
from zonos_orders.threads import Threads

_BY = "reconcile"
_ORDER_SECONDS = 10.0
_LAST_START_SECONDS = 2.0  # with less time left, an order is left to the next run
_DOWN_AFTER = 5  # orders in a row that found Zonos unavailable
ZONOS_IS_DOWN = "Zonos is down"
_LOOKED_AHEAD = 20_000  # more than a run imports
_LOOKED_UP_AT_ONCE = 1_000  # ten calls
_LOOK_AHEAD_SHARE = 0.1  # of the time that there is: each import can look itself
_LASTING_MS = 45 * 60_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order to import. `listed_status`: what the listing says of it, None when it says nothing."""

    order_id: str
    is_missing: bool = False
    is_listed: bool = False
    listed_status: str | None = None


@dataclass(slots=True)
class Tally:
    """What became of the candidates.

    `failed` counts by error class what is on record; `unrecorded` could not even be recorded; `left` were
    not tried and are on no record either. `stopped` says why the work ended before its end.
    """

    imported: dict[str, Imported] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    unrecorded: int = 0
    left: int = 0
    stopped: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether every candidate is stored or on record."""
        return not (self.unrecorded or self.left)

    def count(self, outcome: Outcome) -> int:
        """Return how many imports had this outcome."""
        return sum(imported.outcome is outcome for imported in self.imported.values())


class ImportMany:
    """Imports candidates, oldest first, `concurrency` at a time."""

    def __init__(
        self,
        import_order: ImportOrder,
        table: ReconciliationTable,
        failure_log: FailureLog,
        erasures: ErasureRecords,
        concurrency: int,
        threads: Threads,
    ) -> None:
        self._import = import_order
        self._table = table
        self._failure_log = failure_log
        self._erasures = erasures
        self._concurrency = concurrency
        self._threads = threads

    def __call__(
        self,
        candidates: Sequence[Candidate],
        failures: Mapping[str, Failure],
        deadline: Deadline,
        *,
        whole: bool = False,
        dry_run: bool = False,
    ) -> Tally:
        """Import until done, until `deadline`, or until every further call would fail alike.

        First what is new, oldest first; then what has failed before, longest untried first: bad orders do
        not hold up good ones. `deadline` bounds the calls to Zonos; the last orders' writes come after it.
        `whole`: the tally's orders keep their content, for a few of which something is to be done then.
        `failures` are the records of earlier attempts: closed by success, continued by failure.
        """
        turns = sorted(candidates, key=lambda candidate: _turn(candidate, failures))
        never_erased = self._never_erased(turns, deadline)
        batch = _Batch(turns, on_record=failures.keys(), never_erased=never_erased, whole=whole)

        def work() -> None:
            for candidate in batch.hand_out(deadline):
                self._one(candidate, failures.get(candidate.order_id), deadline, batch, dry_run=dry_run)

        def record(candidate: Candidate, error: Exception) -> None:
            # Zonos failing for all is not an order's fault, Zonos failing for one order may well be: when
            # others come through, or when it lasts although the list of orders comes.
            earlier = failures.get(candidate.order_id)
            lasts = earlier is not None and _lasts(earlier)
            is_own = batch.tally.stopped != ZONOS_IS_DOWN and (bool(batch.tally.imported) or lasts)
            batch.recorded(dry_run or self._note(candidate, error, earlier, is_own=is_own))

        workers = min(self._concurrency, len(candidates))
        self._threads.side_by_side([work] * workers, workers)
        self._threads.side_by_side([partial(record, *one) for one in batch.unavailable], workers)
        return batch.tally

    def _never_erased(self, turns: Sequence[Candidate], deadline: Deadline) -> Set[str]:
        """Look ahead in few calls, from the first one on; for the others each import looks itself."""
        missing = [candidate.order_id for candidate in turns if candidate.is_missing][:_LOOKED_AHEAD]
        until = deadline.at_most(_LOOK_AHEAD_SHARE * deadline.remaining())
        never: set[str] = set()
        with suppress(AwsError):
            for start in range(0, len(missing), _LOOKED_UP_AT_ONCE):
                if until.remaining() <= 0:
                    break
                some = missing[start : start + _LOOKED_UP_AT_ONCE]
                never |= set(some) - self._erasures.among(some, until)
        return never

    def _one(
        self,
        candidate: Candidate,
        earlier: Failure | None,
        deadline: Deadline,
        batch: "_Batch",
        *,
        dry_run: bool,
    ) -> None:
        try:
            imported = self._import(
                candidate.order_id,
                _BY,
                deadline.at_most(_ORDER_SECONDS),
                is_missing=candidate.is_missing,
                never_erased=candidate.order_id in batch.never_erased,
                dry_run=dry_run,
            )
            batch.succeeded(candidate, imported)
            if not dry_run:
                self._after(candidate, imported, earlier)
        except Exception as exc:
            batch.failed(candidate, exc)
            if isinstance(exc, ZonosUnavailable):
                return  # recorded at the end, when it is known whether it was an outage
            if earlier and _never_was(candidate, earlier, exc):
                batch.recorded(dry_run or self._clear(earlier))
            elif not earlier and not candidate.is_listed and isinstance(exc, OrderNotFound):
                pass  # a number that somebody made up by hand, and who is told so
            else:
                batch.recorded(dry_run or self._note(candidate, exc, earlier, is_own=is_orders_own(exc)))

    def _after(self, candidate: Candidate, imported: Imported, earlier: Failure | None) -> None:
        """Close the failure record, unless the listing goes on contradicting what is stored."""
        listed = candidate.listed_status
        kept_as_it_was = imported.outcome in (Outcome.UNCHANGED, Outcome.STALE)
        if listed and kept_as_it_was and imported.order.zonos_status != listed:
            raise StatusDisagrees("the listing and the order itself name different statuses")
        if earlier:
            self._table.clear_failure(earlier)

    def _note(self, candidate: Candidate, error: Exception, earlier: Failure | None, *, is_own: bool) -> bool:
        listed = candidate.listed_status if isinstance(error, StatusDisagrees) else None
        return self._failure_log.note(
            candidate.order_id,
            error,
            _BY,
            earlier,
            is_own=is_own,
            listed_status=listed,
            is_listed=candidate.is_listed,
        )

    def _clear(self, failure: Failure) -> bool:
        try:
            self._table.clear_failure(failure)
        except AwsError:
            return False
        return True


def _turn(candidate: Candidate, failures: Mapping[str, Failure]) -> tuple[int, int]:
    earlier = failures.get(candidate.order_id)
    return earlier.last_failed_at if earlier else 0, order_number(candidate.order_id)


def _lasts(failure: Failure) -> bool:
    """Say whether an order has failed for long; so too when its first failure was noted by a clock ahead."""
    return not 0 <= failure.last_failed_at - failure.first_failed_at < _LASTING_MS


def _never_was(candidate: Candidate, earlier: Failure, error: Exception) -> bool:
    """Somebody named it while Zonos was down; Zonos is back, knows it not and never listed it: a guess.

    What a review loop reports is stored, and so an order, whatever Zonos knows of it now.
    """
    guessed = earlier.reported_by != "recheck" and not (candidate.is_listed or earlier.was_listed)
    return guessed and isinstance(error, OrderNotFound)


class _Batch:
    """Hands candidates to the workers and gathers what they report."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        on_record: Collection[str],
        never_erased: Set[str],
        *,
        whole: bool,
    ) -> None:
        self._whole = whole
        self._candidates = deque(candidates)
        self.never_erased = never_erased
        self._on_record = on_record
        self.tally = Tally(left=sum(map(self._would_be_forgotten, candidates)))
        self._lock = threading.Lock()
        self._unavailable_in_a_row = 0
        self.unavailable: list[tuple[Candidate, Exception]] = []

    def hand_out(self, deadline: Deadline) -> Iterator[Candidate]:
        while True:
            with self._lock:
                if not self._candidates or self.tally.stopped:
                    return
                if deadline.remaining() < _LAST_START_SECONDS:
                    self.tally.stopped = "the time was nearly over"
                    return
                candidate = self._candidates.popleft()
                self.tally.left -= self._would_be_forgotten(candidate)
            yield candidate

    def _would_be_forgotten(self, candidate: Candidate) -> bool:
        """Say whether nothing but this run knows that the order is to be imported."""
        return candidate.order_id not in self._on_record

    def succeeded(self, candidate: Candidate, imported: Imported) -> None:
        with self._lock:
            self._unavailable_in_a_row = 0
            self.tally.imported[candidate.order_id] = imported if self._whole else imported.without_content()

    def failed(self, candidate: Candidate, error: Exception) -> None:
        with self._lock:
            if isinstance(error, ZonosUnavailable):
                self._unavailable_in_a_row += 1
                self.unavailable.append((candidate, error))
            else:
                self._unavailable_in_a_row = 0
            self.tally.failed[type(error).__name__] += 1
            self.tally.failures[candidate.order_id] = describe(error)
            if isinstance(error, BadCredentials):
                self.tally.stopped = "Zonos refuses the credentials"
            elif self._unavailable_in_a_row >= _DOWN_AFTER:
                self.tally.stopped = ZONOS_IS_DOWN

    def recorded(self, is_recorded: bool) -> None:
        with self._lock:
            self.tally.unrecorded += not is_recorded
