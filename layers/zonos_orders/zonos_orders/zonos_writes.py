"""The calls with which a merchant tells Zonos something: `updateMerchantOrderId` and its kin, without I/O.

Source: the vendor's pages of those names. Each sets a value, so it may be repeated. Failures come with HTTP
200: what counts is the key `success`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.zonos_api import Call

_MAX_ANSWER_BYTES = 64 * 1024

# The statuses that a merchant may set (the vendor's page "updateVendorOrderStatus").
VENDOR_STATUSES = (
    "VENDOR_PREPARING_ORDER",
    "VENDOR_SHIPMENT_READY",
    "VENDOR_LABELS_PRINTED_DATE",
    "VENDOR_CANCELLATION_REQUEST",
    "VENDOR_END_OF_DAY_COMPLETE",
)


def update_merchant_order_id(order_id: str, merchant_order_id: str) -> Call:
    """Tell Zonos the merchant's own number of an order."""
    return _write("/v1/updateMerchantOrderId", order_id, {"merchantOrderId": merchant_order_id})


def update_vendor_order_status(order_id: str, status: str) -> Call:
    """Tell Zonos how far the merchant got: one of `VENDOR_STATUSES`."""
    return _write("/v1/updateVendorOrderStatus", order_id, {"orderStatus": status})


def set_shipment_tracking(order_id: str, numbers: Sequence[str]) -> Call:
    """Tell Zonos the tracking numbers of an order's parcels."""
    return _write("/v2/setShipmentTracking", order_id, {"trackingList": [{"number": one} for one in numbers]})


def check_success(answer: Mapping[str, Any]) -> None:
    """Raise UnexpectedAnswer unless Zonos confirms: the HTTP status says nothing."""
    if not answer.get("success"):
        raise UnexpectedAnswer("Zonos did not confirm what it was told")


def _write(path: str, order_id: str, told: Mapping[str, Any]) -> Call:
    return Call(path, _MAX_ANSWER_BYTES, {"orderId": order_id, **told})
