"""The Reconciliation table of the real template on each engine, empty for each test."""

from typing import TYPE_CHECKING

import pytest

from tests.integration.reconciliation_table.records import NOW
from tests.world import TestClock, create_table
from zonos_orders.reconciliation_table import ReconciliationTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def client(dynamodb: "DynamoDBClient") -> "DynamoDBClient":
    """The table is made once a module, as that takes its time; `table` empties it."""
    create_table(dynamodb, "ReconciliationTable")
    return dynamodb


@pytest.fixture
def table(client: "DynamoDBClient") -> ReconciliationTable:
    for item in client.scan(TableName="ReconciliationTable")["Items"]:
        client.delete_item(TableName="ReconciliationTable", Key={"kind": item["kind"], "id": item["id"]})
    return ReconciliationTable(client, "ReconciliationTable", TestClock(NOW))
