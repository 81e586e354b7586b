"""The system's own terms in words for a newcomer: for the board, and for Zonos's pages beside it."""

from collections.abc import Iterable
from typing import Final

STATUSES: Final = {
    "IGLOBAL_ORDER_IN_PROCESS": "in process",
    "IGLOBAL_FRAUD_REVIEW": "in fraud review",
    "IGLOBAL_ORDER_ON_HOLD": "on hold",
    "IGLOBAL_ORDER_CANCELLED": "cancelled",
    "IGLOBAL_ORDER_CANCELED": "cancelled",
    "IGLOBAL_LABELS_PROCESSING": "labels being made",
    "VENDOR_PREPARING_ORDER": "being prepared",
    "VENDOR_SHIPMENT_READY": "ready for the carrier",
    "VENDOR_LABELS_PRINTED_DATE": "labels printed",
    "VENDOR_CANCELLATION_REQUEST": "cancellation requested",
    "VENDOR_END_OF_DAY_COMPLETE": "complete",
}
DISPOSITIONS: Final = {
    "READY": "ship it",
    "HELD": "do not ship it now",
    "CANCELLED": "do not ship it, ever",
    "FULFILLING": "in preparation",
    "COMPLETED": "nothing left to do",
}
REASONS: Final = {
    "FRAUD_REVIEW": "Zonos is checking for fraud",
    "ON_HOLD": "Zonos has put it on hold",
    "CANCELLATION_REQUESTED": "a cancellation was requested",
    "UNKNOWN_STATUS": "Zonos sent a status that is not known",
    "CSL_MATCH": "the buyer may be a restricted party: a person decides",
    "TEST_ORDER": "it is a test order",
    "BEFORE_GO_LIVE": "it is from before go-live, and may have been shipped long ago",
    "REVIEW_EXPIRED": "its review was given up after 30 days",
    "ERASED": "its address was erased",
    "CANCELLED": "it is cancelled",
    "COMPLETED": "it is complete",
    "NOT_IMPORTED": "it is not in the table yet",
    "TAKEN_OVER_UNDER_ANOTHER_NUMBER": "it was taken over under another number",
    "TAKEN_OVER_ELSEWHERE": "it is being prepared elsewhere",
    "BLOCKED_BY_ZONOS": "Zonos lets nobody change it now",
    "ZONOS_DID_NOT_SAY": "Zonos could not be asked, and no is the safe answer",
    "NOT_HELD_FOR_THIS": "it is not held for this",
    "CHANGED_SINCE": "it has changed since",
    "NOT_TRIED": "there was no time left",
}
_WHO: Final = {
    "success_redirect": "success page",
    "reconcile": "reconciliation",
    "recheck": "review loop",
    "order_desk": "order desk",
    "order_supervisor": "supervisor",
}
OUTCOMES: Final = {
    "clean": "all is well",
    "incomplete": "something is left for the next run",
    "busy": "another run was at work",
    "unavailable": "Zonos could not be asked",
    "bad_credentials": "Zonos refused the secret",
    "refused": "Zonos gave no usable answer",
}
LOOPS: Final = {"RUNNING": "watching", "SUCCEEDED": "decided", "FAILED": "given up", "TIMED_OUT": "given up"}
OPERATIONS: Final = {
    "orderDetail": "give us this order",
    "orderNumbers": "list the orders",
    "updateMerchantOrderId": "this is our number",
    "updateVendorOrderStatus": "this is how far we are",
    "setShipmentTracking": "these are the parcels",
}
EVENTS: Final = {
    "OrderImported": "it came into the table",
    "OrderReady": "it may be shipped",
    "OrderHeld": "it must wait",
    "OrderCancelled": "it is cancelled",
}


def status(zonos_status: str) -> str:
    """Put a status into words. An unknown one is not repeated: it could be any text."""
    return STATUSES.get(zonos_status, "a status that is not known" if zonos_status else "no status")


def reasons(codes: Iterable[str]) -> list[str]:
    """Put hold reasons and refusals into words."""
    return [REASONS.get(code, plain(code)) for code in codes]


def who(writer: str) -> str:
    """Name the part of the system that wrote something."""
    return _WHO.get(writer, plain(writer))


def plain(code: str) -> str:
    """Make words of a code for which there are none better."""
    return code.replace("_", " ").lower()


def counted(n: int, one: str, many: str = "") -> str:
    """Count something: `1 run`, `2 runs`."""
    return f"{n} {one if n == 1 else many or one + 's'}"
