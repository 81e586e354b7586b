"""What `orderNumbers` really answers: keys, statuses, ids, and which of its bounds it includes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tests.doctor.account import Account, Listed
from tests.doctor.findings import Finding, Mark, key_name, key_names, status_name
from zonos_orders.instants import DAY_MS, day_of
from zonos_orders.order import Order, own_order_id
from zonos_orders.status import HoldReason, ShippingPolicy, assess, is_status

_YEAR_2000_MS: Final = 946_684_800_000
_TEST_ORDER: Final = "Make a test order in your checkout, then run this again."
_ASK_CODE: Final = "Tell whoever maintains this system: the one place that reads the list is listing.py."


def shape(listed: Listed, *, statuses: bool) -> Finding:
    """Say where the list is, what it is called, and what its entries hold."""
    asked = "with statuses" if statuses else "without statuses"
    question = f"How does the list look, asked {asked}?"
    answer = f"Envelope: {key_names(listed.answer)}."
    for name, value in listed.answer.items():
        if isinstance(value, list):
            answer += f"\nEntries of {key_name(name)}: {_entries(value)}."
    if listed.error is not None:
        return Finding(Mark.ATTENTION, question, f"{answer}\nThis system stops: {listed.error}.", _ASK_CODE)
    if not listed.entries:
        return Finding(Mark.OPEN, question, f"{answer}\nNo orders, so the entries are unknown.", _TEST_ORDER)
    lost = listed.listing.unreadable
    if lost or listed.listing.foreign:
        answer += f"\n{lost} entries bear no order id, {listed.listing.foreign} one of another store."
        return Finding(Mark.ATTENTION, question, answer, _ASK_CODE)
    return Finding(Mark.FINE, question, answer)


def _entries(entries: list[Any]) -> str:
    maps = [entry for entry in entries if isinstance(entry, Mapping)]
    if not maps:
        return f"{len(entries)}, none of them an object"
    return f"{len(entries)} with {key_names({key for entry in maps for key in entry})}"


def recognised(listed: Listed, now_ms: int) -> Finding:
    """Say which keys this system reads as id and status, and which dates it leaves alone."""
    question = "Which keys of the list does this system read?"
    entries = [entry for entry in listed.entries if isinstance(entry, Mapping)]
    if not entries:
        return Finding(Mark.OPEN, question, "No entries to look at.", _TEST_ORDER)
    ids = {
        key
        for entry in entries
        for key in ("orderId", "id")
        if entry.get(key) is own_order_id(entry) is not None
    }
    found = {key for entry in entries for key, value in entry.items() if is_status(value)}
    dates = {key for entry in entries for key, value in entry.items() if _is_instant(value, now_ms)}
    without = sum(status is None for status in listed.listing.statuses.values())
    answer = (
        f"Id: {key_names(ids)}. Status: {key_names(found)}. "
        f"Dates, which it does not need: {key_names(dates)}. Left alone: "
        f"{key_names({key for entry in entries for key in entry} - ids - found - dates)}."
    )
    if not ids:
        return Finding(Mark.ATTENTION, question, answer, _ASK_CODE)
    if not without:
        return Finding(Mark.FINE, question, answer)
    return Finding(
        Mark.ATTENTION,
        question,
        f"{answer}\n{without} of {len(listed.listing.statuses)} orders: no status is recognised in the list.",
        "New orders are imported all the same. A later change of such an order is noticed by its review "
        "loop, by the first run of the next day, by the rolling refresh (RefreshDays) and by mayShip. "
        f"{_ASK_CODE} If Zonos says that its list names no status, this may stay.",
    )


def statuses(listed: Listed, orders: Iterable[Order]) -> Finding:
    """Count the orders by status, and say what this system makes of each.

    By the list; where it names none, by the `orders` that were looked at.
    """
    question = "Which statuses are there, and what becomes of them here?"
    counted = Counter(listed.listing.statuses.values())
    if counted.keys() <= {None}:
        counted = Counter(order.zonos_status for order in orders)
    lines, unknown = [], []
    for status, count in sorted(counted.items(), key=lambda pair: -pair[1]):
        disposition, is_unknown = _disposition(status or "")
        lines.append(f"{count} x {status_name(status)}: {disposition}")
        if is_unknown:
            unknown.append(status_name(status))
    answer = "\n".join(lines) or "No orders."
    if unknown:
        advice = (
            f"Unknown here: {', '.join(unknown)}. Such orders are held, and an alarm is raised. Ask Zonos "
            "what it means, and add it to the status table in status.py if more orders will bear it."
        )
        return Finding(Mark.ATTENTION, question, answer, advice)
    return Finding(Mark.FINE if counted else Mark.OPEN, question, answer)


def _disposition(status: str) -> tuple[str, bool]:
    bare = Order.read({"orderStatus": status}, "1-1", 0)
    found = assess(bare, ShippingPolicy(ship_from_ms=None))
    reasons = f" ({', '.join(found.hold_reasons)})" if found.hold_reasons else ""
    return f"{found.disposition}{reasons}", HoldReason.UNKNOWN_STATUS in found.hold_reasons


def prefixes(listed: Listed, store_id: str) -> Finding:
    """Say how ids are written in the list."""
    forms = Counter(
        _form(own_order_id(entry) if isinstance(entry, Mapping) else entry, store_id)
        for entry in listed.entries
    )
    answer = "; ".join(f"{count} x {form}" for form, count in forms.items()) or "No orders."
    return Finding(Mark.FINE if forms else Mark.OPEN, "Do the ids in the list bear the store number?", answer)


def _form(own: object, store_id: str) -> str:
    kind = "a number" if isinstance(own, int) else "a text"
    if str(own).startswith(f"{store_id}-"):
        return f"{kind}, with the store number"
    return f"{kind}, without the store number" if str(own).isdigit() else "something else"


def test_orders(listed: Listed, orders: Iterable[Order]) -> Finding:
    """Say whether test orders are among them, and how they can be told."""
    in_list = sum(
        isinstance(entry, Mapping) and entry.get("testOrder") in (True, "true") for entry in listed.entries
    )
    fetched = [order.order_id for order in orders if order.test_order]
    answer = f"{in_list} marked in the list; among the orders looked at: {', '.join(fetched) or 'none'}."
    advice = (
        "They are HELD with TEST_ORDER unless the parameter TestOrders is allow."
        if in_list or fetched
        else ""
    )
    return Finding(Mark.FINE, "Are there test orders?", answer, advice)


test_orders.__test__ = False  # type: ignore[attr-defined]  # no test, whatever pytest thinks of its name


def inclusive(account: Account, orders: Iterable[Order]) -> Finding:
    """Find out whether `sinceDate` and `throughDate` include their own day."""
    question = "Do sinceDate and throughDate include their own day?"
    # Completed between these two times, so on that day for sure.
    sure = [
        order
        for order in orders
        if order.order_date
        and order.status_changed_at
        and day_of(order.order_date) == day_of(order.status_changed_at)
    ]
    if not sure:
        return Finding(
            Mark.OPEN,
            question,
            "No order was begun and decided on one day, so it cannot be told.",
            _TEST_ORDER,
        )
    order = max(sure, key=lambda one: one.order_date or 0)
    day = day_of(order.order_date or 0)
    if order.order_id in account.list(day, through_date=day).listing.statuses:
        return Finding(
            Mark.FINE, question, f"Both do: {order.order_id} of {day} is listed for that day alone."
        )
    since = order.order_id in account.list(day).listing.statuses
    answer = "sinceDate does, throughDate does not." if since else "sinceDate does not."
    return Finding(
        Mark.FINE,
        question,
        f"{answer} (Tried with {order.order_id} of {day}.)",
        "Nothing to do: this system asks for two days more than it needs.",
    )


def includes_its_order(account: Account, newest: Sequence[str]) -> Finding:
    """Find out whether `sinceOrderId` includes the order that it names. `newest`: listed ids, ascending."""
    question = "Does sinceOrderId include its own order?"
    if not newest:
        return Finding(Mark.OPEN, question, "No order is listed, so it cannot be told.", _TEST_ORDER)
    order_id = newest[-1]  # the fewest come after it
    if order_id in account.list_since_order(order_id).listing.statuses:
        return Finding(Mark.FINE, question, f"It does: {order_id} is listed since itself.")
    return Finding(
        Mark.FINE,
        question,
        f"It does not. (Tried with {order_id}.)",
        "Nothing to do: this system asks for the orders since the number before.",
    )


def _is_instant(value: Any, now_ms: int) -> bool:
    return isinstance(value, int) and _YEAR_2000_MS <= value <= now_ms + DAY_MS
