"""The backfill: a backlog of any size, in slices that are imported side by side.

Each slice is a reconciliation of its own days. Nothing is remembered of a backfill but the orders themselves
and the failures on record: so it can be stopped anywhere and started again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zonos_orders.backfill_payloads import Progress, Slice
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import (
    AwsUnavailable,
    BadCredentials,
    InvalidInput,
    ZonosOrdersError,
    ZonosUnavailable,
)
from zonos_orders.import_listed import ImportListed, with_time_to_write
from zonos_orders.import_many import ZONOS_IS_DOWN
from zonos_orders.instants import day_of, days_between, shift_day
from zonos_orders.listing import Listing
from zonos_orders.merge import Outcome
from zonos_orders.order_list import OrderList
from zonos_orders.payloads import ReconcileRequest
from zonos_orders.run_summary import Summary
from zonos_orders.zonos_client import ZonosClient

_DAYS_AT_LEAST = 4
_SLICES_AT_MOST = 1_000  # as many as fit into what a state hands on, four times over
_ORDERS_A_SLICE = 250
_PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SliceRun:
    """What one invocation did for a slice. `error`: why it has to be invoked again as it was, or given up.

    `wait_seconds`: how long to leave Zonos alone before the next one.
    """

    summary: Summary
    so_far: Progress
    done: bool = False
    wait_seconds: int = 0
    error: ZonosOrdersError | None = None


class Backfill:
    """Plans the slices of a backfill, and imports one of them."""

    def __init__(self, zonos: ZonosClient, import_listed: ImportListed, clock: Clock) -> None:
        self._list = OrderList(zonos)
        self._import_listed = import_listed
        self._clock = clock

    def plan(self, request: ReconcileRequest, deadline: Deadline) -> list[Slice]:
        """Cut a window or a list into slices, once it is known that Zonos answers.

        Raises ZonosError: what is wrong for all of them, like the secret, is told before any begins. Raises
        InvalidInput for a window that has not begun yet.
        """
        today = day_of(self._clock.now_ms())
        since = request.since_date
        if since and since > today:
            raise InvalidInput("the window begins in the future, where there are no orders")
        self._list.of_days(today, None, today, with_time_to_write(deadline))
        if since:
            return in_slices(since, min(request.through_date or today, today))
        named = request.order_ids
        return [
            Slice(order_ids=named[first : first + _ORDERS_A_SLICE])
            for first in range(0, len(named), _ORDERS_A_SLICE)
        ]

    def __call__(self, piece: Slice, so_far: Progress, deadline: Deadline) -> SliceRun:
        """Import what is missing or changed of a slice until done, or until the time is nearly over.

        Done is what is stored or on record as a failure. Raises ZonosError when the list does not come,
        and AwsError.
        """
        in_time = with_time_to_write(deadline)
        listing, is_guess = self._listing(piece, in_time), bool(piece.order_ids)
        summary = self._import_listed(listing, _days(piece), in_time, waits=True, is_guess=is_guess)
        tally = summary.tally
        failed, named = so_far.failed_after(tally.imported.keys(), tally.failures, summary.on_record)
        after = Progress(
            invocations=so_far.invocations + 1,
            listed=summary.listed,
            missing=so_far.missing if so_far.invocations else summary.missing,
            imported=so_far.imported + tally.count(Outcome.NEW),
            changed=so_far.changed + tally.count(Outcome.CHANGED),
            failed=failed,
            failed_orders=named,
        )
        if error := _error(summary):
            return SliceRun(summary, so_far, error=error)
        wait_seconds = _PAUSE_SECONDS if tally.stopped == ZONOS_IS_DOWN else 0
        return SliceRun(summary, after, done=tally.is_clean, wait_seconds=wait_seconds)

    def _listing(self, piece: Slice, deadline: Deadline) -> Listing:
        """List a slice with a day more on each side: whether Zonos includes the ends is not sure."""
        if piece.order_ids:
            return Listing(dict.fromkeys(piece.order_ids))
        today = day_of(self._clock.now_ms())
        since, through = shift_day(piece.since, -1), shift_day(piece.through, 1)
        return self._list.of_days(since, through, today, deadline)


def in_slices(since: str, through: str) -> list[Slice]:
    """Cut the days from `since` to `through`, both included, into slices of four days or more.

    First every other slice, then those between: neighbours list each other's outermost days, and side by
    side they would fetch the orders of those days twice. So one finds them stored by the other.
    """
    days = days_between(since, through)
    size = max(_DAYS_AT_LEAST, -(-len(days) // _SLICES_AT_MOST))
    pieces = [
        Slice(days[first], days[min(first + size, len(days)) - 1]) for first in range(0, len(days), size)
    ]
    return pieces[::2] + pieces[1::2]


def _days(piece: Slice) -> Sequence[str]:
    if piece.order_ids:
        return ()
    return days_between(shift_day(piece.since, -1), shift_day(piece.through, 1))


def _error(summary: Summary) -> ZonosOrdersError | None:
    """Say why a slice that is not done cannot simply go on. Each that goes on has done some of its work."""
    tally = summary.tally
    if "BadCredentials" in tally.failed:
        return BadCredentials("Zonos refuses the store id or the secret")
    if tally.unrecorded:
        return AwsUnavailable("orders that failed could not be put on record")
    if tally.is_clean or tally.count(Outcome.NEW) or tally.count(Outcome.CHANGED):
        return None
    return ZonosUnavailable("no order came through in the time of an invocation")
