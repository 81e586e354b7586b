"""Order ids: many spellings in, one canonical spelling inside."""

import re

from zonos_orders.errors import InvalidOrderId, OtherStore

# Zonos documents the id "with or without your store id and hyphen" (Order Details, orderId).
# `[0-9]` and `fullmatch`: `\d` would take Arabic digits and `$` a trailing newline.
_ORDER_ID = re.compile(r"(?:([0-9]{1,12})-)?([0-9]{1,18})")


def canonical_order_id(value: object, store_id: str) -> str:
    """Return `<store>-<number>`, digits without leading zeros.

    `value` is text (`999-99999`, `99999`, `0099999`) or a whole number, as Zonos sends both.
    Raises InvalidOrderId for anything else and OtherStore for another store's prefix.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if value.bit_length() <= 64 else ""  # noqa: PLR2004 - far beyond 18 digits
    match = _ORDER_ID.fullmatch(value) if isinstance(value, str) else None
    number = int(match[2]) if match else 0
    if match is None or number == 0:
        raise InvalidOrderId("an order id is [<store>-]<digits>, for example 999-12345")
    if match[1] not in (None, store_id):
        raise OtherStore("the order id belongs to another store")
    return f"{store_id}-{number}"


def order_number(order_id: str) -> int:
    """Return the number of a canonical order id; Zonos counts upwards, so it sorts oldest first."""
    return int(order_id.rpartition("-")[2])


def order_before(order_id: str) -> str:
    """Return the id one below, or the same one where there is none below."""
    store_id = order_id.rpartition("-")[0]
    return f"{store_id}-{max(1, order_number(order_id) - 1)}"
