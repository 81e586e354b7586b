"""The orders of the table, for a person's eye and without personal data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.sandbox import Sandbox

_HEADINGS = ("order", "disposition", "reasons", "imported by", "history", "review loop")


def orders_table(orders: Iterable[Mapping[str, Any]], loops: Mapping[str, str]) -> str:
    """Return a table of orders; `loops` maps the names of executions to their status."""
    rows = [_HEADINGS, *(_row(order, loops) for order in orders)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(_line(row, widths) for row in rows)


class Changes:
    """Tells what has changed in the table since it was asked last."""

    def __init__(self) -> None:
        self._revisions: dict[str, int] = {}

    def of(self, orders: Iterable[Mapping[str, Any]]) -> list[str]:
        """Return a line for each order that is new or has a new revision."""
        lines = []
        for order in orders:
            order_id, revision = order["order_id"], int(order["revision"])
            if self._revisions.get(order_id) != revision:
                self._revisions[order_id] = revision
                facts = [order_id, order["disposition"], *order["hold_reasons"], "by", order["updated_by"]]
                lines.append(f"  table: {' '.join(facts)}")
        return lines


class News:
    """Tells what has happened in a sandbox since it was asked last: changes in the table, and events."""

    def __init__(self) -> None:
        self._changes = Changes()
        self._told = 0
        self._troubles = 0

    def of(self, sandbox: "Sandbox") -> list[str]:
        """Return a line for each change, each event on the bus, and each one that could not be told."""
        events, troubles = sandbox.events(), sandbox.troubles()
        lines = self._changes.of(sandbox.orders())
        lines += [event_line(event) for event in events[self._told :]]
        lines += [f"  TROUBLE: {trouble}" for trouble in troubles[self._troubles :]]
        self._told, self._troubles = len(events), len(troubles)
        return lines


def event_line(event: Mapping[str, Any]) -> str:
    """Return a line for an event on the bus."""
    detail, previous = event["detail"], event["detail"]["previous"]
    facts = [event["detail-type"], detail["order_id"], f"revision {detail['revision']}"]
    if previous:
        facts.append(f"(was {previous['disposition']})")
    return f"  event: {' '.join([*facts, *detail.get('changed', ())])}"


def _row(order: Mapping[str, Any], loops: Mapping[str, str]) -> tuple[str, ...]:
    order_id = order["order_id"]
    return (
        order_id,
        order["disposition"],
        ", ".join(order["hold_reasons"]) or "-",
        order["imported_by"],
        " > ".join(entry["zonos_status"] or "(none)" for entry in order["history"]),
        ", ".join(status for name, status in loops.items() if name.startswith(f"{order_id}-")) or "-",
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
