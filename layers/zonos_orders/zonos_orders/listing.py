"""What `orderNumbers` lists. Its key names are not documented, so values are recognised, not places.

What is known of the answer comes from shipped clients: an object with `orders`, a list of objects with `id`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from zonos_orders.errors import InvalidOrderId, OtherStore, UnexpectedAnswer
from zonos_orders.order import own_order_id
from zonos_orders.order_id import canonical_order_id
from zonos_orders.status import is_status

_STATUS_KEYS_FIRST = ("orderStatus", "status")


@dataclass(frozen=True, slots=True)
class Listing:
    """The listed orders, cleaned.

    `statuses`: canonical order id → status, None where none was listed. `unreadable` counts entries without
    an id, `foreign` those of another store.
    """

    statuses: Mapping[str, str | None]
    unreadable: int = 0
    foreign: int = 0

    def __or__(self, other: "Listing") -> "Listing":
        """Join two listings; a status beats none."""
        statuses = dict(self.statuses)
        for order_id, status in other.statuses.items():
            statuses[order_id] = status or statuses.get(order_id)
        return Listing(statuses, self.unreadable + other.unreadable, self.foreign + other.foreign)


def read_listing(answer: Mapping[str, Any], store_id: str) -> Listing:
    """Read an orderNumbers answer; a missing `orders` means that there are none."""
    entries = answer.get("orders")
    if entries is None and not _may_hold_orders_elsewhere(answer):
        entries = []
    if not isinstance(entries, list):
        raise UnexpectedAnswer("the orderNumbers answer holds no list of orders")
    statuses: dict[str, str | None] = {}
    unreadable = foreign = 0
    for entry in entries:
        try:
            order_id = canonical_order_id(_id_of(entry), store_id)
        except OtherStore:
            foreign += 1
        except InvalidOrderId:
            unreadable += 1
        else:
            status = _status_of(entry)
            # One text for all that have it: of a day of a million orders there are a million.
            statuses[order_id] = intern(status) if status else statuses.get(order_id)
    if entries and not statuses:
        raise UnexpectedAnswer("the orderNumbers answer lists orders, but none of this store")
    return Listing(statuses, unreadable, foreign)


def _may_hold_orders_elsewhere(answer: Mapping[str, Any]) -> bool:
    """An error without a text, or a list under another name, is not an empty list of orders."""
    return "error" in answer or any(isinstance(value, list) and value for value in answer.values())


def _id_of(entry: object) -> object:
    return own_order_id(entry) if isinstance(entry, dict) else entry


def _status_of(entry: object) -> str | None:
    """Return the one status among an entry's values; None where none or several could be meant."""
    if not isinstance(entry, dict):
        return None
    for key in _STATUS_KEYS_FIRST:
        value = entry.get(key)
        if is_status(value):
            return value
    return _only_status(entry.values())


def _only_status(values: Iterable[object]) -> str | None:
    found = {value for value in values if is_status(value)}
    return found.pop() if len(found) == 1 else None
