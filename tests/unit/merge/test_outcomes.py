"""New, unchanged, changed or stale: what a fetched order does to the stored one."""

from typing import Any

import pytest

from tests.unit.merge.records import (
    CANCELLED,
    DAY,
    NOW,
    PREPARING,
    READY,
    REVIEW,
    T1,
    T2,
    T3,
    after,
    merged,
    order,
)
from zonos_orders.instants import iso
from zonos_orders.merge import Merge, Outcome
from zonos_orders.order import Order
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder


def test_a_new_order_becomes_a_complete_item() -> None:
    fetched = order(testOrder=False, referenceId="cart-7", unknown={"kept": 1})

    assert merged(None, fetched, by="success_redirect") == Merge(
        Outcome.NEW,
        StoredOrder(
            {
                "order_id": "999-1",
                "revision": 1,
                "zonos_status": READY,
                "disposition": "READY",
                "hold_reasons": [],
                "status_changed_at": T1,
                "order_date": T1,
                "order_day": "20260303",
                "to_ship_day": "20260303",
                "test_order": False,
                "reference_id": "cart-7",
                "imported_at": "2026-03-03T12:00:00.000Z",
                "imported_by": "success_redirect",
                "updated_at": "2026-03-03T12:00:00.000Z",
                "updated_by": "success_redirect",
                "fetched_at": NOW,
                "history": [
                    {
                        "zonos_status": READY,
                        "disposition": "READY",
                        "status_changed_at": T1,
                        "seen_at": "2026-03-03T12:00:00.000Z",
                        "seen_by": "success_redirect",
                    }
                ],
                "order": fetched.content,
            }
        ),
    )


def test_a_new_order_in_review_starts_its_first_review() -> None:
    merge = merged(None, order(REVIEW))

    assert merge.starts_review
    assert merge.order.attributes["review_generation"] == 1
    assert merge.order.attributes["review_started_at"] == "2026-03-03T12:00:00.000Z"
    assert merge.order.attributes["held_day"] == "20260303"
    assert "to_ship_day" not in merge.order.attributes


@pytest.mark.parametrize(
    "fetched",
    [
        order(),
        order(REVIEW),
        order("NEW"),
        order(None, None, orderDate=None),
        order(testOrder=True, cslListMatch=1, referenceId=7, merchantOrderId="12-34567"),
        order(items=[{"quantity": 1, "unitPrice": -5}], notes=None, deep=[[[[]]]], big=10**60),
    ],
)
def test_merging_the_same_twice_changes_nothing(fetched: Order) -> None:
    stored = after(fetched)
    again = merged(stored, fetched, NOW + DAY, by="recheck")

    assert again == Merge(Outcome.UNCHANGED, stored)
    assert not again.writes


@pytest.mark.parametrize(
    ("fetched", "changed"),
    [
        (order(READY, T2), {"status_changed_at": T2}),
        (order(PREPARING, T2), {"zonos_status": PREPARING, "disposition": "FULFILLING"}),
        (order(cslListMatch=True), {"disposition": "HELD", "hold_reasons": ["CSL_MATCH"]}),
        (order(testOrder=True), {"test_order": True, "hold_reasons": ["TEST_ORDER"]}),
        (order(orderDate=T1 - DAY), {"order_date": T1 - DAY, "order_day": "20260302"}),
        (order(referenceId="cart-8"), {"reference_id": "cart-8"}),
        (order(merchantOrderId="12-34567"), {"merchant_order_id": "12-34567"}),
        (order(name="Ada"), {"order": order(name="Ada").content}),
        (order(referenceId=None), {"order": order(referenceId=None).content}),
    ],
)
def test_whatever_zonos_changed_is_written_as_the_next_revision(
    fetched: Order, changed: dict[str, Any]
) -> None:
    merge = merged(after(order()), fetched, NOW + DAY, by="recheck")
    item = merge.order.attributes

    assert merge.outcome is Outcome.CHANGED
    assert merge.writes
    assert {name: item[name] for name in changed} == changed
    assert item["revision"] == 2
    assert item["updated_at"] == "2026-03-04T12:00:00.000Z"
    assert item["updated_by"] == "recheck"
    assert item["fetched_at"] == NOW + DAY


def test_content_that_changed_within_the_same_status_and_time_is_written() -> None:
    stored = after(order(address1="1 Example Street"))
    merge = merged(stored, order(address1="2 Example Street"))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.attributes["order"]["address1"] == "2 Example Street"
    assert merge.order.attributes["history"] == stored.attributes["history"]


def test_a_removed_key_is_a_change_and_leaves_no_trace() -> None:
    merge = merged(after(order(referenceId="cart-7", company="Sample Ltd")), order())

    assert merge.outcome is Outcome.CHANGED
    assert "reference_id" not in merge.order.attributes
    assert "company" not in merge.order.attributes["order"]


@pytest.mark.parametrize("older", [order(REVIEW, T2 - 1), order(READY, T1), order("NEW", T1, name="Ada")])
@pytest.mark.parametrize("stored", [after(order(READY, T2)), after(order(CANCELLED, T2, cslListMatch=1))])
def test_an_older_state_of_zonos_is_refused(stored: StoredOrder, older: Order) -> None:
    merge = merged(stored, older)

    assert merge == Merge(Outcome.STALE, stored)
    assert not merge.writes


@pytest.mark.parametrize(
    "times",
    [
        (None, T1),
        (T1, None),
        (None, None),
        (T3, T1 // 1000),  # seconds: implausible, so not older
        (T3, NOW + 10 * DAY),
        (T3 // 1000, T1),
        (T1, T1),
    ],
)
def test_only_two_plausible_times_can_make_a_state_older(times: tuple[int | None, int | None]) -> None:
    stored_at, fetched_at = times
    merge = merged(after(order(REVIEW, stored_at)), order(READY, fetched_at))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.disposition == "READY"


def test_our_own_clock_never_decides() -> None:
    stored = after(order(REVIEW, T1))

    assert merged(stored, order(READY, T2), NOW - 300 * DAY).outcome is Outcome.CHANGED
    assert merged(stored, order(READY, T1 - 1), NOW + 300 * DAY).outcome is Outcome.STALE


def test_missing_dates_are_left_out_and_the_order_is_stored_all_the_same() -> None:
    item = merged(None, order(READY, None, orderDate=None)).order.attributes

    assert not {"status_changed_at", "order_date", "order_day"} & item.keys()
    assert "status_changed_at" not in item["history"][0]
    assert item["disposition"] == "READY"


def test_an_order_without_a_status_is_stored_with_an_empty_one() -> None:
    item = merged(None, order(None)).order.attributes

    assert item["zonos_status"] == ""
    assert item["hold_reasons"] == ["UNKNOWN_STATUS"]
    assert item["history"][0]["zonos_status"] == ""


def test_a_change_of_the_merchants_policy_alone_is_written() -> None:
    stored = after(order(testOrder=True))
    merge = merged(stored, order(testOrder=True), policy=ShippingPolicy(None, allow_test_orders=True))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.disposition == "READY"
    assert [entry["disposition"] for entry in merge.order.attributes["history"]] == ["HELD", "READY"]


def test_an_import_is_noted_once_and_never_overwritten() -> None:
    first = merged(None, order(REVIEW), NOW, by="success_redirect").order
    second = merged(first, order(READY, T2), NOW + DAY, by="recheck").order
    third = merged(second, order(CANCELLED, T3), NOW + 2 * DAY, by="reconcile").order

    for stored in (first, second, third):
        assert stored.attributes["imported_at"] == iso(NOW)
        assert stored.attributes["imported_by"] == "success_redirect"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (True, 1),
        (1, True),
        (False, 0),
        ([True], [1]),
        ({"a": [False]}, {"a": [0]}),
        ({"a": 1}, {"b": 1}),
        ([1], [1, 1]),
    ],
)
def test_a_value_that_python_takes_for_the_same_is_a_change_all_the_same(old: Any, new: Any) -> None:
    stored = merged(None, order(unknown=old)).order
    assert merged(stored, order(unknown=new)).outcome is Outcome.CHANGED
    assert merged(stored, order(unknown=old)).outcome is Outcome.UNCHANGED
