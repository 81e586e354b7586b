"""How many orders wait to be taken over: counted in one call, however many there are."""

from typing import TYPE_CHECKING

import pytest

from tests.engines import on_real_engines
from tests.integration.orders_table.orders import NOW_MS, SHIP_ALL, fetched, put_orders
from tests.integration.orders_table.test_lookups import one_a_page
from zonos_orders.hand_over import take_over
from zonos_orders.orders_table import OrdersTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_what_is_ready_and_not_taken_over_is_counted(table: OrdersTable) -> None:
    assert table.count_to_ship() == 0
    put_orders(table, *(fetched(f"999-{n}") for n in (1, 2, 3)), fetched("999-4", "IGLOBAL_FRAUD_REVIEW"))
    first = table.get("999-1")
    assert first
    taken = take_over(first, "M-1", SHIP_ALL, NOW_MS).order
    assert taken
    table.replace(1, taken)
    assert table.count_to_ship() == 2


@pytest.mark.parametrize("engine", ["simulated"], indirect=True, scope="module")
def test_no_more_than_a_thousand_are_counted(table: OrdersTable, client: "DynamoDBClient") -> None:
    for n in range(1, 1002):
        item = {"order_id": {"S": f"999-{n}"}, "to_ship_day": {"S": "20261118"}}
        client.put_item(TableName="OrdersTable", Item=item)
    assert len(table.to_ship()) == 1001
    assert table.count_to_ship() == 1000


@on_real_engines
def test_one_page_is_read_and_no_other(table: OrdersTable, client: "DynamoDBClient") -> None:
    put_orders(table, *(fetched(f"999-{n}") for n in (1, 2, 3)))
    calls: list[object] = []
    client.meta.events.register("before-call.dynamodb", lambda **_: calls.append(1), unique_id="calls")
    with one_a_page(client, "Scan"):
        counted = table.count_to_ship()
    client.meta.events.unregister("before-call.dynamodb", unique_id="calls")
    assert (counted, len(calls)) == (1, 1)
