"""The records of the table, as the tests write and read them."""

from typing import TYPE_CHECKING

from zonos_orders.reconciliation_table import Failure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_795_000_000_000
MINUTE = 60_000


def failure(order_id: str, error: str, reported_by: str, failed_at: int, due_at: int) -> Failure:
    return Failure(order_id, error, 1, reported_by, failed_at, due_at)


def item_of(client: "DynamoDBClient", kind: str, item_id: str) -> dict[str, str] | None:
    """The item's plain values, numbers as text; None when there is none."""
    key = {"kind": {"S": kind}, "id": {"S": item_id}}
    item = client.get_item(TableName="ReconciliationTable", Key=key).get("Item")
    return None if item is None else {name: str(next(iter(value.values()))) for name, value in item.items()}
