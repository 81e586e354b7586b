"""The promises, said once more and apart from the code that keeps them: what must be true after each step."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.simulation.dynamodb import Item
from tests.simulation.zonos import CANARY, Facts, SimulatedZonos, SmallOrder
from zonos_orders.order_encoding import decode_item

DAY = 86_400
HISTORY_KEPT = 50
_YEAR_2000_MS = 946_684_800_000

READY, HELD, CANCELLED, FULFILLING, COMPLETED = "READY", "HELD", "CANCELLED", "FULFILLING", "COMPLETED"
# What the statuses mean, written down a second time on purpose.
_DISPOSITIONS: Mapping[str, tuple[str, str]] = {
    "IGLOBAL_ORDER_IN_PROCESS": (READY, ""),
    "IGLOBAL_FRAUD_REVIEW": (HELD, "FRAUD_REVIEW"),
    "IGLOBAL_ORDER_ON_HOLD": (HELD, "ON_HOLD"),
    "VENDOR_CANCELLATION_REQUEST": (HELD, "CANCELLATION_REQUESTED"),
    "IGLOBAL_ORDER_CANCELLED": (CANCELLED, ""),
    "IGLOBAL_ORDER_CANCELED": (CANCELLED, ""),
    "VENDOR_PREPARING_ORDER": (FULFILLING, ""),
    "VENDOR_SHIPMENT_READY": (FULFILLING, ""),
    "VENDOR_LABELS_PRINTED_DATE": (FULFILLING, ""),
    "IGLOBAL_LABELS_PROCESSING": (FULFILLING, ""),
    "VENDOR_END_OF_DAY_COMPLETE": (COMPLETED, ""),
}
_REVIEWED = {"FRAUD_REVIEW", "ON_HOLD", "CANCELLATION_REQUESTED", "UNKNOWN_STATUS"}


@dataclass(frozen=True)
class Expected:
    """What an order has to be in the table while Zonos says what it says."""

    disposition: str
    hold_reasons: frozenset[str]

    @property
    def in_review(self) -> bool:
        return bool(self.hold_reasons & _REVIEWED) and "BEFORE_GO_LIVE" not in self.hold_reasons


def _dated(order: SmallOrder) -> int | None:
    """By its own date; without one that can be read an order is no younger than its last change of status."""
    sent = order.details()
    dates = [sent["orderDate"], sent["orderStatusDate"]]
    return next((date for date in dates if isinstance(date, int) and date >= _YEAR_2000_MS), None)


def _screened(order: SmallOrder) -> tuple[object, ...]:
    sent = order.details()
    return sent["name"], sent.get("address1"), order.csl_list_match


def expected(order: SmallOrder, ship_from_ms: int) -> Expected:
    disposition, reason = _DISPOSITIONS.get(order.status, (HELD, "UNKNOWN_STATUS"))
    if disposition in (CANCELLED, COMPLETED):
        return Expected(disposition, frozenset())
    reasons = {reason} - {""}
    if order.csl_list_match:
        reasons.add("CSL_MATCH")
    if order.test_order:
        reasons.add("TEST_ORDER")
    dated = _dated(order)
    if dated is not None and dated < ship_from_ms:
        reasons.add("BEFORE_GO_LIVE")
    return Expected(HELD if reasons else disposition, frozenset(reasons))


class Promises:
    """Judges every write of the Orders table. `broken` says what went wrong, in words."""

    def __init__(self, zonos: SimulatedZonos, ship_from_ms: int) -> None:
        self._zonos = zonos
        self._ship_from_ms = ship_from_ms
        self.broken: list[str] = []
        self.writes = 0
        self.raised_at: dict[str, tuple[int, float]] = {}  # order → its generation, and since when
        self._cleared: dict[tuple[str, str], SmallOrder] = {}
        self.numbers: dict[str, set[str]] = {}  # order → the merchant's numbers that it was ever stored with
        self.agreed: dict[str, set[str]] = {}  # order → the numbers under which somebody was given it
        self.restored_as: dict[str, str] = {}  # order → its revision in a table that was restored

    def expect(self, promise: str, holds: bool, what: str) -> None:
        if not holds:
            self.broken.append(f"{promise}: {what}")

    def restored(self, orders: Collection[Item], now: float) -> None:
        """Go by the generations of a table that has been put into service in the place of the last one."""
        self.restored_as = {item["order_id"]["S"]: item["revision"]["N"] for item in orders}
        self.raised_at = {
            item["order_id"]["S"]: (int(item["review_generation"]["N"]), now)
            for item in orders
            if "review_generation" in item
        }
        # What was taken over since the backup can be taken over again: the table does not know.
        self.agreed = {
            item["order_id"]["S"]: {item["merchant_order_id"]["S"]}
            for item in orders
            if "taken_over_at" in item and "merchant_order_id" in item
        }

    def order_written(self, before: Item | None, after: Item | None, now: float) -> None:
        self.writes += 1
        if after is None:
            self.expect("no order is lost", False, "an order was deleted")
            return
        old = decode_item(before) if before else {}
        new = decode_item(after)
        order_id = new["order_id"]
        generation = int(new.get("review_generation", 0))
        if self.raised_at.get(order_id, (0, 0.0))[0] < generation:
            self.raised_at[order_id] = generation, now
        if "taken_over_at" in new and "merchant_order_id" in new:
            self.numbers.setdefault(order_id, set()).add(new["merchant_order_id"])
        facts = self._zonos.facts.get(order_id)
        if facts is None:
            self.expect("no order is lost", False, f"{order_id} was never bought")
            return
        self._exact(order_id, new, facts)
        self._once(order_id, old, new)
        self._forward(order_id, old, new, facts)
        self._not_by_mistake(order_id, new, facts)

    def _exact(self, order_id: str, new: Mapping[str, Any], facts: Facts) -> None:
        if "erased_at" in new:
            self.expect("never leaking", CANARY not in str(new), f"{order_id} is erased, and tells the buyer")
            statuses = {version.status for version in facts.versions}
            self.expect("stored exactly", new["zonos_status"] in statuses, f"{order_id} was never this")
            return
        version = facts.versions[int(new["order"].get("version", 1)) - 1]
        sent = json.loads(json.dumps(version.details()), parse_float=Decimal)
        self.expect("stored exactly", new["order"] == sent, f"{order_id} is not as Zonos sent it")

    def _once(self, order_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        revision = int(old.get("revision", 0)) + 1
        self.expect("never twice", new["revision"] == revision, f"{order_id} skipped or repeated a revision")
        for name in ("imported_at", "imported_by"):
            same = not old or old[name] == new[name]
            self.expect("never twice", same, f"{order_id} was imported a second time")
        for name in ("taken_over_at", "erased_at", "released_at"):
            self.expect("never twice", name in new or name not in old, f"{order_id} is without {name} again")
        is_kept = "taken_over_at" not in old or old.get("merchant_order_id") in (
            None,
            new.get("merchant_order_id"),
        )
        self.expect("never twice", is_kept, f"{order_id} was given another number")
        has_one = "merchant_order_id" in new or "merchant_order_id" not in old
        self.expect("never twice", has_one, f"{order_id} has lost its number, and can be taken over again")
        before, after = list(old.get("history", ())), list(new["history"])
        changed = any(old.get(name) != new[name] for name in ("zonos_status", "disposition"))
        kept = after[:-1] if changed else after
        is_right = kept == (
            before[-HISTORY_KEPT + 1 :] if changed and len(before) == HISTORY_KEPT else before
        )
        if changed:
            is_right &= all(after[-1][name] == new[name] for name in ("zonos_status", "disposition"))
        self.expect("never twice", is_right, f"{order_id} has a wrong history")

    def _forward(self, order_id: str, old: Mapping[str, Any], new: Mapping[str, Any], facts: Facts) -> None:
        if not old:
            return
        was, is_now = (int(item["order"].get("version", 1)) for item in (old, new))
        is_now = was if "erased_at" in new else is_now  # what is left of it has no version
        dates = old.get("status_changed_at"), new.get("status_changed_at")
        # Zonos itself answered with an older state: what cannot be seen by its status date cannot be refused.
        unseen = facts.answered_stale and (None in dates or dates[0] == dates[1] or facts.odd_dates)
        self.expect("never backwards", is_now >= was or unseen, f"{order_id} went from {was} to {is_now}")
        generations = [int(item.get("review_generation", 0)) for item in (old, new)]
        self.expect("never backwards", generations[0] <= generations[1], f"{order_id} lost a generation")

    def with_decisions(
        self, want: Expected, order_id: str, new: Mapping[str, Any], version: SmallOrder
    ) -> Expected:
        """Say what the order has to be with what a person has decided about it."""
        lifted = {"BEFORE_GO_LIVE"} if "released_at" in new else set()
        cleared = new.get("cleared", {})
        if cleared and "ended_at" not in cleared:
            # Only for the buyer, the address and the match that were there when it was cleared.
            seen = self._cleared.setdefault((order_id, cleared["at"]), version)
            is_same = _screened(seen) == _screened(version)
            self.expect("never shipped by mistake", is_same, f"{order_id} was cleared as another")
            lifted.add("CSL_MATCH")
        reasons = want.hold_reasons - lifted
        if reasons or want.disposition != HELD:
            return Expected(want.disposition, reasons)
        return Expected(_DISPOSITIONS.get(version.status, (HELD, ""))[0], frozenset())

    def is_screened_alike(self, order_id: str, one: Item, other: Item) -> bool:
        """Say whether two stored states of an order have the same buyer, address and match."""
        versions = self._zonos.facts[order_id].versions
        first, second = (
            _screened(versions[int(decode_item(item)["order"].get("version", 1)) - 1])
            for item in (one, other)
        )
        return first == second

    def _not_by_mistake(self, order_id: str, new: Mapping[str, Any], facts: Facts) -> None:
        if "erased_at" in new:
            is_ready = new["disposition"] == READY and "taken_over_at" not in new
            is_ready &= "merchant_order_id" not in new
            self.expect("never shipped by mistake", not is_ready, f"{order_id} is erased, and READY")
            return
        version = facts.versions[int(new["order"].get("version", 1)) - 1]
        want = self.with_decisions(expected(version, self._ship_from_ms), order_id, new, version)
        reasons = set(new["hold_reasons"]) - {"REVIEW_EXPIRED"}
        is_right = (new["disposition"], reasons) == (want.disposition, set(want.hold_reasons))
        has = f"{order_id} is {new['disposition']} {sorted(reasons)} with {version.status}"
        self.expect("never shipped by mistake", is_right, has)
        listed = "to_ship_day" in new
        is_taken = "taken_over_at" in new or "merchant_order_id" in new
        to_ship = new["disposition"] == READY and not is_taken
        self.expect(
            "never shipped by mistake", listed == to_ship, f"{order_id} is wrongly in to_ship, or not"
        )
        self.expect("never shipped by mistake", ("held_day" in new) == (new["disposition"] == HELD), has)
