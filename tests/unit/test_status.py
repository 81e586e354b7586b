"""What the merchant may do with an order, why it is held, and when to look at it again."""

from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.order import Order
from zonos_orders.status import (
    Assessment,
    Disposition,
    HoldReason,
    ShippingPolicy,
    assess,
    in_review,
    wait_seconds,
)

NOW = 1_772_539_200_000  # 2026-03-03T12:00:00Z
SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000
GO_LIVE = NOW - 10 * DAY
ALL = ShippingPolicy(ship_from_ms=None)
STRICT = ShippingPolicy(ship_from_ms=GO_LIVE)

# The status table, row by row: status, disposition, hold reason, whether a review loop looks again.
TABLE = [
    ("IGLOBAL_ORDER_IN_PROCESS", "READY", [], False),
    ("IGLOBAL_FRAUD_REVIEW", "HELD", ["FRAUD_REVIEW"], True),
    ("IGLOBAL_ORDER_ON_HOLD", "HELD", ["ON_HOLD"], True),
    ("VENDOR_CANCELLATION_REQUEST", "HELD", ["CANCELLATION_REQUESTED"], True),
    ("IGLOBAL_ORDER_CANCELLED", "CANCELLED", [], False),
    ("IGLOBAL_ORDER_CANCELED", "CANCELLED", [], False),
    ("VENDOR_PREPARING_ORDER", "FULFILLING", [], False),
    ("VENDOR_SHIPMENT_READY", "FULFILLING", [], False),
    ("VENDOR_LABELS_PRINTED_DATE", "FULFILLING", [], False),
    ("IGLOBAL_LABELS_PROCESSING", "FULFILLING", [], False),
    ("VENDOR_END_OF_DAY_COMPLETE", "COMPLETED", [], False),
]
FINAL = ["IGLOBAL_ORDER_CANCELLED", "IGLOBAL_ORDER_CANCELED", "VENDOR_END_OF_DAY_COMPLETE"]
UNKNOWN = [
    "",
    "SOMETHING_NEW",
    "VENDOR_RETURNED",
    "iglobal_order_in_process",
    "Iglobal_Order_In_Process",
    "IGLOBAL_ORDER_IN_PROCESS ",
    " IGLOBAL_ORDER_IN_PROCESS",
    "IGLOBAL_ORDER_IN_PROCESS\n",
    "IGLOBAL_ORDER_IN_PROCESS\x00",
    "ORDER_IN_PROCESS",
    "READY",
    "iglobal_order_cancelled",
    None,
    7,
    0,
    True,
    ["IGLOBAL_ORDER_IN_PROCESS"],
    {"status": "IGLOBAL_ORDER_IN_PROCESS"},
]
OBJECTIONS: dict[str, dict[str, Any]] = {
    "CSL_MATCH": {"cslListMatch": True},
    "TEST_ORDER": {"testOrder": True},
    "BEFORE_GO_LIVE": {"orderDate": GO_LIVE - 1},
}
SEVERAL_OBJECTIONS = list(chain.from_iterable(combinations(OBJECTIONS, n) for n in (1, 2, 3)))
GARBAGE: dict[str, Any] = {
    "orderId": {},
    "orderDate": "never",
    "orderStatusDate": [],
    "referenceId": {"a": 1},
    "merchantOrderId": [],
    "items": "none",
    "notes": 7,
    "testOrder": None,
    "cslListMatch": None,
}


def order(status: object, **content: Any) -> Order:
    return Order.read({"orderId": "1", "orderDate": NOW, "orderStatus": status} | content, "999-1", NOW)


def assessed(status: object, policy: ShippingPolicy = STRICT, **content: Any) -> tuple[str, list[str]]:
    assessment = assess(order(status, **content), policy)
    return str(assessment.disposition), [str(reason) for reason in assessment.hold_reasons]


@pytest.mark.parametrize(("status", "disposition", "reasons", "reviewed"), TABLE)
def test_each_status_has_its_row(status: str, disposition: str, reasons: list[str], reviewed: bool) -> None:
    assert assessed(status) == (disposition, reasons)
    assert in_review(reasons) is reviewed


@pytest.mark.parametrize(("status", "disposition", "reasons", "reviewed"), TABLE)
def test_the_status_decides_even_when_all_else_is_garbage(
    status: str, disposition: str, reasons: list[str], reviewed: bool
) -> None:
    assert assessed(status, **GARBAGE) == (disposition, reasons)


@pytest.mark.parametrize("status", UNKNOWN)
def test_a_status_that_is_not_understood_is_held(status: object) -> None:
    assert assessed(status) == ("HELD", ["UNKNOWN_STATUS"])
    assert in_review(["UNKNOWN_STATUS"])


def test_an_order_without_a_status_is_held() -> None:
    assessment = assess(Order.read({"orderId": "1", "orderDate": NOW}, "999-1", NOW), STRICT)

    assert assessment == Assessment(Disposition.HELD, (HoldReason.UNKNOWN_STATUS,))


@given(st.text())
def test_only_one_status_of_all_makes_an_order_ready(status: str) -> None:
    disposition, _ = assessed(status)

    assert (disposition == "READY") == (status == "IGLOBAL_ORDER_IN_PROCESS")


@pytest.mark.parametrize("objections", SEVERAL_OBJECTIONS)
@pytest.mark.parametrize(("status", "disposition", "reasons", "reviewed"), TABLE)
def test_every_objection_on_top_of_a_row_holds_the_order_unless_it_is_final(
    status: str, disposition: str, reasons: list[str], reviewed: bool, objections: tuple[str, ...]
) -> None:
    content = {key: value for name in objections for key, value in OBJECTIONS[name].items()}
    expected = (disposition, []) if status in FINAL else ("HELD", [*reasons, *objections])

    assert assessed(status, **content) == expected


def test_all_reasons_can_hold_at_once() -> None:
    content = {key: value for objection in OBJECTIONS.values() for key, value in objection.items()}

    assert assessed("NEW", **content) == (
        "HELD",
        ["UNKNOWN_STATUS", "CSL_MATCH", "TEST_ORDER", "BEFORE_GO_LIVE"],
    )


@pytest.mark.parametrize(("key", "reason"), [("testOrder", "TEST_ORDER"), ("cslListMatch", "CSL_MATCH")])
@pytest.mark.parametrize("flag", [True, "true", "yes", "False", "", 0, 1, [], {}, "garbage"])
def test_a_flag_that_is_not_plainly_false_holds_the_order(key: str, reason: str, flag: object) -> None:
    flagged: dict[str, Any] = {key: flag}

    assert assessed("IGLOBAL_ORDER_IN_PROCESS", **flagged) == ("HELD", [reason])


@pytest.mark.parametrize("key", ["testOrder", "cslListMatch"])
@pytest.mark.parametrize("flag", [None, False, "false"])
def test_a_flag_that_is_plainly_false_does_not(key: str, flag: object) -> None:
    flagged: dict[str, Any] = {key: flag}

    assert assessed("IGLOBAL_ORDER_IN_PROCESS", **flagged) == ("READY", [])


def test_a_staging_stack_lets_test_orders_through_and_nothing_else() -> None:
    staging = ShippingPolicy(ship_from_ms=GO_LIVE, allow_test_orders=True)
    test_order = order("IGLOBAL_ORDER_IN_PROCESS", testOrder=True)

    assert assess(test_order, staging).disposition == "READY"
    assert test_order.test_order is True
    assert assessed("IGLOBAL_ORDER_IN_PROCESS", staging, testOrder=True, cslListMatch=True) == (
        "HELD",
        ["CSL_MATCH"],
    )


@pytest.mark.parametrize(
    ("policy", "order_date", "expected"),
    [
        (STRICT, GO_LIVE, ("READY", [])),
        (STRICT, GO_LIVE - 1, ("HELD", ["BEFORE_GO_LIVE"])),
        (STRICT, NOW, ("READY", [])),
        (ALL, 946_684_800_000, ("READY", [])),
    ],
)
def test_an_order_dated_before_go_live_is_held(
    policy: ShippingPolicy, order_date: int, expected: tuple[str, list[str]]
) -> None:
    assert assessed("IGLOBAL_ORDER_IN_PROCESS", policy, orderDate=order_date) == expected


@pytest.mark.parametrize("liftable", ["FRAUD_REVIEW", "ON_HOLD", "CANCELLATION_REQUESTED", "UNKNOWN_STATUS"])
@pytest.mark.parametrize("other", ["", "CSL_MATCH", "TEST_ORDER"])
def test_a_review_runs_while_zonos_itself_can_lift_a_reason(liftable: str, other: str) -> None:
    assert in_review([liftable, other])
    assert in_review([other, liftable])


@pytest.mark.parametrize(
    ("status_date", "expected"),
    [
        (GO_LIVE - 1, ("HELD", ["BEFORE_GO_LIVE"])),
        (GO_LIVE, ("READY", [])),
        (None, ("READY", [])),
    ],
)
def test_an_order_without_a_date_is_no_younger_than_its_last_change_of_status(
    status_date: int | None, expected: tuple[str, list[str]]
) -> None:
    order = assessed("IGLOBAL_ORDER_IN_PROCESS", orderDate="soon", orderStatusDate=status_date)
    assert order == expected


@pytest.mark.parametrize("liftable", ["FRAUD_REVIEW", "ON_HOLD", "CANCELLATION_REQUESTED", "UNKNOWN_STATUS"])
@pytest.mark.parametrize("ending", ["BEFORE_GO_LIVE", "REVIEW_EXPIRED"])
def test_no_review_runs_for_an_order_from_before_go_live_or_after_its_end(liftable: str, ending: str) -> None:
    assert not in_review([liftable, ending])


@pytest.mark.parametrize(
    "reasons", [[], ["CSL_MATCH"], ["TEST_ORDER"], ["CSL_MATCH", "TEST_ORDER"], ["BEFORE_GO_LIVE"]]
)
def test_no_review_runs_for_what_a_person_must_clear(reasons: list[str]) -> None:
    assert not in_review(reasons)


@pytest.mark.parametrize(
    ("age_ms", "seconds"),
    [
        (0, 300),
        (HOUR - 1, 300),
        (HOUR, 900),
        (6 * HOUR - 1, 900),
        (6 * HOUR, 3_600),
        (3 * DAY - 1, 3_600),
        (3 * DAY, 21_600),
        (30 * DAY - 21_600 * SECOND, 21_600),
        (30 * DAY - 21_599 * SECOND, 21_599),
        (30 * DAY - 1_500, 2),
        (30 * DAY - 1, 1),
        (30 * DAY, 1),
        (45 * DAY, 1),
    ],
)
def test_a_review_looks_often_at_first_and_then_ever_more_rarely(age_ms: int, seconds: int) -> None:
    assert wait_seconds(["FRAUD_REVIEW"], age_ms, 300) == seconds
    assert wait_seconds(["CSL_MATCH", "ON_HOLD"], age_ms, 300) == seconds


@pytest.mark.parametrize("age_ms", [0, HOUR - 1, HOUR, 6 * HOUR, 3 * DAY, 29 * DAY])
@pytest.mark.parametrize("reasons", [["UNKNOWN_STATUS"], ["UNKNOWN_STATUS", "CSL_MATCH"]])
def test_an_unknown_status_is_looked_at_at_the_slowest_pace_from_the_start(
    age_ms: int, reasons: list[str]
) -> None:
    assert wait_seconds(reasons, age_ms, 300) == 21_600


@given(
    st.sampled_from(["FRAUD_REVIEW", "ON_HOLD", "CANCELLATION_REQUESTED", "UNKNOWN_STATUS"]),
    st.integers(0, 60 * DAY),
    st.integers(1, 86_400),
)
def test_a_wait_is_whole_seconds_and_never_outlasts_the_review(reason: str, age_ms: int, base: int) -> None:
    wait = wait_seconds([reason], age_ms, base)

    assert type(wait) is int
    assert 1 <= wait <= 72 * base
    assert wait == 1 or age_ms + wait * SECOND < 30 * DAY + SECOND


def look_times(base_seconds: int) -> list[int]:
    """The ages in ms at which a review looks, to its end; a wait comes before each."""
    looks = []
    age_ms = 0
    while age_ms < 30 * DAY:
        age_ms += SECOND * wait_seconds(["FRAUD_REVIEW"], age_ms, base_seconds)
        looks.append(age_ms)
    return looks


def test_the_first_day_of_a_review_costs_at_most_52_looks() -> None:
    assert 40 <= sum(age <= DAY for age in look_times(300)) <= 52


def test_a_review_looks_at_its_very_end_and_stays_far_below_the_history_limit() -> None:
    looks = look_times(300)

    assert looks[-1] == 30 * DAY
    assert len(looks) <= 250  # a look is three transitions and about a dozen of the 25,000 events
