"""Stored order + fetched order → what to write: all rules of the record, as pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zonos_orders import clearance
from zonos_orders.erasure import Erasure, without_personal_data
from zonos_orders.instants import day_of, iso
from zonos_orders.order import Order, merchant_order_id_of
from zonos_orders.status import Disposition, HoldReason, ShippingPolicy, assess, in_review, is_fulfilling
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
_INDEX_KEYS = ("order_day", "held_day", "to_ship_day", "write_back_day")
# What the merchant has decided about an order: a fetch carries it along.
_DECIDED = ("taken_over_at", "cleared", "released_at", "released_by", "erased_at", "erased_by")
# Where an item without its `order` says the same.
_SAID_ELSEWHERE = {
    "orderId": "order_id",
    "orderStatus": "zonos_status",
    "orderStatusDate": "status_changed_at",
    "orderDate": "order_date",
    "testOrder": "test_order",
}


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


def merge(
    stored: StoredOrder | None,
    fetched: Order,
    policy: ShippingPolicy,
    now_ms: int,
    by: str,
    erasure: Erasure | None = None,
) -> Merge:
    """Decide what becomes of a stored order (None: there is none) when `fetched` was fetched after it.

    `by` is `success_redirect`, `reconcile`, `recheck` or `order_desk`. The caller has learned `stored` before
    it fetched, and writes only while the table still holds it: so a state never follows a younger one. Of an
    erased order nothing personal is kept; `erasure` says that it is, where the stored order does not.
    """
    if stored is not None and _is_older(fetched, stored):
        return Merge(Outcome.STALE, stored)
    before = {**(erasure.attributes if erasure else {}), **(stored.attributes if stored else {})}
    item = _judged(before, fetched, policy)
    if stored is not None and all(_is_same(item.get(name), before.get(name)) for name in _FETCHED):
        return Merge(Outcome.UNCHANGED, stored)
    item |= _to_write_back(before, item, now_ms) | {"fetched_at": now_ms}
    return _merged(stored, before, fetched, item, now_ms, by)


def decide(stored: StoredOrder, policy: ShippingPolicy, now_ms: int, by: str, **decisions: Any) -> Merge:
    """Return the stored order with what a person has decided about it: what Zonos said is judged anew."""
    before = {**stored.attributes, **decisions}
    said = read_stored(stored, now_ms)
    item = _judged(before, said, policy)
    item |= {name: before[name] for name in ("fetched_at", "write_back_day") if name in before}
    return _merged(stored, before, said, item, now_ms, by)


def read_stored(stored: StoredOrder, now_ms: int) -> Order:
    """Return what Zonos said of a stored order when it was fetched last."""
    item = stored.attributes
    content = item.get("order")
    if content is None:  # erased by hand, before there was another way
        content = {key: item[name] for key, name in _SAID_ELSEWHERE.items() if name in item}
    return Order.read(content, stored.order_id, now_ms)


def expire_review(stored: StoredOrder, now_ms: int, by: str) -> StoredOrder:
    """Return the order after its review has lasted too long: held still, and watched no more."""
    return amend(
        stored,
        now_ms,
        by,
        hold_reasons=[*stored.hold_reasons, HoldReason.REVIEW_EXPIRED],
        review_expired_at=iso(now_ms),
    )


def raise_generation(stored: StoredOrder, now_ms: int, by: str) -> StoredOrder:
    """Return the order under the next review generation, for a review whose present name is burnt."""
    return amend(stored, now_ms, by, review_generation=stored.review_generation + 1)


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


def _judged(before: Mapping[str, Any], fetched: Order, policy: ShippingPolicy) -> dict[str, Any]:
    """Return what a fetch decides, over the item `before` with all that people have decided about it."""
    is_erased = "erased_at" in before
    kept = without_personal_data(fetched) if is_erased else fetched
    item: dict[str, Any] = {
        "order_id": kept.order_id,
        "zonos_status": kept.zonos_status,
        "test_order": kept.test_order,
        "order": kept.content,
    }
    if kept.status_changed_at is not None:
        item["status_changed_at"] = kept.status_changed_at
    if kept.order_date is not None:
        item["order_date"] = kept.order_date
    if kept.reference_id:
        item["reference_id"] = kept.reference_id
    # Zonos not showing the merchant's number does not take it away, nor does another one at Zonos once the
    # merchant has taken the order over here: one poor answer would hand the order over a second time.
    number, ours = kept.merchant_order_id, before.get("merchant_order_id")
    if ours and ("taken_over_at" in before or not number):
        number = ours
    if number:
        item["merchant_order_id"] = number
    nobody_has_it = is_erased and not (number or "taken_over_at" in before)
    assessment = assess(fetched, policy, _lifted(before, fetched), is_erased=nobody_has_it)
    reasons: list[str] = list(assessment.hold_reasons)
    same_hold = reasons and kept.zonos_status == before.get("zonos_status")
    if same_hold and HoldReason.REVIEW_EXPIRED in before["hold_reasons"]:
        reasons.append(HoldReason.REVIEW_EXPIRED)
    return item | {"disposition": assessment.disposition, "hold_reasons": reasons}


def _lifted(before: Mapping[str, Any], fetched: Order) -> set[HoldReason]:
    """Return the holds that a person has lifted from this order as it is now."""
    lifted = set()
    if "released_at" in before:
        lifted.add(HoldReason.BEFORE_GO_LIVE)
    cleared = before.get("cleared")
    if "erased_at" not in before:
        is_clear = clearance.stands(cleared, fetched)
    else:  # in preparation it goes on, as it was cleared: whoever has it has the address
        is_clear = is_fulfilling(fetched.zonos_status) and clearance.outlasts_erasure(cleared)
    if is_clear:
        lifted.add(HoldReason.CSL_MATCH)
    return lifted


def _merged(
    stored: StoredOrder | None,
    before: Mapping[str, Any],
    said: Order,
    item: dict[str, Any],
    now_ms: int,
    by: str,
) -> Merge:
    """Return the change that `_judged` asks for, with all that follows from it."""
    starts_review = in_review(item["hold_reasons"]) and not (stored is not None and stored.in_review)
    item |= _review_attributes(before, item, now_ms, starts_review=starts_review)
    item |= {name: before[name] for name in _DECIDED if name in before}
    if "cleared" in item:
        item["cleared"] = clearance.continued(item["cleared"], said, now_ms, is_erased="erased_at" in item)
    item |= _index_keys(before, item, now_ms)
    item["history"] = _history(before, item, now_ms, by)
    return Merge(
        Outcome.NEW if stored is None else Outcome.CHANGED,
        _next_revision(stored, item, now_ms, by),
        starts_review,
    )


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
    """The keys of the sparse indexes: by the order's own day, and by the day it became HELD or READY.

    An erased order has no day: `by_day` holds those whose personal data is still to go.
    """
    keys = {}
    if "order_date" in item and "erased_at" not in item:
        keys["order_day"] = day_of(item["order_date"])
    today = day_of(now_ms)
    if item["disposition"] == Disposition.HELD:
        keys["held_day"] = before.get("held_day", today)
    if item["disposition"] == Disposition.READY and not StoredOrder(item).taken_over:
        keys["to_ship_day"] = before.get("to_ship_day", today)
    return keys


def _to_write_back(before: Mapping[str, Any], item: Mapping[str, Any], now_ms: int) -> dict[str, str]:
    """Mark a number that Zonos does not show, whether it never learned it or has lost it."""
    after = StoredOrder({**before, **item})
    if not after.taken_over_here or merchant_order_id_of(item["order"]) == after.merchant_order_id:
        return {}
    return {"write_back_day": before.get("write_back_day", day_of(now_ms))}


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


def amend(stored: StoredOrder, now_ms: int, by: str, without: str = "", **changes: Any) -> StoredOrder:
    """Return the stored order with only these attributes changed, or one left out, as its next revision."""
    owned = {name: value for name, value in stored.attributes.items() if name in OWNED and name != without}
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
        *_DECIDED,
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
