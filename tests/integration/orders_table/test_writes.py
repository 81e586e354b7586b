"""One state of an order replaces another: one winner each, and what others keep survives."""

from typing import TYPE_CHECKING

import pytest

from tests.integration.orders_table.orders import NOW_MS, after, another_writer_sets, fetched, item_of, new
from zonos_orders.merge import expire_review
from zonos_orders.orders_table import OrdersTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# One state replaces another


def test_an_order_that_is_not_there(table: OrdersTable) -> None:
    assert table.get("999-1") is None


def test_a_new_order_is_read_back_as_it_was_written(table: OrdersTable) -> None:
    order = new()

    assert table.replace(0, order) is order
    assert table.get("999-1") == order


def test_the_item_is_the_public_contract(table: OrdersTable, client: "DynamoDBClient") -> None:
    table.replace(0, new(fetched(referenceId="cart-1", merchantOrderId="12-1")))

    assert {name: next(iter(value)) for name, value in item_of(client).items()} == {
        "order_id": "S",
        "revision": "N",
        "zonos_status": "S",
        "disposition": "S",
        "hold_reasons": "L",
        "status_changed_at": "N",
        "order_date": "N",
        "order_day": "S",
        "test_order": "BOOL",
        "reference_id": "S",
        "merchant_order_id": "S",
        "imported_at": "S",
        "imported_by": "S",
        "updated_at": "S",
        "updated_by": "S",
        "fetched_at": "N",
        "history": "L",
        "order": "M",
    }


def test_a_second_import_of_a_new_order_changes_nothing_and_learns_what_stands(table: OrdersTable) -> None:
    first = new()
    table.replace(0, first)

    assert table.replace(0, new(fetched(status="IGLOBAL_FRAUD_REVIEW"))) == first
    assert table.get("999-1") == first


def test_the_next_state_replaces_the_one_it_was_made_from(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    second = after(first, fetched())

    assert table.replace(1, second) is second
    assert table.get("999-1") == second
    assert second.revision == 2


def test_of_two_writers_from_the_same_state_the_second_learns_of_the_first(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    released = after(first, fetched())
    cancelled = after(first, fetched(status="IGLOBAL_ORDER_CANCELLED"))

    assert table.replace(1, released) is released
    assert table.replace(1, cancelled) == released
    assert table.get("999-1") == released


def test_a_state_made_from_an_order_that_is_gone_writes_nothing(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))

    assert table.replace(1, after(first, fetched())) is None
    assert table.get("999-1") is None


# What others keep on the item


def test_what_other_writers_keep_on_an_order_survives(table: OrdersTable, client: "DynamoDBClient") -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    others = {
        "taken_over_at": {"S": "2026-11-18T00:00:00.000Z"},
        "parcels": {"NS": ["1", "2"]},
        "label": {"B": b"\x00\x01"},
    }
    another_writer_sets(client, **others)
    stored = table.get("999-1")
    assert stored is not None

    table.replace(1, after(stored, fetched()))

    item = item_of(client)
    assert item["zonos_status"] == {"S": "IGLOBAL_ORDER_IN_PROCESS"}
    assert {name: item[name] for name in others} == others


@pytest.mark.parametrize("name", ["taken_over_at", "merchant_order_id"])
def test_what_another_writer_set_between_the_read_and_the_write_survives(
    table: OrdersTable, client: "DynamoDBClient", name: str
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    another_writer_sets(client, **{name: {"S": "set meanwhile"}})

    table.replace(1, after(first, fetched()))

    assert item_of(client)[name] == {"S": "set meanwhile"}


def test_an_attribute_that_the_next_state_lacks_is_taken_away(
    table: OrdersTable, client: "DynamoDBClient"
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW", referenceId="cart-1"))
    table.replace(0, first)
    expired = expire_review(first, NOW_MS, "recheck")
    table.replace(1, expired)
    assert {"reference_id", "held_day", "review_expired_at"} <= item_of(client).keys()

    table.replace(2, after(expired, fetched(status="VENDOR_PREPARING_ORDER", orderDate=None)))

    assert (
        not {"reference_id", "held_day", "review_expired_at", "order_date", "order_day"}
        & item_of(client).keys()
    )
