"""What is left of an erased order, which orders are still needed, and when personal data goes by itself."""

from decimal import Decimal
from typing import Any

import pytest

from tests.documented_order import PATHS
from tests.unit.merge.records import (
    CANCELLED,
    COMPLETED,
    DAY,
    HOLD,
    NOW,
    PREPARING,
    READY,
    REVIEW,
    after,
    order,
    through_table,
)
from zonos_orders.erasure import Erasure, is_open, is_over, may_be_on_record, without_personal_data
from zonos_orders.merge import amend, expire_review
from zonos_orders.order import Order
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder

TAKEN = {"taken_over_at": "2026-03-03T13:00:00.000Z", "merchant_order_id": "12-1"}
BEFORE_GO_LIVE = ShippingPolicy(ship_from_ms=NOW)


def test_only_numbers_dates_and_the_status_are_left() -> None:
    fields = {path.removeprefix("order."): "x" for path in PATHS if "." not in path.removeprefix("order.")}
    left = without_personal_data(order(unknown="x", **(fields | {"merchantOrderId": "12-1"})))

    assert set(left.content) == {
        *("orderId", "orderStatus", "orderStatusDate", "orderDate", "testOrder", "merchantOrderId"),
    }
    assert left.reference_id == ""
    assert left.merchant_order_id == "12-1"


@pytest.mark.parametrize("odd", [{"name": "Ada"}, ["Ada"], None])
def test_where_a_kept_field_should_be_plain_nothing_else_is_kept(odd: Any) -> None:
    assert "merchantOrderId" not in without_personal_data(order(merchantOrderId=odd)).content
    kept = without_personal_data(order(testOrder=False, orderDate=Decimal(NOW))).content
    assert (kept["testOrder"], kept["orderDate"]) == (False, Decimal(NOW))


def test_the_order_is_judged_as_it_was() -> None:
    said = order(REVIEW, cslListMatch=True, testOrder=True)
    left = without_personal_data(said)
    assert (left.csl_match, left.test_order, left.zonos_status) == (True, True, REVIEW)
    assert left.contract_changes == said.contract_changes


@pytest.mark.parametrize(
    ("stored", "is_needed"),
    [
        (after(order(READY)), True),
        (after(order(REVIEW)), True),
        (after(order(HOLD)), True),
        (after(order("SOMETHING_NEW")), True),
        (after(order(READY, cslListMatch=True)), True),
        (through_table(after(order(HOLD)), **TAKEN), True),
        (through_table(after(order(READY)), **TAKEN), False),
        (after(order(READY, merchantOrderId="12-1")), False),
        (after(order(READY, testOrder=True)), False),
        (after(order(READY), policy=BEFORE_GO_LIVE), False),
        (after(order(REVIEW), policy=BEFORE_GO_LIVE), False),
        (expire_review(after(order(REVIEW)), NOW, "recheck"), True),
        (after(order(CANCELLED)), False),
        (after(order(PREPARING)), False),
        (after(order(COMPLETED)), False),
    ],
)
def test_an_order_is_open_while_somebody_may_still_have_to_ship_it(
    stored: StoredOrder, is_needed: bool
) -> None:
    assert is_open(stored) is is_needed


@pytest.mark.parametrize(
    ("ordered_at", "keep_days", "is_too_old"),
    [
        (NOW, 1, False),
        (NOW - DAY, 1, False),
        (NOW - DAY - 12 * 3_600_000 - 1, 1, True),  # the UTC day ends
        (NOW - DAY - 12 * 3_600_000, 1, False),
        (NOW - 31 * DAY, 30, True),
        (NOW - 30 * DAY, 30, False),
        (NOW - 5000 * DAY, 0, False),
    ],
)
def test_personal_data_is_kept_through_whole_days_and_for_ever_by_default(
    ordered_at: int, keep_days: int, is_too_old: bool
) -> None:
    assert is_over(after(order(COMPLETED, orderDate=ordered_at)), keep_days, NOW) is is_too_old


def test_what_is_open_undated_or_erased_is_not_erased_by_age() -> None:
    old = NOW - 100 * DAY
    assert not is_over(after(order(READY, orderDate=old)), 30, NOW)
    assert not is_over(after(order(COMPLETED, orderDate=None)), 30, NOW)
    done = after(order(COMPLETED, orderDate=old))
    assert is_over(done, 30, NOW)
    assert not is_over(amend(done, NOW, "any", **Erasure("then", "somebody").attributes), 30, NOW)


@pytest.mark.parametrize(
    ("ordered_at", "may_be"),
    [(NOW, False), (NOW + DAY, False), (NOW - 3_600_000, False), (NOW - 3_600_001, True), (None, True)],
)
def test_only_an_order_of_the_last_hour_cannot_have_been_erased(ordered_at: int | None, may_be: bool) -> None:
    assert may_be_on_record(Order.read({"orderDate": ordered_at}, "999-1", NOW), NOW) is may_be
