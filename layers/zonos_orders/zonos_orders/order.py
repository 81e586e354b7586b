"""An order as Zonos sends it: the one place that knows the key names of `orderDetail`.

Field definitions: the vendor's page "Order Details". Keys may change and be added at any time, so
nothing here is required but the order's own number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zonos_orders.instants import DAY_MS
from zonos_orders.unicode import is_utf8

_YEAR_2000_MS = 946_684_800_000


@dataclass(frozen=True, slots=True)
class Order:
    """One fetched order.

    `content` is Zonos's `order` map, complete and untouched. Times are epoch milliseconds UTC, None when
    absent or implausible. `contract_changes` names the documented keys that were missing or unreadable.
    """

    order_id: str
    content: Mapping[str, Any]
    zonos_status: str
    status_changed_at: int | None
    order_date: int | None
    test_order: bool
    csl_match: bool
    reference_id: str
    merchant_order_id: str
    contract_changes: tuple[str, ...]

    @classmethod
    def read(cls, content: Mapping[str, Any], order_id: str, now_ms: int) -> "Order":
        """Read what the rules need out of the `order` map of the order `order_id`."""
        status = content.get("orderStatus")
        status_changed_at = _instant(content.get("orderStatusDate"), now_ms)
        order_date = _instant(content.get("orderDate"), now_ms)
        readable = {
            "orderStatus": isinstance(status, str) and _text(status) != "",
            "orderStatusDate": status_changed_at is not None,
            "orderDate": order_date is not None,
            "orderId": content.get("orderId") is not None,
        }
        return cls(
            order_id=order_id,
            content=content,
            zonos_status=_text(status),
            status_changed_at=status_changed_at,
            order_date=order_date,
            test_order=_flag(content.get("testOrder")),
            csl_match=_flag(content.get("cslListMatch")),
            reference_id=_text(content.get("referenceId")),
            merchant_order_id=merchant_order_id_of(content),
            contract_changes=tuple(key for key, is_readable in readable.items() if not is_readable),
        )


def own_order_id(content: Mapping[str, Any]) -> object:
    """Return the id that the order itself bears, as sent: `orderId`, in listings `id`; None without one."""
    own = content.get("orderId")
    return content.get("id") if own is None else own


def own_reference_id(content: Mapping[str, Any]) -> str:
    """Return the order's referenceId as text, empty without one."""
    return _text(content.get("referenceId"))


def merchant_order_id_of(content: Mapping[str, Any]) -> str:
    """Return the merchant's own order number as Zonos knows it, empty without one."""
    return _text(content.get("merchantOrderId")).strip()


def _instant(value: object, now_ms: int) -> int | None:
    """Return epoch milliseconds; None for what is no number, before 2000 or later than tomorrow."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if not _YEAR_2000_MS <= value <= now_ms + DAY_MS or value != int(value):
        return None
    return int(value)


def _flag(value: object) -> bool:
    """Anything but absent, null, false or "false" counts: in doubt a flag holds the order."""
    return not (value is None or value is False or value == "false")


def _text(value: object) -> str:
    """Return a scalar as text, as sent; the empty text for what is no scalar, or no Unicode text."""
    if isinstance(value, str):
        return value if is_utf8(value) else ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""
