"""What `orderDetail` really answers: which fields there are, and whether the decisive ones can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tests.doctor.account import Listed
from tests.doctor.findings import Finding, Mark, key_name, status_name
from tests.documented_order import PATHS
from zonos_orders.instants import day_of
from zonos_orders.order import Order

_FLAGS: Final = ("testOrder", "cslListMatch")


def decisive(orders: Sequence[Order]) -> Finding:
    """Say whether id, status and dates are where they are documented, and plausible."""
    question = "Can the fields that decide be read: orderId, orderStatus, orderStatusDate, orderDate?"
    wrong = {order.order_id: order.contract_changes for order in orders if order.contract_changes}
    if not orders:
        return Finding(Mark.OPEN, question, "No order could be fetched.")
    if not wrong:
        days = sorted(day_of(order.order_date or 0) for order in orders)
        return Finding(
            Mark.FINE,
            question,
            f"Yes, of {len(orders)} orders. Dates are milliseconds: {days[0]} to {days[-1]}.",
        )
    answer = "\n".join(
        f"{order_id}: {', '.join(keys)} missing or not plausible" for order_id, keys in wrong.items()
    )
    return Finding(
        Mark.ATTENTION,
        question,
        answer,
        "Orders without a status are held. Without a plausible date (epoch milliseconds, 2000 to tomorrow) "
        "an order is in no day, and ShipFromDate cannot be applied to it. Ask Zonos what has changed.",
    )


def flags(orders: Sequence[Order]) -> Finding:
    """Say whether the two flags that hold an order are sent."""
    question = "Are the flags that hold an order sent: testOrder, cslListMatch?"
    absent = [flag for flag in _FLAGS if all(flag not in order.content for order in orders)]
    if not orders:
        return Finding(Mark.OPEN, question, "No order could be fetched.")
    if not absent:
        return Finding(Mark.FINE, question, "Yes.")
    return Finding(
        Mark.ATTENTION,
        question,
        f"{', '.join(absent)} is in none of {len(orders)} orders; absent means no here.",
        "Ask Zonos whether your account sends it: without cslListMatch nobody is told of a restricted party. "
        "If Zonos says that it does not, this may stay.",
    )


def unknown_fields(orders: Sequence[Order]) -> Finding:
    """Name the fields that are not in the vendor's list. Paths only, never a value."""
    found = {path for order in orders for path in _paths(order.content, "order")} - set(PATHS)
    question = "Which fields are there that are not documented?"
    if not found:
        return Finding(Mark.FINE if orders else Mark.OPEN, question, "None.")
    return Finding(
        Mark.FINE,
        question,
        "\n".join(sorted(found)),
        "They are stored as they come, and decide nothing. If one is about a person, see docs/privacy.md; "
        "an erasure keeps only what it knows to be harmless, so an unknown field is erased.",
    )


def missing_fields(orders: Sequence[Order]) -> Finding:
    """Name the documented fields that none of the orders has, the uppermost of each branch."""
    present = {path for order in orders for path in _paths(order.content, "order")}
    missing = [path for path in PATHS if path not in present and _parent(path) in present | {"order"}]
    question = "Which documented fields has none of them?"
    if not orders:
        return Finding(Mark.OPEN, question, "No order could be fetched.")
    return Finding(
        Mark.FINE,
        question,
        "\n".join(missing) or "None.",
        "Many are sent only where they apply." if missing else "",
    )


def agreement(listed: Listed, orders: Iterable[Order]) -> Finding:
    """Say whether list and details name the same status."""
    question = "Do the list and the order itself name the same status?"
    listing = listed.listing.statuses
    compared = [order for order in orders if listing.get(order.order_id)]
    differing = [order for order in compared if listing[order.order_id] != order.zonos_status]
    if not compared:
        return Finding(Mark.OPEN, question, "There is none to compare.")
    if not differing:
        return Finding(Mark.FINE, question, f"Yes, of {len(compared)} orders.")
    answer = "\n".join(
        f"{order.order_id}: {status_name(listing[order.order_id])} in the list, "
        f"{status_name(order.zonos_status)} itself"
        for order in differing
    )
    return Finding(
        Mark.ATTENTION,
        question,
        answer,
        "The order itself counts. Run this again: where it stays so, it becomes a failure (StatusDisagrees).",
    )


def _paths(value: Any, path: str) -> Iterator[str]:
    """Every path in an order, written as in `documented_paths.txt`: keys only, and only such as are names."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield f"{path}.{key_name(key)}"
            yield from _paths(member, f"{path}.{key_name(key)}")
    elif isinstance(value, list):
        for member in value:
            yield from _paths(member, f"{path}[index]")


def _parent(path: str) -> str:
    return path.rpartition(".")[0].removesuffix("[index]")
