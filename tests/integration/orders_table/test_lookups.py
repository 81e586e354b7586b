"""The orders of a day, of given ids, and those that are held."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.stub import Stubber

from tests.engines import on_real_engines
from tests.integration.discreet import raises_discreetly
from tests.integration.orders_table.orders import NOW_MS, SHIP_ALL, after, fetched, new, put_orders
from tests.world import TestClock
from zonos_orders.errors import AwsUnavailable
from zonos_orders.hand_over import take_over, written_back
from zonos_orders.merge import amend, raise_generation
from zonos_orders.orders_table import HeldOrder, OrdersTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_the_disposition_alone_is_read(table: OrdersTable) -> None:
    put_orders(table, fetched("999-1"), fetched("999-2", "IGLOBAL_FRAUD_REVIEW"))

    assert [table.disposition_of(f"999-{n}") for n in (1, 2, 3)] == ["READY", "HELD", None]


def test_the_statuses_of_a_day_are_those_of_its_orders(table: OrdersTable) -> None:
    midnight = 1_794_960_000_000  # 2026-11-18T00:00:00Z
    put_orders(
        table,
        fetched("999-1", orderDate=midnight - 1),
        fetched("999-2", orderDate=midnight),
        fetched("999-3", "IGLOBAL_FRAUD_REVIEW", orderDate=midnight + 86_399_999),
        fetched("999-4", orderDate=midnight + 86_400_000),
        fetched("999-5", orderDate=None),
    )

    assert dict(table.statuses_of_day("20261118")) == {
        "999-2": "IGLOBAL_ORDER_IN_PROCESS",
        "999-3": "IGLOBAL_FRAUD_REVIEW",
    }
    assert list(table.statuses_of_day("20261120")) == []


def test_the_orders_of_a_day_from_one_on(table: OrdersTable) -> None:
    midnight = 1_794_960_000_000
    put_orders(
        table,
        *(fetched(f"999-{n}", orderDate=midnight) for n in (2, 1, 10, 9)),
        fetched("999-3", "IGLOBAL_ORDER_CANCELLED", orderDate=midnight),
        fetched("999-4", orderDate=midnight + 86_400_000),
        fetched("999-5", orderDate=None),
    )

    whole = [
        ("999-1", "READY"),
        ("999-10", "READY"),
        ("999-2", "READY"),
        ("999-3", "CANCELLED"),
        ("999-9", "READY"),
    ]
    assert list(table.of_day("20261118", "")) == whole
    assert list(table.of_day("20261118", "999-10")) == whole[2:]
    assert list(table.of_day("20261118", "999-100")) == whole[2:]  # which is not there
    assert list(table.of_day("20261118", "999-9")) == []
    assert list(table.of_day("20261120", "")) == []


@on_real_engines
def test_of_a_day_of_many_pages_no_more_is_read_than_is_needed(
    table: OrdersTable, client: "DynamoDBClient"
) -> None:
    put_orders(table, *(fetched(f"999-{n}") for n in range(1, 6)))
    day = str(new().attributes["order_day"])
    pages: list[object] = []
    client.meta.events.register("before-call.dynamodb.Query", lambda **_: pages.append(1), unique_id="pages")
    with one_a_page(client, "Query"):
        first_two = [order_id for _, (order_id, _) in zip(range(2), table.of_day(day, ""), strict=False)]
        read = len(pages)
        whole = [order_id for order_id, _ in table.of_day(day, "")]
    client.meta.events.unregister("before-call.dynamodb.Query", unique_id="pages")

    assert (first_two, read) == (["999-1", "999-2"], 2)
    assert whole == [f"999-{n}" for n in range(1, 6)]


def test_of_the_hand_overs_of_named_orders_no_more_is_read(table: OrdersTable) -> None:
    put_orders(table, fetched("999-1"), fetched("999-2"), fetched("999-4"))
    first, second = table.get("999-1"), table.get("999-2")
    assert first
    assert second
    taken = take_over(first, "M-1", SHIP_ALL, NOW_MS).order
    assert taken
    table.replace(1, taken)
    told = take_over(second, "M-2", SHIP_ALL, NOW_MS).order
    assert told
    confirmed = written_back(told, "M-2", NOW_MS, "reconcile")
    assert confirmed
    table.replace(1, confirmed)

    found = {one.order_id: one for one in table.hand_overs(["999-1", "999-2", "999-3", "999-4", "999-1"])}

    assert {order_id: (one.taken_over_here, one.is_written_back) for order_id, one in found.items()} == {
        "999-1": (True, False),
        "999-2": (True, True),
        "999-4": (False, True),
    }
    assert "order" not in found["999-1"].attributes


@on_real_engines
def test_a_day_of_many_pages_is_read_to_its_end(table: OrdersTable, client: "DynamoDBClient") -> None:
    orders = [fetched(f"999-{n}") for n in range(1, 6)]
    put_orders(table, *orders)
    day = str(new().attributes["order_day"])

    with one_a_page(client, "Query"):
        statuses = list(table.statuses_of_day(day))

    assert statuses == [(order.order_id, order.zonos_status) for order in orders]


def test_the_statuses_of_named_orders(table: OrdersTable) -> None:
    put_orders(table, fetched("999-1"), fetched("999-2", "IGLOBAL_ORDER_ON_HOLD"))

    assert table.statuses_of(iter(["999-1", "999-2", "999-3"])) == {
        "999-1": "IGLOBAL_ORDER_IN_PROCESS",
        "999-2": "IGLOBAL_ORDER_ON_HOLD",
    }


def test_an_order_that_is_named_twice_is_looked_up_once(table: OrdersTable) -> None:
    """DynamoDB refuses a BatchGetItem with the same key twice."""
    put_orders(table, fetched("999-1"))

    assert table.statuses_of(["999-1", "999-2", "999-1"]).keys() == {"999-1"}


@on_real_engines
def test_no_orders_are_looked_up_without_a_call(table: OrdersTable, client: "DynamoDBClient") -> None:
    with Stubber(client):
        assert table.statuses_of([]) == {}


def test_more_orders_than_one_call_takes_are_looked_up(table: OrdersTable) -> None:
    stored = [f"999-{n}" for n in (1, 100, 101, 200, 201)]
    put_orders(table, *map(fetched, stored))

    assert set(table.statuses_of(f"999-{n}" for n in range(1, 251))) == set(stored)


def batch_answer(found: list[int], unprocessed: list[int]) -> dict[str, Any]:
    keys = [{"order_id": {"S": f"999-{n}"}} for n in unprocessed]
    return {
        "Responses": {
            "OrdersTable": [{"order_id": {"S": f"999-{n}"}, "zonos_status": {"S": "S"}} for n in found]
        },
        "UnprocessedKeys": {"OrdersTable": {"Keys": keys}} if keys else {},
    }


@on_real_engines
def test_keys_that_were_left_unprocessed_are_asked_for_again(
    table: OrdersTable, client: "DynamoDBClient", clock: TestClock
) -> None:
    with Stubber(client) as stubber:
        stubber.add_response("batch_get_item", batch_answer([1], [2, 3]))
        stubber.add_response("batch_get_item", batch_answer([], [2, 3]))
        stubber.add_response(
            "batch_get_item",
            batch_answer([2, 3], []),
            {"RequestItems": {"OrdersTable": {"Keys": [{"order_id": {"S": f"999-{n}"}} for n in (2, 3)]}}},
        )

        assert set(table.statuses_of(["999-1", "999-2", "999-3"])) == {"999-1", "999-2", "999-3"}
        stubber.assert_no_pending_responses()
    assert clock.now_ms() > NOW_MS


@on_real_engines
def test_keys_that_are_left_unprocessed_for_ever_are_given_up(
    table: OrdersTable, client: "DynamoDBClient", clock: TestClock
) -> None:
    with Stubber(client) as stubber:
        for _ in range(6):
            stubber.add_response("batch_get_item", batch_answer([], [1]))

        with raises_discreetly(AwsUnavailable):
            table.statuses_of(["999-1"])
        stubber.assert_no_pending_responses()
    assert clock.now_ms() < NOW_MS + 5000


def test_the_held_orders_and_why(table: OrdersTable) -> None:
    review = new(fetched("999-2", "IGLOBAL_FRAUD_REVIEW", cslListMatch=True))
    put_orders(
        table,
        fetched("999-1"),
        fetched("999-3", "IGLOBAL_ORDER_CANCELLED"),
        fetched("999-4", testOrder=True),
    )
    table.replace(0, review)
    table.replace(1, raise_generation(review, NOW_MS, "reconcile"))

    assert sorted(table.held(), key=lambda held: held.order_id) == [
        HeldOrder("999-2", ("FRAUD_REVIEW", "CSL_MATCH"), 2),
        HeldOrder("999-4", ("TEST_ORDER",), 0),
    ]


def test_an_order_that_was_released_is_held_no_more(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    assert [held.order_id for held in table.held()] == ["999-1"]

    table.replace(1, after(first, fetched()))

    assert list(table.held()) == []


@on_real_engines
def test_held_orders_of_many_pages_are_read_to_the_end(table: OrdersTable, client: "DynamoDBClient") -> None:
    put_orders(table, *[fetched(f"999-{n}", "IGLOBAL_FRAUD_REVIEW") for n in range(1, 6)])

    with one_a_page(client, "Scan"):
        held_ids = {held.order_id for held in table.held()}

    assert held_ids == {f"999-{n}" for n in range(1, 6)}


@contextmanager
def one_a_page(client: "DynamoDBClient", operation: str) -> Iterator[None]:
    """Let every page of the operation hold one item."""

    def limit(params: dict[str, Any], **_kwargs: Any) -> None:
        params["Limit"] = 1

    event = f"provide-client-params.dynamodb.{operation}"
    client.meta.events.register(event, limit)
    yield
    client.meta.events.unregister(event, limit)


def test_orders_with_their_personal_data_are_told_from_the_others(table: OrdersTable) -> None:
    put_orders(table, fetched("999-1"), fetched("999-2"))
    erased = table.get("999-2")
    assert erased is not None
    table.replace(1, amend(erased, NOW_MS, "any", erased_at="then"))

    assert table.not_erased(["999-1", "999-1", "999-2", "999-3"]) == ["999-1"]
    assert table.not_erased([]) == []
