"""What the merchant may do with an order, why it is held, and when to look at it again."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeGuard

from zonos_orders.instants import DAY_MS
from zonos_orders.order import Order


class Disposition(StrEnum):
    """What the merchant may do."""

    READY = "READY"
    HELD = "HELD"
    CANCELLED = "CANCELLED"
    FULFILLING = "FULFILLING"
    COMPLETED = "COMPLETED"


class HoldReason(StrEnum):
    """Why an order is HELD; several can hold at once."""

    FRAUD_REVIEW = "FRAUD_REVIEW"
    ON_HOLD = "ON_HOLD"
    CANCELLATION_REQUESTED = "CANCELLATION_REQUESTED"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    CSL_MATCH = "CSL_MATCH"
    TEST_ORDER = "TEST_ORDER"
    BEFORE_GO_LIVE = "BEFORE_GO_LIVE"
    REVIEW_EXPIRED = "REVIEW_EXPIRED"
    ERASED = "ERASED"


# The status table. Source: the vendor's pages "Retrieve an Order" (Initial Order Status) and
# updateVendorOrderStatus. Two shipped plug-ins know only the spelling CANCELED, so both are accepted.
_BY_STATUS: Mapping[str, tuple[Disposition, HoldReason | None]] = {
    "IGLOBAL_ORDER_IN_PROCESS": (Disposition.READY, None),
    "IGLOBAL_FRAUD_REVIEW": (Disposition.HELD, HoldReason.FRAUD_REVIEW),
    "IGLOBAL_ORDER_ON_HOLD": (Disposition.HELD, HoldReason.ON_HOLD),
    "VENDOR_CANCELLATION_REQUEST": (Disposition.HELD, HoldReason.CANCELLATION_REQUESTED),
    "IGLOBAL_ORDER_CANCELLED": (Disposition.CANCELLED, None),
    "IGLOBAL_ORDER_CANCELED": (Disposition.CANCELLED, None),
    "IGLOBAL_LABELS_PROCESSING": (Disposition.FULFILLING, None),
    "VENDOR_PREPARING_ORDER": (Disposition.FULFILLING, None),
    "VENDOR_SHIPMENT_READY": (Disposition.FULFILLING, None),
    "VENDOR_LABELS_PRINTED_DATE": (Disposition.FULFILLING, None),
    "VENDOR_END_OF_DAY_COMPLETE": (Disposition.COMPLETED, None),
}
_UNKNOWN = (Disposition.HELD, HoldReason.UNKNOWN_STATUS)
_FINAL = {Disposition.CANCELLED, Disposition.COMPLETED}

# With one of these nobody waits for Zonos's decision.
_ENDS_REVIEW = {HoldReason.BEFORE_GO_LIVE, HoldReason.REVIEW_EXPIRED, HoldReason.ERASED}

# The holds that Zonos lifts by itself: the others wait for a person or for ever.
_LIFTED_BY_ZONOS = {
    HoldReason.FRAUD_REVIEW,
    HoldReason.ON_HOLD,
    HoldReason.CANCELLATION_REQUESTED,
    HoldReason.UNKNOWN_STATUS,
}

_STATUS = re.compile(r"(?:IGLOBAL|VENDOR)_[A-Z_]+")
REVIEW_LASTS_AT_MOST_MS = 30 * DAY_MS
SLOWEST_PACE = 72
# (until this age of the review, so many times the base)
_PACE = ((3_600_000, 1), (6 * 3_600_000, 3), (3 * DAY_MS, 12))


@dataclass(frozen=True, slots=True)
class ShippingPolicy:
    """The merchant's own objections.

    `ship_from_ms`: orders dated before it were shipped before the installation; None ships all.
    """

    ship_from_ms: int | None
    allow_test_orders: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """A disposition with its hold reasons, which are empty unless it is HELD."""

    disposition: Disposition
    hold_reasons: tuple[HoldReason, ...]


def assess(
    order: Order,
    policy: ShippingPolicy,
    lifted: Collection[HoldReason] = (),
    *,
    is_erased: bool = False,
) -> Assessment:
    """Say what the merchant may do: the status decides first, then what objects on top of it.

    `lifted`: the objections that a person has lifted. `is_erased`: the address is gone, and nobody who could
    ship the order has it.
    """
    disposition, reason = _BY_STATUS.get(order.zonos_status, _UNKNOWN)
    if disposition in _FINAL:
        return Assessment(disposition, ())
    # Without its own date an order is no younger than its last change of status.
    dated = order.status_changed_at if order.order_date is None else order.order_date
    before_go_live = policy.ship_from_ms is not None and dated is not None and dated < policy.ship_from_ms
    objections = {
        reason: reason is not None,
        HoldReason.CSL_MATCH: order.csl_match,
        HoldReason.TEST_ORDER: order.test_order and not policy.allow_test_orders,
        HoldReason.BEFORE_GO_LIVE: before_go_live,
        HoldReason.ERASED: is_erased and disposition != Disposition.FULFILLING,
    }
    reasons = tuple(
        objection
        for objection, holds in objections.items()
        if objection and holds and objection not in lifted
    )
    return Assessment(Disposition.HELD if reasons else disposition, reasons)


def is_fulfilling(zonos_status: str) -> bool:
    """Say whether Zonos has been told that somebody prepares an order of this status."""
    return _BY_STATUS.get(zonos_status, _UNKNOWN)[0] == Disposition.FULFILLING


def is_final(zonos_status: str) -> bool:
    """Say whether an order of this status is over, whatever else is true of it."""
    return _BY_STATUS.get(zonos_status, _UNKNOWN)[0] in _FINAL


def is_status(value: object) -> TypeGuard[str]:
    """Say whether a value has the form of all statuses that Zonos documents, an unknown one too."""
    return isinstance(value, str) and _has_form(value)


@lru_cache(256)  # a list of orders names the same few, over and over
def _has_form(text: str) -> bool:
    return _STATUS.fullmatch(text) is not None


def in_review(hold_reasons: Collection[str]) -> bool:
    """Say whether a review loop watches an order that is held for these reasons."""
    ended = any(reason in hold_reasons for reason in _ENDS_REVIEW)
    return not ended and any(reason in hold_reasons for reason in _LIFTED_BY_ZONOS)


def wait_seconds(hold_reasons: Collection[str], review_age_ms: int, base_seconds: int) -> int:
    """Return the whole seconds until a review looks again: often at first, then ever more rarely.

    Never beyond the review's end, so that it ends on time, and never less than a second.
    """
    pace = SLOWEST_PACE
    if HoldReason.UNKNOWN_STATUS not in hold_reasons:
        pace = next((times for until, times in _PACE if review_age_ms < until), SLOWEST_PACE)
    left = (REVIEW_LASTS_AT_MOST_MS - review_age_ms + 999) // 1000
    return max(1, min(pace * base_seconds, left))
