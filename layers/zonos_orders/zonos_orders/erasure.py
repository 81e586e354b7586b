"""The personal data of an order: what is left without it, and when it goes by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from zonos_orders.instants import day_of, shift_day
from zonos_orders.order import Order
from zonos_orders.status import Disposition, HoldReason
from zonos_orders.stored_order import StoredOrder

BY_AGE = "PersonalDataRetentionDays"  # stands where else the erasing principal does
# The order's number, its state and its dates, and the merchant's number: without the latter it would be
# written back to Zonos, and handed over, once more.
_KEPT = ("orderId", "orderStatus", "orderStatusDate", "orderDate", "testOrder", "merchantOrderId")
# Held for one of these an order is shipped by nobody, and no decision is waited for.
_NEVER_SHIPPED = {
    HoldReason.BEFORE_GO_LIVE,
    HoldReason.TEST_ORDER,
    HoldReason.ERASED,
}
_SETTLES_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Erasure:
    """That an order's personal data is erased: since when (ISO 8601), and by which principal, or `BY_AGE`."""

    at: str
    by: str

    @property
    def attributes(self) -> Mapping[str, str]:
        """What an erased order says of it."""
        return {"erased_at": self.at, "erased_by": self.by}


def without_personal_data(order: Order) -> Order:
    """Return the order with nothing but its numbers, dates and status; it is judged as it was."""
    kept = {key: order.content[key] for key in _KEPT if _is_scalar(order.content.get(key))}
    return replace(order, content=kept, reference_id="")


def is_open(order: StoredOrder) -> bool:
    """Say whether somebody may still have to ship the order: for that its address is needed."""
    if order.disposition == Disposition.HELD:
        return not _NEVER_SHIPPED.intersection(order.hold_reasons)
    return order.disposition == Disposition.READY and not order.taken_over


def is_over(order: StoredOrder, keep_days: int, now_ms: int) -> bool:
    """Say whether the order's personal data has been kept for its `keep_days` (0: for ever)."""
    ordered_at = order.attributes.get("order_date")
    if not keep_days or ordered_at is None or order.is_erased or is_open(order):
        return False
    return day_of(int(ordered_at)) < first_day_kept(keep_days, now_ms)


def first_day_kept(keep_days: int, now_ms: int) -> str:
    """Return the oldest UTC day whose orders are kept with personal data."""
    return shift_day(day_of(now_ms), -keep_days)


def may_be_on_record(order: Order, now_ms: int) -> bool:
    """Say whether an order that is not stored can have been erased: not when it is an hour old at most.

    It would have been imported, erased and lost with a restored table since. This spares the buyer who
    comes back from paying a look-up.
    """
    return order.order_date is None or order.order_date < now_ms - _SETTLES_MS


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | Decimal)
