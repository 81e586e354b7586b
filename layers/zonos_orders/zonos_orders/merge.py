"""Stored order + fetched order → what to write: all rules of the record, as pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zonos_orders.instants import day_of, iso
from zonos_orders.order import Order
from zonos_orders.status import Disposition, HoldReason, ShippingPolicy, assess, in_review
from zonos_orders.stored_order import StoredOrder

_HISTORY_KEPT = 50
# Everything that a fetch decides: a fetch that leaves all of it as it is changes nothing.
_FETCHED = (
    "zonos_status",
    "disposition",
    "hold_reasons",
    "status_changed_at",
    "order_date",
    "test_order",
    "reference_id",
    "merchant_order_id",
    "order",
)
_INDEX_KEYS = ("order_day", "held_day", "to_ship_day")


class Outcome(StrEnum):
    """What an import did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    STALE = "stale"  # Zonos answered with an older state than the stored one: refused


@dataclass(frozen=True, slots=True)
class Merge:
    """What to write.

    `order` is what to write, or what stands; attributes of other writers stay on the item by themselves.
    `starts_review`: a new review generation begins.
    """

    outcome: Outcome
    order: StoredOrder
    starts_review: bool = False

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return self.outcome in (Outcome.NEW, Outcome.CHANGED)


def merge(stored: StoredOrder | None, fetched: Order, policy: ShippingPolicy, now_ms: int, by: str) -> Merge:
    """Decide what becomes of a stored order (None: there is none) when `fetched` was fetched after it.

    `by` is `success_redirect`, `reconcile` or `recheck`. The caller has learned `stored` before it
    fetched, and writes only while the table still holds it: so a state never follows a younger one.
    """
    if stored is not None and _is_older(fetched, stored):
        return Merge(Outcome.STALE, stored)
    before: Mapping[str, Any] = {} if stored is None else stored.attributes
    item = _fetched_attributes(stored, fetched, policy)
    if stored is not None and all(_is_same(item.get(name), before.get(name)) for name in _FETCHED):
        return Merge(Outcome.UNCHANGED, stored)
    starts_review = in_review(item["hold_reasons"]) and not (stored is not None and stored.in_review)
    item |= _review_attributes(before, item, now_ms, starts_review=starts_review)
    item |= _index_keys(before, item, now_ms)
    item["history"] = _history(before, item, now_ms, by)
    item["fetched_at"] = now_ms
    return Merge(
        Outcome.NEW if stored is None else Outcome.CHANGED,
        _next_revision(stored, item, now_ms, by),
        starts_review,
    )


def expire_review(stored: StoredOrder, now_ms: int, by: str) -> StoredOrder:
    """Return the order after its review has lasted too long: held still, and watched no more."""
    return _amend(
        stored,
        now_ms,
        by,
        hold_reasons=[*stored.hold_reasons, HoldReason.REVIEW_EXPIRED],
        review_expired_at=iso(now_ms),
    )


def raise_generation(stored: StoredOrder, now_ms: int, by: str) -> StoredOrder:
    """Return the order under the next review generation, for a review whose present name is burnt."""
    return _amend(stored, now_ms, by, review_generation=stored.review_generation + 1)


def _is_same(new: Any, old: Any) -> bool:
    """Compare JSON values: Python takes true for 1, and false for 0."""
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return new.keys() == old.keys() and all(_is_same(member, old[key]) for key, member in new.items())
    if isinstance(new, list) and isinstance(old, list):
        return len(new) == len(old) and all(map(_is_same, new, old))
    return isinstance(new, bool) == isinstance(old, bool) and bool(new == old)


def _is_older(fetched: Order, stored: StoredOrder) -> bool:
    """By Zonos's own clock, and only where both times are plausible: ours never decides."""
    return (
        fetched.status_changed_at is not None
        and stored.status_changed_at is not None
        and fetched.status_changed_at < stored.status_changed_at
    )


def _fetched_attributes(stored: StoredOrder | None, fetched: Order, policy: ShippingPolicy) -> dict[str, Any]:
    assessment = assess(fetched, policy)
    reasons: list[str] = list(assessment.hold_reasons)
    item: dict[str, Any] = {
        "order_id": fetched.order_id,
        "zonos_status": fetched.zonos_status,
        "disposition": assessment.disposition,
        "test_order": fetched.test_order,
        "order": fetched.content,
    }
    if fetched.status_changed_at is not None:
        item["status_changed_at"] = fetched.status_changed_at
    if fetched.order_date is not None:
        item["order_date"] = fetched.order_date
    if fetched.reference_id:
        item["reference_id"] = fetched.reference_id
    if fetched.merchant_order_id:
        item["merchant_order_id"] = fetched.merchant_order_id
    if stored is not None:
        # The merchant's number is set by others as well: Zonos not knowing it does not take it away.
        if "merchant_order_id" in stored.attributes:
            item.setdefault("merchant_order_id", stored.attributes["merchant_order_id"])
        same_hold = reasons and fetched.zonos_status == stored.zonos_status
        if same_hold and HoldReason.REVIEW_EXPIRED in stored.hold_reasons:
            reasons.append(HoldReason.REVIEW_EXPIRED)
    item["hold_reasons"] = reasons
    return item


def _review_attributes(
    before: Mapping[str, Any], item: Mapping[str, Any], now_ms: int, *, starts_review: bool
) -> dict[str, Any]:
    """A generation rises only when an order enters review: FRAUD_REVIEW → ON_HOLD is the same review."""
    if starts_review:
        generation = int(before.get("review_generation", 0)) + 1
        return {"review_generation": generation, "review_started_at": iso(now_ms)}
    kept = ["review_generation", "review_started_at"]
    if HoldReason.REVIEW_EXPIRED in item["hold_reasons"]:
        kept.append("review_expired_at")
    return {name: before[name] for name in kept if name in before}


def _index_keys(before: Mapping[str, Any], item: Mapping[str, Any], now_ms: int) -> dict[str, str]:
    """The keys of the sparse indexes: by the order's own day, and by the day it became HELD or READY."""
    keys = {}
    if "order_date" in item:
        keys["order_day"] = day_of(item["order_date"])
    today = day_of(now_ms)
    if item["disposition"] == Disposition.HELD:
        keys["held_day"] = before.get("held_day", today)
    if item["disposition"] == Disposition.READY and not _taken_over(before, item):
        keys["to_ship_day"] = before.get("to_ship_day", today)
    return keys


def _taken_over(before: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return StoredOrder({**before, **item}).taken_over


def _history(before: Mapping[str, Any], item: Mapping[str, Any], now_ms: int, by: str) -> list[Any]:
    history = list(before.get("history", ()))
    if any(item[name] != before.get(name) for name in ("zonos_status", "disposition")):
        entry = {
            "zonos_status": item["zonos_status"],
            "disposition": item["disposition"],
            "seen_at": iso(now_ms),
            "seen_by": by,
        }
        if "status_changed_at" in item:
            entry["status_changed_at"] = item["status_changed_at"]
        history.append(entry)
    return history[-_HISTORY_KEPT:]


def _amend(stored: StoredOrder, now_ms: int, by: str, **changes: Any) -> StoredOrder:
    """Return the stored order with only these attributes changed, as its next revision."""
    owned = {name: value for name, value in stored.attributes.items() if name in OWNED}
    return _next_revision(stored, owned | changes, now_ms, by)


def _next_revision(stored: StoredOrder | None, item: dict[str, Any], now_ms: int, by: str) -> StoredOrder:
    now = iso(now_ms)
    imported = {"imported_at": now, "imported_by": by}
    if stored is not None:
        imported = {name: stored.attributes[name] for name in imported}
    revision = 1 if stored is None else stored.revision + 1
    return StoredOrder({**item, **imported, "revision": revision, "updated_at": now, "updated_by": by})


# Every attribute that a write of ours sets or removes; what else stands on an item belongs to other writers.
OWNED = frozenset(
    {
        *_FETCHED,
        *_INDEX_KEYS,
        "order_id",
        "revision",
        "history",
        "fetched_at",
        "imported_at",
        "imported_by",
        "updated_at",
        "updated_by",
        "review_generation",
        "review_started_at",
        "review_expired_at",
    }
)
