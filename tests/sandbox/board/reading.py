"""What is read of the running system for one look at the board. Of an order only what is not personal."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from tests.sandbox.lambda_service import Invocation
from tests.sandbox.sandbox import ORDERS_TABLE, RECONCILIATION_TABLE, Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator

# The order itself, the buyer's cart id and who decided stay in the table.
_OF_AN_ORDER: Final = (
    "order_id",
    "order_day",
    "disposition",
    "hold_reasons",
    "history",
    "revision",
    "imported_by",
    "imported_at",
    "merchant_order_id",
    "taken_over_at",
    "to_ship_day",
    "write_back_day",
    "review_generation",
)


@dataclass(frozen=True)
class Run:
    """One reconciliation that has ended; `summary` is None when it ended with an error."""

    began: int
    milliseconds: int
    summary: dict[str, Any] | None


class OrdersSeen:
    """The orders as read last. Every write raises the revision, so only what has another is read again:
    the simulated AWS does one thing at a time, and the functions need it too.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._seen: dict[str, dict[str, Any]] = {}

    def read(self) -> list[dict[str, Any]]:
        """Return the orders, the newest first."""
        listed = self._sandbox.items(ORDERS_TABLE, "order_id", "revision")
        revisions = {item["order_id"]: item["revision"] for item in listed}
        for order_id, revision in revisions.items():
            if self._seen.get(order_id, {}).get("revision") != revision:
                self._seen[order_id] = self._sandbox.order(order_id, *_OF_AN_ORDER) or {}
        return [self._seen[order_id] for order_id in sorted(revisions, key=_number, reverse=True)]


class Reading:
    """Each thing is read when a section asks for it first; what fails is that section's failure alone."""

    def __init__(self, sandbox: Sandbox, simulator: ZonosSimulator, orders_seen: OrdersSeen) -> None:
        self.sandbox: Final = sandbox
        self.world: Final = simulator.world
        self._orders_seen = orders_seen

    @cached_property
    def orders(self) -> list[dict[str, Any]]:
        """The orders, the newest first."""
        return self._orders_seen.read()

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The records of the Reconciliation table."""
        return self.sandbox.items(RECONCILIATION_TABLE)

    @cached_property
    def loops(self) -> dict[str, str]:
        return self.sandbox.loops()

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        return self.sandbox.events()

    def invocations(self, function: str) -> list[Invocation]:
        return self.sandbox.invocations(function) if function in self.sandbox.stack.functions else []

    def record(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the records of a kind, by their id."""
        return {item["id"]: item for item in self.records if item["kind"] == kind}


def _number(order_id: str) -> int:
    return int(order_id.partition("-")[2])


def run_of(invocation: Invocation) -> Run:
    """Read what a reconciliation has answered."""
    summary = None if invocation.failed else json.loads(invocation.payload)
    return Run(invocation.began, invocation.milliseconds, summary)
