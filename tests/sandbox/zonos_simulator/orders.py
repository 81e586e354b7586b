"""One order at Zonos, and how `orderDetail` and `orderNumbers` show it."""

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FRAUD_REVIEW = "IGLOBAL_FRAUD_REVIEW"
IN_PROCESS = "IGLOBAL_ORDER_IN_PROCESS"
ON_HOLD = "IGLOBAL_ORDER_ON_HOLD"
CANCELLED = "IGLOBAL_ORDER_CANCELLED"
VENDOR_STATUSES = (
    "VENDOR_PREPARING_ORDER",
    "VENDOR_SHIPMENT_READY",
    "VENDOR_LABELS_PRINTED_DATE",
    "VENDOR_CANCELLATION_REQUEST",
    "VENDOR_END_OF_DAY_COMPLETE",
)
# "A merchant cannot change the status while it is …" (the vendor's page on updateVendorOrderStatus).
FINAL_FOR_MERCHANT = frozenset(
    {
        "IGLOBAL_LABELS_PROCESSING",
        ON_HOLD,
        FRAUD_REVIEW,
        CANCELLED,
        "VENDOR_CANCELLATION_REQUEST",
        "VENDOR_END_OF_DAY_COMPLETE",
    }
)

_SAMPLE_FILE = Path(__file__).parents[2] / "samples" / "complete_order.json"
_SAMPLE: dict[str, Any] = json.loads(_SAMPLE_FILE.read_text(encoding="utf-8"))["order"]
# Invented, like everybody in the sample, and like there every text bears the word canary: no log, no page
# and no record may show it, and the tests look for it wherever anything is told.
_BUYERS = ("Ada María Sample-Örn", "Bo Example", "Chiyo Invented", "Dr. Émile Nobody", "Li")


class UnknownOrderError(LookupError):
    """There is no such order in this store."""


@dataclass(frozen=True)
class Order:
    """The facts that differ from order to order; all else comes from the recorded sample. Times are ms."""

    store_id: str
    number: int
    order_date: int
    completed_at: int  # orderNumbers selects by the UTC day of this
    paid_at: int  # by the simulator's clock, also when the order pretends to be an old one
    status: str
    status_changed_at: int
    reference_id: str
    test_order: bool = False
    csl_list_match: bool = False
    merchant_order_id: str = ""
    tracking_number: str = ""
    edits: dict[str, Any] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        return f"{self.store_id}-{self.number}"

    def details(self) -> dict[str, Any]:
        """Build the `order` map of orderDetail. An edit has the last word on any key."""
        order = deepcopy(_SAMPLE)
        buyer = _BUYERS[self.number % len(_BUYERS)]
        order |= {
            "orderId": self.order_id,
            "orderDate": self.order_date,
            "orderDateString": java_date(self.order_date),
            "testOrder": self.test_order,
            "orderStatus": self.status,
            "orderStatusDate": self.status_changed_at,
            "orderStatusDateString": java_date(self.status_changed_at),
            "referenceId": self.reference_id,
            "merchantOrderId": self.merchant_order_id,
            "trackingNumber": self.tracking_number,
            "cslListMatch": self.csl_list_match,
            "name": f"{buyer} canary-name",
            "billingName": f"{buyer} canary-billingName",
            "email": f"buyer{self.number}.canary-email@example.com",
            "billingEmail": f"buyer{self.number}.canary-billingEmail@example.com",
        }
        order["items"][0]["sku"] = f"JERSEY-{self.number} canary-sku"
        order["notes"][0] |= {
            "createdByUser": order["email"],
            "dateCreated": self.completed_at,
            "dateCreatedString": java_date(self.completed_at),
        }
        payment = order["paymentProcessing"]
        payment["transactionId"] = f"sample-transaction-{self.number} canary-transactionId"
        if self.status == FRAUD_REVIEW:  # only authorised: nothing has been captured
            payment["transactionType"] = "AUTH_ONLY"
            del payment["captureDate"], payment["captureDateString"]
        else:
            payment["captureDate"] = self.completed_at
            payment["captureDateString"] = java_date(self.completed_at)
        return order | deepcopy(self.edits)


def parse_order_id(value: object) -> tuple[str | None, int] | None:
    """Split `999-100`, `"100"` or `100` into store (None when not given) and number; None when malformed."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    found = re.fullmatch(r"(?:([0-9]{1,18})-)?([0-9]{1,18})", str(value))
    return (found[1], int(found[2])) if found else None


def java_date(millis: int) -> str:
    """Show a time as Java's Date does: `Tue Mar 15 22:36:42 UTC 2016`."""
    return _utc(millis).strftime("%a %b %d %H:%M:%S UTC %Y")


def _utc(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
