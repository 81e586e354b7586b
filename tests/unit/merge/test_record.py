"""What the record keeps besides the order: history, index keys, what other writers put there."""

import pytest

from tests.unit.merge.records import (
    CANCELLED,
    COMPLETED,
    DAY,
    HOLD,
    MINUTE,
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
    through_table,
)
from zonos_orders.instants import iso
from zonos_orders.merge import OWNED, Outcome, expire_review, raise_generation
from zonos_orders.order import Order

# History


def test_history_has_one_entry_per_change_of_status_or_disposition() -> None:
    stored = after(
        order(REVIEW, T1),
        order(REVIEW, T1, name="Ada"),
        order(REVIEW, T2),
        order(HOLD, T2),
        order(READY, T3),
        order(READY, T3, address1="2 Example Street"),
        order(READY, T3, cslListMatch=True),
        order(READY, T3, cslListMatch=True, testOrder=True),
        order(READY, T3),
    )

    assert [(entry["zonos_status"], entry["disposition"]) for entry in stored.attributes["history"]] == [
        (REVIEW, "HELD"),
        (HOLD, "HELD"),
        (READY, "READY"),
        (READY, "HELD"),
        (READY, "READY"),
    ]
    assert [entry["seen_at"] for entry in stored.attributes["history"]] == [
        iso(NOW + n * MINUTE) for n in (0, 3, 4, 6, 8)
    ]


def test_history_keeps_the_newest_fifty() -> None:
    fetches = [order(READY if n % 2 else REVIEW, T1 + n) for n in range(60)]
    stored = after(*fetches)

    assert stored.revision == 60
    assert [entry["status_changed_at"] for entry in stored.attributes["history"]] == [
        T1 + n for n in range(10, 60)
    ]


# Index keys


@pytest.mark.parametrize(
    ("fetched", "keys"),
    [
        (order(READY), {"order_day", "to_ship_day"}),
        (order(REVIEW), {"order_day", "held_day"}),
        (order(READY, cslListMatch=True), {"order_day", "held_day"}),
        (order(CANCELLED), {"order_day"}),
        (order(PREPARING), {"order_day"}),
        (order(COMPLETED), {"order_day"}),
        (order(READY, orderDate=None), {"to_ship_day"}),
        (order(None, None, orderDate="?"), {"held_day"}),
        (order(READY, merchantOrderId="12-34567"), {"order_day"}),
        (order(REVIEW, merchantOrderId="12-34567"), {"order_day", "held_day"}),
    ],
)
def test_an_order_is_in_an_index_only_while_it_belongs_there(fetched: Order, keys: set[str]) -> None:
    item = merged(None, fetched).order.attributes

    assert item.keys() & {"order_day", "held_day", "to_ship_day"} == keys


def test_the_index_days_are_those_of_the_order_and_of_its_becoming_held_or_ready() -> None:
    first = merged(None, order(REVIEW, orderDate=T1 - 5 * DAY), NOW).order
    second = merged(first, order(HOLD, T2, orderDate=T1 - 5 * DAY), NOW + DAY).order
    third = merged(second, order(READY, T3, orderDate=T1 - 5 * DAY), NOW + 2 * DAY).order
    fourth = merged(third, order(READY, T3, orderDate=T1 - 5 * DAY, name="Ada"), NOW + 3 * DAY).order
    fifth = merged(fourth, order(HOLD, T3, orderDate=T1 - 5 * DAY), NOW + 4 * DAY).order
    days = [
        {
            name: s.attributes[name]
            for name in ("order_day", "held_day", "to_ship_day")
            if name in s.attributes
        }
        for s in (first, second, third, fourth, fifth)
    ]

    assert days == [
        {"order_day": "20260226", "held_day": "20260303"},
        {"order_day": "20260226", "held_day": "20260303"},
        {"order_day": "20260226", "to_ship_day": "20260305"},
        {"order_day": "20260226", "to_ship_day": "20260305"},
        {"order_day": "20260226", "held_day": "20260307"},
    ]


def test_an_order_that_the_merchant_took_over_is_off_the_work_list() -> None:
    taken = through_table(after(order(READY)), taken_over_at="2026-03-03T13:00:00.000Z")
    merge = merged(taken, order(READY, name="Ada"))

    assert merge.outcome is Outcome.CHANGED
    assert "to_ship_day" not in merge.order.attributes


def test_an_order_that_was_taken_over_before_a_hold_does_not_come_back_to_the_work_list() -> None:
    taken = through_table(after(order(READY)), taken_over_at="2026-03-03T13:00:00.000Z")
    held = through_table(merged(taken, order(HOLD, T2)).order, taken_over_at="2026-03-03T13:00:00.000Z")
    released = merged(held, order(READY, T3)).order

    assert "held_day" in held.attributes
    assert "to_ship_day" not in released.attributes


# Other writers


def test_what_other_writers_keep_is_neither_compared_nor_written() -> None:
    others = {"note_of_the_shop": {"by": "Ada"}}
    stored = through_table(after(order(REVIEW)), **others)

    assert not others.keys() & OWNED
    assert merged(stored, order(REVIEW)).outcome is Outcome.UNCHANGED
    for written in (
        merged(stored, order(READY, T2)).order,
        expire_review(stored, NOW, "recheck"),
        raise_generation(stored, NOW, "reconcile"),
    ):
        assert written.attributes.keys() <= OWNED
        assert written.revision == 2


def test_the_merchants_number_is_never_cleared_and_can_be_replaced() -> None:
    stored = through_table(after(order(READY)), merchant_order_id="12-34567")

    assert merged(stored, order(READY)).outcome is Outcome.UNCHANGED
    for fetched in (order(READY, name="Ada"), order(READY, merchantOrderId=""), order(CANCELLED, T2)):
        assert merged(stored, fetched).order.attributes["merchant_order_id"] == "12-34567"
    replaced = merged(stored, order(READY, merchantOrderId="12-99999"))
    assert replaced.order.attributes["merchant_order_id"] == "12-99999"
