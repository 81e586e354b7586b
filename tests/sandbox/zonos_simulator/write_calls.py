"""The three calls with which a merchant tells Zonos something. Success is the `success` key."""

from typing import Any

from tests.sandbox.zonos_simulator.orders import (
    FINAL_FOR_MERCHANT,
    VENDOR_STATUSES,
    Order,
    UnknownOrderError,
    parse_order_id,
)
from tests.sandbox.zonos_simulator.refusal import RefusedError, given
from tests.sandbox.zonos_simulator.world import World


def update_merchant_order_id(world: World, body: dict[str, Any]) -> dict[str, str]:
    """Note the merchant's own order number."""
    if given(body, "orderId") is None:
        raise RefusedError("Parameter orderId is required to processUpdateMerchantOrderId")
    merchant_order_id = given(body, "merchantOrderId")
    if merchant_order_id is None:
        raise RefusedError("Parameter merchantOrderId is required to updateMerchantOrderId.")
    order = _order(world, body, "updateMerchantOrderId")
    world.set_merchant_order_id(order.order_id, str(merchant_order_id))
    return _updated(order, f"new merchantOrderId: {merchant_order_id}")


def update_vendor_order_status(world: World, body: dict[str, Any]) -> dict[str, str]:
    """Note how far the merchant got. The texts are not public: modelled on the call above."""
    if given(body, "orderId") is None:
        raise RefusedError("Parameter orderId is required to updateVendorOrderStatus")
    status = given(body, "orderStatus")
    if status is None:
        raise RefusedError("Parameter orderStatus is required to updateVendorOrderStatus")
    order = _order(world, body, "updateVendorOrderStatus")
    if status not in VENDOR_STATUSES:
        raise RefusedError(f"orderStatus: {status} is not a valid orderStatus")
    if order.status in FINAL_FOR_MERCHANT:
        raise RefusedError(f"Cannot change orderStatus while it is {order.status}")
    world.set_status(order.order_id, status)
    return _updated(order, f"new orderStatus: {status}")


def set_shipment_tracking(world: World, body: dict[str, Any]) -> dict[str, str]:
    """Note the tracking numbers. The error texts are not public: modelled on the calls above."""
    if given(body, "orderId") is None:
        raise RefusedError("Parameter orderId is required to setShipmentTracking")
    numbers = _tracking_numbers(body.get("trackingList"))
    if not numbers:
        raise RefusedError("Parameter trackingList is required to setShipmentTracking")
    order = _order(world, body, "setShipmentTracking")
    world.set_tracking(order.order_id, numbers)
    return _updated(order, "new tracking info.")


def _order(world: World, body: dict[str, Any], operation: str) -> Order:
    order_id = body["orderId"]
    parsed = parse_order_id(order_id)
    if parsed is None:
        raise RefusedError(f"orderId: {order_id} is not a valid orderId")
    try:
        return world.order(str(order_id))
    except UnknownOrderError as error:
        text = f"Could not retrieve order to {operation} for orderId: {parsed[1]}"
        raise RefusedError(text) from error


def _updated(order: Order, what: str) -> dict[str, str]:
    return {"success": f"Updated Order: {order.number} with {what}"}


def _tracking_numbers(tracking_list: object) -> list[str]:
    entries = tracking_list if isinstance(tracking_list, list) else []
    numbers = [entry.get("number") for entry in entries if isinstance(entry, dict)]
    return [number for number in numbers if isinstance(number, str) and number]
