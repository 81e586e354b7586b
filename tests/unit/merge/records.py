"""Fetched and stored orders in one line each."""

from typing import Any

from zonos_orders.merge import Merge, merge
from zonos_orders.order import Order
from zonos_orders.order_encoding import decode_item, encode_item
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder

NOW = 1_772_539_200_000  # 2026-03-03T12:00:00Z
MINUTE, DAY = 60_000, 86_400_000
T1, T2, T3 = NOW - 30 * MINUTE, NOW - 20 * MINUTE, NOW - 10 * MINUTE
ALL = ShippingPolicy(ship_from_ms=None)
READY, REVIEW, HOLD = "IGLOBAL_ORDER_IN_PROCESS", "IGLOBAL_FRAUD_REVIEW", "IGLOBAL_ORDER_ON_HOLD"
CANCELLED, PREPARING = "IGLOBAL_ORDER_CANCELLED", "VENDOR_PREPARING_ORDER"
COMPLETED, REQUESTED = "VENDOR_END_OF_DAY_COMPLETE", "VENDOR_CANCELLATION_REQUEST"


def order(status: object = READY, at: object = T1, **content: Any) -> Order:
    sent = {"orderId": "999-1", "orderDate": T1, "orderStatus": status, "orderStatusDate": at}
    return Order.read(sent | content, "999-1", NOW)


def merged(
    stored: StoredOrder | None,
    fetched: Order,
    now_ms: int = NOW,
    by: str = "reconcile",
    policy: ShippingPolicy = ALL,
) -> Merge:
    return merge(stored, fetched, policy, now_ms, by)


def after(*fetches: Order, policy: ShippingPolicy = ALL) -> StoredOrder:
    """The stored order after these fetches, a minute apart, each through the table's own types."""
    stored = None
    for n, fetched in enumerate(fetches):
        stored = through_table(merged(stored, fetched, NOW + n * MINUTE, policy=policy).order)
    assert stored is not None
    return stored


def through_table(stored: StoredOrder, **by_others: Any) -> StoredOrder:
    """What the table gives back for an item, with what other writers have put on it."""
    return StoredOrder(decode_item(encode_item({**stored.attributes, **by_others})))
