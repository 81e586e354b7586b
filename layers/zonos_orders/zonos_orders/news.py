"""What of a change of an order a person must know of, whoever made the change."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import takewhile

from zonos_orders.order_events import is_told
from zonos_orders.status import Disposition, HoldReason
from zonos_orders.stored_order import StoredOrder

_LET_GO = {Disposition.READY, Disposition.FULFILLING, Disposition.COMPLETED}


class News(StrEnum):
    """Each is the name of the metric that counts it."""

    RELEASED = "OrderReleased"
    UNKNOWN_STATUS = "UnknownStatus"
    MATCH = "RestrictedPartyMatch"
    CANCELLED_AFTER_READY = "OrderCancelledAfterReady"
    HELD_AFTER_READY = "OrderHeldAfterReady"


def news_of(before: StoredOrder | None, after: StoredOrder | None) -> Iterator[News]:
    """Yield what is new in a change of the table. None is no item."""
    if after is None or not is_told(before, after):
        return
    was = before.disposition if before else None
    new_reasons = set(after.hold_reasons) - set(before.hold_reasons if before else ())
    if HoldReason.UNKNOWN_STATUS in new_reasons:
        yield News.UNKNOWN_STATUS
    if HoldReason.CSL_MATCH in new_reasons:
        yield News.MATCH
    if was == Disposition.HELD and after.disposition == Disposition.READY:
        yield News.RELEASED
    if was in _LET_GO and after.disposition == Disposition.HELD:
        yield News.HELD_AFTER_READY
    if before and after.disposition == Disposition.CANCELLED and _was_let_go(before):
        yield News.CANCELLED_AFTER_READY


def _was_let_go(before: StoredOrder) -> bool:
    """Say whether somebody may be packing an order, or have sent it off: since it was last cancelled."""
    if before.disposition == Disposition.CANCELLED:
        return False
    newest_first = (entry["disposition"] for entry in reversed(before.attributes["history"]))
    since_cancelled = takewhile(lambda disposition: disposition != Disposition.CANCELLED, newest_first)
    return before.taken_over or not _LET_GO.isdisjoint(since_cancelled)
