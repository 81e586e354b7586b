"""Which failures a person must look at: those that trying again does not mend."""

from collections.abc import Iterable

from zonos_orders.errors import OrderNotFound
from zonos_orders.import_many import Tally
from zonos_orders.instants import MINUTE_MS
from zonos_orders.listing import Listing
from zonos_orders.reconciliation_table import Failure

_PERSISTS_AFTER_MS = 60 * MINUTE_MS
_TRIED_AGAIN = 2  # strikes


def count_persistent(failures: Iterable[Failure], tally: Tally, listing: Listing, now_ms: int) -> int:
    """Count the orders on record that have failed for an hour, and not only for want of another try.

    `failures` were read before a run that ended clean, `tally` says what it did about them. So what failed
    because Zonos was down does not count: while it is down no run is clean, and the first one that is
    imports it.
    """
    return sum(_persists(failure, tally, listing, now_ms) for failure in failures)


def _persists(failure: Failure, tally: Tally, listing: Listing, now_ms: int) -> bool:
    order_id = failure.order_id
    error = tally.failures.get(order_id)
    if error is None and order_id in tally.imported:
        return False
    # A number that somebody named, and that Zonos neither knows nor ever listed, is no order.
    is_listed = failure.was_listed or order_id in listing.statuses
    is_guess = failure.reported_by != "recheck" and not is_listed
    if is_guess and (error or failure.error).startswith(OrderNotFound.__name__):
        return False
    was_tried_again = error is not None or failure.strikes >= _TRIED_AGAIN
    is_fresh = failure.first_failed_at <= now_ms < failure.first_failed_at + _PERSISTS_AFTER_MS
    return was_tried_again and not is_fresh
