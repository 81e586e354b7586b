"""The hand-over to the merchant's own system: what may be taken over, shipped and told to Zonos."""

from dataclasses import dataclass
from enum import StrEnum

from zonos_orders.instants import day_of, iso
from zonos_orders.merge import amend, decide
from zonos_orders.order import merchant_order_id_of
from zonos_orders.status import Disposition, HoldReason, ShippingPolicy
from zonos_orders.stored_order import StoredOrder

BY = "order_desk"
# While an order has one of these, Zonos lets no merchant change its status (the vendor's page
# "updateVendorOrderStatus"); the one spelling of cancelled is the plug-ins'.
_BLOCKED_BY_ZONOS = {
    "IGLOBAL_LABELS_PROCESSING",
    "IGLOBAL_ORDER_ON_HOLD",
    "IGLOBAL_FRAUD_REVIEW",
    "IGLOBAL_ORDER_CANCELLED",
    "IGLOBAL_ORDER_CANCELED",
    "VENDOR_CANCELLATION_REQUEST",
    "VENDOR_END_OF_DAY_COMPLETE",
}


class Objection(StrEnum):
    """Why the desk refuses, beside hold reasons and dispositions."""

    NOT_IMPORTED = "NOT_IMPORTED"  # nothing of that id is in the table
    TAKEN_OVER_UNDER_ANOTHER_NUMBER = "TAKEN_OVER_UNDER_ANOTHER_NUMBER"
    TAKEN_OVER_ELSEWHERE = (
        "TAKEN_OVER_ELSEWHERE"  # another's number, or progress, and nobody here took it over
    )
    BLOCKED_BY_ZONOS = "BLOCKED_BY_ZONOS"  # in a status that only Zonos may change
    ZONOS_DID_NOT_SAY = "ZONOS_DID_NOT_SAY"  # the live look failed


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What becomes of a wish to take an order over: written (`order`), already so (neither), or refused.

    Refused and written, when it is not READY any more by the merchant's own policy.
    """

    order: StoredOrder | None = None
    objections: tuple[str, ...] = ()


def take_over(
    stored: StoredOrder, number: str, policy: ShippingPolicy, now_ms: int, *, force: bool = False
) -> TakeOver:
    """Take a READY order over under the merchant's own `number`, or one in preparation that bears it.

    Judged anew, by the present `policy`: it may have been another one when the order was stored. The same
    number again is fine whatever has become of the order. Another number is refused unless `force`: then it
    replaces the first one. What Zonos does not know yet is marked to be written back.
    """
    is_same = stored.merchant_order_id == number
    if is_same and stored.taken_over_here:
        return TakeOver()
    if not stored.taken_over_here and stored.disposition == Disposition.READY:
        judged = decide(stored, policy, now_ms, BY).order
        if judged.disposition != Disposition.READY:
            return TakeOver(judged, what_objects(judged))
    # Under this number already, by an older way: what is in preparation is still this merchant's to finish.
    is_going_on = is_same and stored.disposition == Disposition.FULFILLING
    if not stored.taken_over_here and stored.disposition != Disposition.READY and not is_going_on:
        return TakeOver(objections=what_objects(stored))
    if stored.merchant_order_id and not is_same and not force:
        return TakeOver(objections=(Objection.TAKEN_OVER_UNDER_ANOTHER_NUMBER,))
    changes = {
        "taken_over_at": stored.attributes.get("taken_over_at", iso(now_ms)),
        "merchant_order_id": number,
    }
    # After a second number nobody knows which one Zonos heard last: it is told again.
    if stored.taken_over_here or merchant_order_id_of(stored.attributes.get("order") or {}) != number:
        changes["write_back_day"] = day_of(now_ms)
    return TakeOver(amend(stored, now_ms, BY, without="to_ship_day", **changes))


def written_back(stored: StoredOrder, number: str, now_ms: int, by: str) -> StoredOrder | None:
    """Return the order after Zonos has confirmed `number`; None when that changes nothing."""
    if stored.is_written_back or stored.merchant_order_id != number:
        return None
    return amend(stored, now_ms, by, without="write_back_day")


def what_objects(order: StoredOrder) -> tuple[str, ...]:
    """Say why an order is not READY: its hold reasons, or its disposition. Empty when it is."""
    if order.disposition == Disposition.READY:
        return ()
    return tuple(order.hold_reasons) or (order.disposition,)


def what_objects_to_shipping(order: StoredOrder) -> tuple[str, ...]:
    """Say why no parcel of this order may leave. Whoever took it over may have told Zonos of its progress.

    What bears a number that was not given here is another system's parcel, READY or in preparation.
    """
    if order.disposition not in (Disposition.READY, Disposition.FULFILLING):
        return what_objects(order)
    is_begun = order.taken_over or order.disposition == Disposition.FULFILLING
    return (Objection.TAKEN_OVER_ELSEWHERE,) if is_begun and not order.taken_over_here else ()


def is_told(order: StoredOrder, status: str | None) -> bool:
    """Say whether Zonos has been told `status`, and nothing but what follows from it holds the order."""
    return order.zonos_status == status and set(order.hold_reasons) <= {HoldReason.CANCELLATION_REQUESTED}


def what_objects_to_progress(order: StoredOrder, *, changes_status: bool) -> tuple[str, ...]:
    """Say why Zonos is not told how far the merchant got with this order."""
    if order.disposition in (Disposition.HELD, Disposition.CANCELLED):
        return what_objects(order)
    if changes_status and order.zonos_status in _BLOCKED_BY_ZONOS:
        return (Objection.BLOCKED_BY_ZONOS,)
    return ()
