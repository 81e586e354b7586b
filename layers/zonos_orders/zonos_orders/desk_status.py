"""How everything stands, on one screen, for whoever comes in on Monday morning: ids and counts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from zonos_orders.clock import Clock, Deadline
from zonos_orders.instants import DAY_MS, MINUTE_MS, day_of, days_between, iso, shift_day
from zonos_orders.orders_table import HeldOrder, OrdersTable
from zonos_orders.reconciliation_table import Failure, ReconciliationTable, Review
from zonos_orders.run_summary import RunOutcome
from zonos_orders.status import Disposition, HoldReason
from zonos_orders.write_back import KIND as WRITE_BACK

_NAMED_AT_MOST = 20
_PERSISTS_AFTER_MS = 60 * MINUTE_MS
_CANCELLED_IN_MS = 7 * DAY_MS  # a weekend, and whoever was away after it
_OF_DAYS = 30  # the orders among which cancelled ones are looked for
# Holds that nobody but a person lifts, or understands.
_FOR_A_PERSON = (HoldReason.CSL_MATCH, HoldReason.REVIEW_EXPIRED, HoldReason.UNKNOWN_STATUS)


class DeskStatus:
    """Reads both tables; writes nothing and asks Zonos nothing."""

    def __init__(self, orders: OrdersTable, table: ReconciliationTable, store_id: str, clock: Clock) -> None:
        self._orders = orders
        self._table = table
        self._store_id = store_id
        self._clock = clock

    def __call__(self, deadline: Deadline) -> dict[str, Any]:
        """Return the state of things; lists name the first 20 orders. Raises AwsError."""
        failures = self._table.failures(deadline)
        held = list(self._orders.held(deadline))
        reviews = self._table.reviews([order.order_id for order in held if order.in_review], deadline)
        to_ship = self._orders.to_ship(deadline)
        refused = self._table.failures(deadline, WRITE_BACK)
        untold = self._orders.waiting_for_write_back(deadline)
        reconciliation = self._reconciliation()
        waiting = self._for_a_person(held, failures.values(), refused.values())
        waiting["CANCELLED_AFTER_TAKE_OVER"] = self._cancelled(deadline)
        return {
            "reconciliation": reconciliation,
            "failures": _by_cause(failures.values()),
            "held": _by_reason(held, reviews),
            "waiting_for_hand_over": {
                "count": len(to_ship),
                "since_day": min(to_ship.values(), default=None),
                "orders": _first(to_ship),
            },
            "number_unknown_to_zonos": {
                "count": len(untold),
                "orders": _first(untold),
                "failures": _by_cause(refused.values()),
            },
            "for_a_person": {
                why: {"count": len(order_ids), "orders": _first(order_ids)}
                for why, order_ids in waiting.items()
                if order_ids
            }
            | _of_no_order(reconciliation),
        }

    def _reconciliation(self) -> dict[str, Any]:
        """`clean_since`: when the last clean run began; before the first one, when the first of all did.

        `backlog` is None where the last run could not learn what there is to do.
        """
        run = self._table.last_run()
        if run is None:
            return {"last_run": None}
        summary = run.summary
        lag = self._clock.now_ms() - run.lag_from
        return {
            "last_run": iso(run.started_at),
            "outcome": summary.get("outcome"),
            "error": summary.get("error"),
            "backlog": _backlog(summary),
            "clean_since": iso(run.lag_from),
            "minutes_since_clean": lag // MINUTE_MS,
            "watermark": self._table.watermark(self._store_id),
        }

    def _for_a_person(
        self, held: Iterable[HeldOrder], failures: Iterable[Failure], refused: Iterable[Failure]
    ) -> dict[str, list[str]]:
        waiting: dict[str, list[str]] = defaultdict(list)
        for order in held:
            for reason in _FOR_A_PERSON:
                if reason in order.hold_reasons:
                    waiting[reason].append(order.order_id)
        now = self._clock.now_ms()
        for why, failing in (("KEEPS_FAILING", failures), ("NUMBER_REFUSED", refused)):
            for failure in failing:
                if failure.strikes and failure.first_failed_at + _PERSISTS_AFTER_MS <= now:  # no outage's
                    waiting[why].append(failure.order_id)
        return waiting

    def _cancelled(self, deadline: Deadline) -> list[str]:
        """Return what was cancelled lately although somebody has it: a parcel to stop."""
        now = self._clock.now_ms()
        today = day_of(now)
        cancelled = [
            order_id
            for day in days_between(shift_day(today, -_OF_DAYS), today)
            for order_id, disposition in self._orders.of_day(day, "", deadline)
            if disposition == Disposition.CANCELLED
        ]
        return [
            order.order_id
            for order in self._orders.hand_overs(cancelled, deadline)
            if order.taken_over and (order.status_changed_at or now) > now - _CANCELLED_IN_MS
        ]


def _backlog(summary: Mapping[str, Any]) -> dict[str, int] | None:
    if summary.get("outcome") not in (RunOutcome.CLEAN, RunOutcome.INCOMPLETE):
        return None
    return {name: int(summary.get(name, 0)) for name in ("missing", "due", "left")}


def _of_no_order(reconciliation: Mapping[str, Any]) -> dict[str, Any]:
    is_refused = reconciliation.get("outcome") == RunOutcome.BAD_CREDENTIALS
    return {"BAD_CREDENTIALS": {"count": 1, "orders": []}} if is_refused else {}


def _by_cause(failures: Iterable[Failure]) -> dict[str, Any]:
    causes: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        causes[failure.error].append(failure)
    return {
        cause: {
            "count": len(found),
            "since": iso(min(failure.first_failed_at for failure in found)),
            "next_attempt": iso(min(failure.next_attempt_at for failure in found)),
            "orders": _first(failure.order_id for failure in found),
        }
        for cause, found in causes.items()
    }


def _by_reason(held: Iterable[HeldOrder], reviews: Mapping[str, Review]) -> dict[str, Any]:
    reasons: dict[str, list[HeldOrder]] = defaultdict(list)
    for order in held:
        for reason in order.hold_reasons:
            reasons[reason].append(order)
    return {
        reason: {
            "count": len(found),
            "since_day": min(order.held_day for order in found),
            "orders": {
                order.order_id: {"since_day": order.held_day, "next_look": _next_look(order, reviews)}
                for order in sorted(found, key=lambda order: order.held_day)[:_NAMED_AT_MOST]
            },
        }
        for reason, found in reasons.items()
    }


def _next_look(order: HeldOrder, reviews: Mapping[str, Review]) -> str | None:
    review = reviews.get(order.order_id)
    return iso(review.next_look_at) if review else None


def _first(order_ids: Iterable[str]) -> list[str]:
    return list(order_ids)[:_NAMED_AT_MOST]
