"""What only a person may decide about an order: clear a match, release one from before go-live, erase."""

from dataclasses import dataclass
from enum import StrEnum

from zonos_orders.clearance import clearance, fingerprint
from zonos_orders.erasure import Erasure, is_open, is_over
from zonos_orders.instants import iso
from zonos_orders.merge import Merge, decide, read_stored
from zonos_orders.status import HoldReason, ShippingPolicy
from zonos_orders.stored_order import StoredOrder

BY = "order_supervisor"


class Refusal(StrEnum):
    """Why nothing was done."""

    NOT_IMPORTED = "NOT_IMPORTED"  # nothing of that id is in the table
    NOT_HELD_FOR_THIS = "NOT_HELD_FOR_THIS"
    CHANGED_SINCE = "CHANGED_SINCE"  # not the revision, or not the buyer, that was looked at
    ERASED = "ERASED"  # nothing is left that could be judged, or shipped
    STILL_OPEN = "STILL_OPEN"  # it may still have to be shipped
    ZONOS_DID_NOT_SAY = "ZONOS_DID_NOT_SAY"  # what is stored may be old: ask again
    NOT_TRIED = "NOT_TRIED"  # the time was nearly over: ask again
    FAILED = "FAILED"  # AWS did not do it: ask again


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a wish: a change to write, a refusal, or neither where it is so already."""

    change: Merge | None = None
    refusal: Refusal | None = None


def clear(
    stored: StoredOrder,
    policy: ShippingPolicy,
    now_ms: int,
    principal: str,
    seen: StoredOrder,
    revision: int | None = None,
) -> Verdict:
    """Lift CSL_MATCH for the buyer, the addresses and the match that the order has now.

    Refused when these are others than in `seen`, the order as it stood when it was asked for: nobody has
    judged them. `revision`: of the order that was looked at; refused when anything has changed since.
    """
    if stored.is_erased:
        return Verdict(refusal=Refusal.ERASED)
    if HoldReason.CSL_MATCH not in stored.hold_reasons:
        cleared = stored.attributes.get("cleared")
        is_so = cleared is not None and "ended_at" not in cleared
        return Verdict(refusal=None if is_so else Refusal.NOT_HELD_FOR_THIS)
    order = read_stored(stored, now_ms)
    is_seen = fingerprint(order) == fingerprint(read_stored(seen, now_ms))
    if revision not in (None, stored.revision) or not is_seen:
        return Verdict(refusal=Refusal.CHANGED_SINCE)
    cleared = clearance(order, stored.revision, now_ms, principal)
    return Verdict(decide(stored, policy, now_ms, BY, cleared=cleared))


def release(stored: StoredOrder, policy: ShippingPolicy, now_ms: int, principal: str) -> Verdict:
    """Lift BEFORE_GO_LIVE: this order was not shipped before the installation. Other holds stay."""
    if stored.is_erased:
        return Verdict(refusal=Refusal.ERASED)
    if HoldReason.BEFORE_GO_LIVE not in stored.hold_reasons:
        is_so = "released_at" in stored.attributes
        return Verdict(refusal=None if is_so else Refusal.NOT_HELD_FOR_THIS)
    return Verdict(decide(stored, policy, now_ms, BY, released_at=iso(now_ms), released_by=principal))


def erase(stored: StoredOrder, policy: ShippingPolicy, now_ms: int, by: str, erasure: Erasure) -> Verdict:
    """Take the personal data out of an order, whatever it is held for; its history stays."""
    if stored.is_erased:
        return Verdict()
    return Verdict(decide(stored, policy, now_ms, by, **erasure.attributes))


def erase_by_age(
    stored: StoredOrder, policy: ShippingPolicy, now_ms: int, by: str, erasure: Erasure, keep_days: int
) -> Verdict:
    """Erase an order whose personal data has been kept for long enough; one that is open is left."""
    return erase(stored, policy, now_ms, by, erasure) if is_over(stored, keep_days, now_ms) else Verdict()


def objection_to_erasing(stored: StoredOrder, *, force: bool) -> Refusal | None:
    """Say why an order is not erased: one that may still be shipped needs its address."""
    return Refusal.STILL_OPEN if is_open(stored) and not force else None
