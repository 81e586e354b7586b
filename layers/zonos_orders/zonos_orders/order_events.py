"""A change of an order → the events that tell of it.

They leave the Orders table, so they hold numbers, states and days, and of all else only the name of the
group that has changed: never a value of the order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zonos_orders.status import Disposition, is_status
from zonos_orders.stored_order import StoredOrder

SOURCE = "zonos.orders"


class EventType(StrEnum):
    """What an event says, its `detail-type` on the bus."""

    IMPORTED = "OrderImported"
    READY = "OrderReady"
    HELD = "OrderHeld"
    CANCELLED = "OrderCancelled"
    CHANGED = "OrderChanged"


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One event; `detail` is JSON."""

    type: EventType
    detail: Mapping[str, Any]


_BECOMES = {
    Disposition.READY: EventType.READY,
    Disposition.HELD: EventType.HELD,
    Disposition.CANCELLED: EventType.CANCELLED,
}

# What changes together, for whoever has to act on it: attributes of the item, and keys of Zonos's order
# (the vendor's page "Order Details", and what shipped clients have seen beside it).
_GROUPS: Mapping[str, str] = {
    "status": (
        "zonos_status disposition hold_reasons status_changed_at order_date test_order released_at"
        " released_by orderId orderStatus orderStatusDate orderStatusDateString orderDate orderDateString"
        " testOrder"
    ),
    "screening": "cleared cslListMatch",
    "references": "reference_id referenceId poNumber misc1 misc2 misc3 misc4 misc5 misc6",
    "customer": "name company email phone altPhone birthDate nationalIdentifier optInEmail",
    "address": "countryCode countryName address1 address2 address3 city state zip",
    "billing": (
        "billingName billingCompany billingEmail billingPhone billingAltPhone billingCountryCode"
        " billingCountryName billingAddress1 billingAddress2 billingAddress3 billingCity billingState"
        " billingZip"
    ),
    "items": "items itemsCount",
    "amounts": (
        "foreignCurrencyCode itemsTotal itemsTotalForeign shippingTotal shippingTotalForeign quotedDutyTaxes"
        " quotedDutyTaxesForeign dutyTaxesTotal dutyTaxesTotalForeign dutyTaxesBreakdown grandTotal"
        " grandTotalForeign promoCode"
    ),
    "payment": "paymentProcessing",
    "shipping": (
        "boxCount customerSelectedShippingName shippingCarrierServiceLevel trackingNumber"
        " shippingInstructions carrierAccountType carrierAccountNumber carrierAccountShippingMethod"
        " shipComplete"
    ),
    "notes": "notes",
    "hand_over": "taken_over_at merchant_order_id write_back_day merchantOrderId",
    "review": "review_generation review_started_at review_expired_at",
}
GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names.split()}
OTHER = "other"
GROUPS = (*_GROUPS, OTHER)
# They follow from what has changed, or accompany every write.
_NOT_TOLD = {
    "order",  # told by its keys
    "order_day",
    "held_day",
    "to_ship_day",
    "revision",
    "history",
    "fetched_at",
    "updated_at",
    "updated_by",
    "imported_at",
    "imported_by",
}


def events_of(before: StoredOrder | None, after: StoredOrder | None) -> list[OrderEvent]:
    """Return what to tell of a change: one event a revision, at the import a second one for its disposition.

    None is no item. Nothing is told of an item that was removed.
    """
    if after is None or not is_told(before, after):
        return []
    becomes = _BECOMES.get(Disposition(after.disposition))
    detail = _state(after) | {
        "order_id": after.order_id,
        "previous": None if before is None else _state(before),
        "order_day": after.attributes.get("order_day"),
        "test_order": bool(after.attributes["test_order"]),
    }
    if before is None:
        types = (EventType.IMPORTED, *([becomes] if becomes else []))
        return [OrderEvent(event_type, detail) for event_type in types]
    if becomes and before.disposition != after.disposition:
        return [OrderEvent(becomes, detail)]
    return [OrderEvent(EventType.CHANGED, detail | {"changed": changed_groups(before, after)})]


def is_told(before: StoredOrder | None, after: StoredOrder) -> bool:
    """Say whether a write is one of ours.

    One that did not raise the revision is another program's, and whoever goes by the revision would drop it.
    """
    return before is None or after.revision > before.revision


def changed_groups(before: StoredOrder, after: StoredOrder) -> list[str]:
    """Return the groups in which two states of an order differ, in the order of `GROUPS`; never none."""
    names = {*_differences(before.attributes, after.attributes)} - _NOT_TOLD
    names |= {*_differences(_content(before), _content(after))}
    groups = {GROUP_OF.get(name, OTHER) for name in names} or {OTHER}
    return sorted(groups, key=GROUPS.index)


def _state(order: StoredOrder) -> dict[str, Any]:
    return {
        "revision": order.revision,
        "disposition": order.disposition,
        "hold_reasons": list(order.hold_reasons),
        # A status of another form could be any text.
        "zonos_status": order.zonos_status if is_status(order.zonos_status) else None,
    }


def _content(order: StoredOrder) -> Mapping[str, Any]:
    content = order.attributes.get("order")  # taken out where the buyer was erased
    return content if isinstance(content, Mapping) else {}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    nothing = object()
    for name in before.keys() | after.keys():
        if before.get(name, nothing) != after.get(name, nothing):
            yield name
