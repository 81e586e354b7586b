"""What `orderNumbers` lists, whatever its keys are called and whatever stands between the orders."""

from typing import Any

import pytest

from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.listing import Listing, read_listing

READY = "IGLOBAL_ORDER_IN_PROCESS"
REVIEW = "IGLOBAL_FRAUD_REVIEW"


def listed(*entries: Any) -> Listing:
    return read_listing({"orders": list(entries)}, "999")


@pytest.mark.parametrize(
    "answer", [{}, {"count": 0}, {"orders": None}, {"orders": []}, {"order": {"id": "1"}}]
)
def test_without_orders_there_are_none(answer: dict[str, Any]) -> None:
    assert read_listing(answer, "999") == Listing({})


@pytest.mark.parametrize("error", ["", None, False])
def test_an_error_without_a_text_is_not_read_as_no_orders(error: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_listing({"error": error}, "999")


def test_a_list_under_another_name_is_not_read_as_no_orders() -> None:
    with pytest.raises(UnexpectedAnswer):
        read_listing({"orderList": [{"id": "999-1"}]}, "999")


@pytest.mark.parametrize("entry", [{"orderNumber": "999-1"}, {"id": "998-1"}, None])
def test_a_list_without_one_order_of_this_store_is_not_read_as_no_orders(entry: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        listed(entry)


@pytest.mark.parametrize("orders", [{}, {"999-1": {}}, "", "999-1", 0, 7, True, False])
def test_orders_that_are_no_list_are_not_read_as_none(orders: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_listing({"orders": orders}, "999")


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "999-99999"},
        {"id": "99999"},
        {"id": "0099999"},
        {"id": 99999},
        {"orderId": "999-99999"},
        {"orderId": 99999, "id": "1"},
        {"orderId": None, "id": "99999"},
        {"id": "99999", "testOrder": True, "merchantOrderId": "12-34567"},
        "999-99999",
        "99999",
        99999,
    ],
)
def test_an_entry_is_found_under_its_canonical_id(entry: object) -> None:
    assert listed(entry) == Listing({"999-99999": None})


@pytest.mark.parametrize(
    "entry",
    [
        None,
        True,
        "",
        "abc",
        "999-",
        -1,
        0,
        1.5,
        [],
        ["999-1"],
        {},
        {"id": None},
        {"id": ""},
        {"id": []},
        {"id": {"a": 1}},
        {"number": "999-1"},
        {"id": "999-1\n"},
        {"id": "٣٤"},
        {"id": "1" * 40},
    ],
)
def test_an_entry_without_a_usable_id_is_counted_and_spoils_nothing(entry: object) -> None:
    assert listed({"id": "1"}, entry, {"id": "2"}) == Listing({"999-1": None, "999-2": None}, unreadable=1)


@pytest.mark.parametrize("entry", [{"id": "888-1"}, {"orderId": "0999-1"}, "1000-1"])
def test_an_order_of_another_store_is_counted_and_left_out(entry: object) -> None:
    assert listed({"id": "1"}, entry) == Listing({"999-1": None}, foreign=1)


@pytest.mark.parametrize(
    "key", ["orderStatus", "status", "statusName", "order_status", "state", "x", "orderStatusDate", ""]
)
def test_a_status_is_recognised_by_its_value_whatever_its_key(key: str) -> None:
    assert listed({"id": "1", "count": 3, key: REVIEW}) == Listing({"999-1": REVIEW})


@pytest.mark.parametrize("status", ["VENDOR_END_OF_DAY_COMPLETE", "IGLOBAL_SOMETHING_NEW", "VENDOR_X"])
def test_a_status_that_nobody_knows_yet_is_a_status_too(status: str) -> None:
    assert listed({"id": "1", "status": status}) == Listing({"999-1": status})


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        True,
        "",
        "READY",
        "IGLOBAL_",
        "iglobal_fraud_review",
        "IGLOBAL_FRAUD_REVIEW\n",
        " IGLOBAL_FRAUD_REVIEW",
        "X_IGLOBAL_FRAUD_REVIEW",
        "IGLOBAL_FRAUD_REVIEW2",
        [REVIEW],
        {"name": REVIEW},
    ],
)
def test_anything_else_is_no_status(value: object) -> None:
    assert listed({"id": "1", "status": value, "other": value}) == Listing({"999-1": None})


def test_two_different_statuses_under_unknown_keys_are_none() -> None:
    assert listed({"id": "1", "before": REVIEW, "after": READY}) == Listing({"999-1": None})


def test_the_same_status_twice_is_one() -> None:
    assert listed({"id": "1", "a": REVIEW, "b": REVIEW}) == Listing({"999-1": REVIEW})


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "1", "previous": REVIEW, "orderStatus": READY},
        {"id": "1", "previous": REVIEW, "status": READY},
        {"id": "1", "status": REVIEW, "orderStatus": READY},
        {"id": "1", "orderStatus": None, "status": READY, "previous": REVIEW},
        {"id": "1", "orderStatus": "?", "status": 7, "x": READY},
    ],
)
def test_the_keys_that_clients_know_decide_between_several(entry: dict[str, Any]) -> None:
    assert listed(entry) == Listing({"999-1": READY})


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([{"id": "1", "status": REVIEW}, {"id": "999-1"}], REVIEW),
        ([{"id": "999-1"}, {"id": 1, "status": REVIEW}], REVIEW),
        ([{"id": "1", "status": REVIEW}, {"id": "01", "status": READY}], READY),
        (["1", "999-1", 1], None),
    ],
)
def test_an_order_listed_twice_is_one_order_with_the_status_that_was_listed(
    entries: list[Any], status: str | None
) -> None:
    assert listed(*entries) == Listing({"999-1": status})


def test_joined_listings_hold_the_orders_of_both_and_a_status_beats_none() -> None:
    earlier = Listing({"999-1": REVIEW, "999-2": REVIEW, "999-3": None}, unreadable=1, foreign=2)
    later = Listing({"999-2": READY, "999-1": None, "999-4": READY}, unreadable=3, foreign=4)

    assert earlier | later == Listing(
        {"999-1": REVIEW, "999-2": READY, "999-3": None, "999-4": READY}, unreadable=4, foreign=6
    )


def test_joining_changes_neither_listing() -> None:
    earlier, later = Listing({"999-1": None}), Listing({"999-1": READY})

    assert (earlier | later).statuses == {"999-1": READY}
    assert earlier == Listing({"999-1": None})
