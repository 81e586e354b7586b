"""The Orders table of the real template on each engine, empty for each test."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import botocore.endpoint
import pytest

from tests.integration.orders_table.unreliable_line import UnreliableLine
from tests.world import TestClock, create_table
from zonos_orders.orders_table import OrdersTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def client(dynamodb: "DynamoDBClient") -> "DynamoDBClient":
    """The table is made once a module, as that takes its time; `table` empties it."""
    create_table(dynamodb, "OrdersTable")
    return dynamodb


@pytest.fixture
def table(client: "DynamoDBClient", clock: TestClock) -> OrdersTable:
    for item in client.scan(TableName="OrdersTable", ProjectionExpression="order_id")["Items"]:
        client.delete_item(TableName="OrdersTable", Key=item)
    return OrdersTable(client, "OrdersTable", clock)


@pytest.fixture
def line(client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[UnreliableLine]:
    # The client repeats as it is configured to, but without its pauses.
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    with UnreliableLine(client) as line:
        yield line
