"""One look of a review loop at its order."""

from dataclasses import dataclass, replace
from enum import StrEnum

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import AwsError, AwsUnavailable, describe
from zonos_orders.failures import FailureLog, is_orders_own
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.merge import Outcome, expire_review
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.review_loops import execution_name
from zonos_orders.status import REVIEW_LASTS_AT_MOST_MS, HoldReason, wait_seconds
from zonos_orders.stored_order import StoredOrder

_BY = "recheck"
_ZONOS_SECONDS = 10.0


class Look(StrEnum):
    """How a look ended; the state machine chooses its next state by it."""

    WAITING = "waiting"
    SETTLED = "settled"  # out of review
    SUPERSEDED = "superseded"  # another loop watches this order, or none needs to
    EXPIRED = "expired"  # in review for too long


@dataclass(frozen=True, slots=True)
class LookResult:
    """A look's answer. `wait_seconds` is 0 when the loop is done; `failure` says why Zonos gave no answer.

    `cause` is the class of that failure.
    """

    order_id: str
    disposition: str
    outcome: Look
    wait_seconds: int = 0
    imported: Imported | None = None
    failure: str | None = None
    cause: type[Exception] | None = None

    @property
    def done(self) -> bool:
        """Whether the loop ends here."""
        return self.outcome is not Look.WAITING


class Recheck:
    """Look whether Zonos has lifted its hold, for the one loop that watches the order's present review."""

    def __init__(
        self,
        import_order: ImportOrder,
        orders: OrdersTable,
        table: ReconciliationTable,
        failures: FailureLog,
        base_seconds: int,
        clock: Clock,
    ) -> None:
        self._import = import_order
        self._orders = orders
        self._table = table
        self._failures = failures
        self._base_seconds = base_seconds
        self._clock = clock

    def __call__(self, order_id: str, execution: str, deadline: Deadline) -> LookResult:
        """Look once. `execution` is the name of the asking loop: only the present review's acts.

        Zonos being down, or not understood, ends no loop. Raises AwsError when the order cannot be read or
        the look not be noted: the state machine looks again. A look that has found something is an answer.
        """
        stored = self._orders.get(order_id)
        if stored is None or execution != execution_name(order_id, stored.review_generation):
            return LookResult(order_id, stored.disposition if stored else "", Look.SUPERSEDED)
        if not stored.in_review:
            return self._settled(stored)
        imported, failed = None, None
        try:
            imported = self._import(order_id, _BY, deadline.at_most(_ZONOS_SECONDS))
        except AwsUnavailable:
            raise
        except Exception as exc:  # whatever fails for good must not outlive the review's end
            self._failures.note(order_id, exc, _BY, is_own=is_orders_own(exc))
            failed = exc
        try:
            result = self._next(imported.order if imported else stored, imported)
        except AwsError as exc:
            if imported is None or imported.outcome not in (Outcome.NEW, Outcome.CHANGED):
                raise
            failed = exc  # what the look has found is told once, and so now; the loop looks again
            disposition = imported.order.disposition
            result = LookResult(order_id, disposition, Look.WAITING, self._base_seconds, imported)
        return replace(result, failure=describe(failed), cause=type(failed)) if failed else result

    def _next(self, order: StoredOrder, imported: Imported | None) -> LookResult:
        if not order.in_review:
            return self._settled(order, imported)
        now = self._clock.now_ms()
        age = order.review_age_ms(now)
        outcome, wait = Look.WAITING, wait_seconds(order.hold_reasons, age, self._base_seconds)
        if age >= REVIEW_LASTS_AT_MOST_MS and self._expire(order, now):
            outcome, wait = Look.EXPIRED, 0
        self._note(order, outcome, wait)
        return LookResult(order.order_id, order.disposition, outcome, wait, imported)

    def _expire(self, order: StoredOrder, now: int) -> bool:
        """Write that the review has lasted too long; False when the order has changed meanwhile."""
        expired = expire_review(order, now, _BY)
        try:
            return self._orders.replace(order.revision, expired) is expired
        except AwsUnavailable:
            raise
        except Exception as exc:  # every review ends, this one with an alarm all the same
            self._failures.note(order.order_id, exc, _BY, is_own=True)
            return True

    def _settled(self, order: StoredOrder, imported: Imported | None = None) -> LookResult:
        # An expiry that was written while its answer was lost is told by the next look.
        outcome = Look.EXPIRED if HoldReason.REVIEW_EXPIRED in order.hold_reasons else Look.SETTLED
        self._note(order, outcome, 0)
        return LookResult(order.order_id, order.disposition, outcome, 0, imported)

    def _note(self, order: StoredOrder, outcome: Look, wait: int) -> None:
        now = self._clock.now_ms()
        self._table.note_review(order.order_id, order.review_generation, outcome, now, now + wait * 1000)
