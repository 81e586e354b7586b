"""Start the review loop of an order and keep note of it; start those again that have gone quiet."""

from collections import Counter
from dataclasses import dataclass, field

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import describe
from zonos_orders.instants import MINUTE_MS, day_of, days_between, ms_from_iso
from zonos_orders.merge import raise_generation
from zonos_orders.orders_table import HeldOrder, OrdersTable
from zonos_orders.reconciliation_table import ReconciliationTable, Review
from zonos_orders.review_loops import ReviewLoops
from zonos_orders.status import SLOWEST_PACE

_GRACE_MS = MINUTE_MS
_RAISES_A_RUN = 20
_CAUSES_NAMED = 20


@dataclass(slots=True)
class Restarts:
    """What a run did about quiet reviews; `failed` and `left` are looked at again by the next run.

    `causes`: why, by order id, for the first of those that failed. `held`: what the run met, None when it
    could not look.
    """

    restarted: int = 0
    failed: int = 0
    left: int = 0
    causes: dict[str, str] = field(default_factory=dict, compare=False)
    held: "HeldNow | None" = field(default=None, compare=False)

    def fail(self, what: str, error: Exception) -> None:
        """Count a failure of the order, or of the look-up, that `what` names."""
        self.failed += 1
        if self.failed <= _CAUSES_NAMED:
            self.causes[what] = describe(error)


@dataclass(frozen=True, slots=True)
class HeldNow:
    """How many orders are HELD and for how many days the oldest has been, by reason.

    Days, because that is what the index knows. The oldest review goes on for so many whole minutes.
    """

    reasons: dict[str, int]
    oldest_days: dict[str, int]
    oldest_review_minutes: int


class Reviews:
    """The reviews of all orders: who is watched, and whether the watch is alive."""

    def __init__(
        self,
        loops: ReviewLoops,
        orders: OrdersTable,
        table: ReconciliationTable,
        base_seconds: int,
        clock: Clock,
    ) -> None:
        self._loops = loops
        self._orders = orders
        self._table = table
        self._base_ms = base_seconds * 1000
        self._clock = clock

    def start(self, order_id: str, generation: int) -> bool:
        """Start the loop of a review and note it. False when its name is burnt; AwsError when it fails."""
        if not self._loops.start(order_id, generation):
            return False
        now = self._clock.now_ms()
        self._table.note_review(order_id, generation, "started", now, now + self._base_ms)
        return True

    def restart_quiet(self, deadline: Deadline) -> Restarts:
        """Start every review that was never started or whose next look is overdue.

        Those never heard of come first. Starting a loop that runs after all changes nothing: its name and
        input are the same. When a name is burnt and the order is still in review, the generation rises; at
        most twenty times a run.
        """
        held_now, watched = self._read(deadline)
        noted = self._table.reviews([held.order_id for held in watched], deadline)
        quiet = [held for held in watched if self._is_quiet(held, noted.get(held.order_id))]
        quiet.sort(key=lambda held: _last_heard_of(noted.get(held.order_id)))
        restarts = Restarts(held=held_now)
        raises_left = _RAISES_A_RUN
        for n, held in enumerate(quiet):
            if deadline.remaining() <= 0:
                restarts.left += len(quiet) - n
                break
            try:
                raises_left = self._restart(held, raises_left, restarts)
            except Exception as exc:  # one order's failure, a bug even, stops neither the others nor the run
                restarts.fail(held.order_id, exc)
        return restarts

    def _read(self, deadline: Deadline) -> tuple[HeldNow, list[HeldOrder]]:
        """Return how many are held, and those in review; after a backfill a million may be held otherwise."""
        now = self._clock.now_ms()
        reasons, since = Counter[str](), dict[str, str]()
        watched = []
        for held in self._orders.held(deadline):
            for reason in held.hold_reasons:
                reasons[reason] += 1
                since[reason] = min(since.get(reason, held.held_day), held.held_day)
            if held.in_review:
                watched.append(held)
        days = {reason: _days_since(day, day_of(now)) for reason, day in since.items()}
        oldest = min([now, *filter(None, map(_started_at, watched))])
        return HeldNow(dict(reasons), days, (now - oldest) // MINUTE_MS), watched

    def _restart(self, held: HeldOrder, raises_left: int, restarts: Restarts) -> int:
        """Start under the present name, or under the next one that is not burnt; return the raises left."""
        generation = held.review_generation
        while not self.start(held.order_id, generation):
            if not raises_left:
                restarts.left += 1
                return 0
            raises_left -= 1
            raised = self._raise_generation(held.order_id, generation)
            if raised is None:
                return raises_left
            generation = raised
        restarts.restarted += 1
        return raises_left

    def _is_quiet(self, held: HeldOrder, review: Review | None) -> bool:
        if review is None or review.generation != held.review_generation:
            return True
        now = self._clock.now_ms()
        is_overdue = review.next_look_at + 2 * self._base_ms + _GRACE_MS < now
        # Later than any wait: the clock that noted it was ahead.
        return is_overdue or review.next_look_at > now + SLOWEST_PACE * self._base_ms + _GRACE_MS

    def _raise_generation(self, order_id: str, burnt: int) -> int | None:
        """Return the next generation, None when the order has moved on meanwhile."""
        stored = self._orders.get(order_id)
        if stored is None or not stored.in_review or stored.review_generation != burnt:
            return None
        raised = raise_generation(stored, self._clock.now_ms(), "reconcile")
        standing = self._orders.replace(stored.revision, raised)
        return raised.review_generation if standing is raised else None


def _days_since(day: str, today: str) -> int:
    return len(days_between(day, today)) - 1 if day < today else 0


def _started_at(held: HeldOrder) -> int | None:
    try:
        return ms_from_iso(held.review_started_at)
    except ValueError:  # whatever somebody has written there: it is only measured
        return None


def _last_heard_of(review: Review | None) -> int:
    return review.next_look_at if review else 0
