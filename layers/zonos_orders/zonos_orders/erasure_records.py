"""Which orders were erased, kept in the Reconciliation table: it outlives a restored Orders table.

`erased`/`<order_id>` says by whom and since when. `sweep`/`erasures` says how far the sweep has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from zonos_orders.aws import aws_errors, batch_get, error_code
from zonos_orders.clock import Clock, Deadline
from zonos_orders.erasure import Erasure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 100
_SWEEP = {"kind": {"S": "sweep"}, "id": {"S": "erasures"}}


@dataclass(frozen=True, slots=True)
class Place:
    """How far the sweep has come: through the records, and through the orders of the days.

    Empty texts stand for the beginning, to which it returns after the end.
    """

    record: str = ""
    day: str = ""
    order_id: str = ""


class ErasureRecords:
    """Reads and writes. Every method raises AwsUnavailable or AwsRefused."""

    def __init__(self, client: "DynamoDBClient", table_name: str, clock: Clock) -> None:
        self._client = client
        self._table = table_name
        self._clock = clock

    def note(self, order_id: str, erasure: Erasure) -> None:
        """Record that an order is erased, for good; the first record stays."""
        with aws_errors("record the erasure"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"kind": {"S": "erased"}, "id": {"S": order_id}},
                    UpdateExpression="SET #at = :at, #by = :by",
                    ConditionExpression="attribute_not_exists(#at)",
                    ExpressionAttributeNames={"#at": "at", "#by": "by"},
                    ExpressionAttributeValues={":at": {"S": erasure.at}, ":by": {"S": erasure.by}},
                )
            except ClientError as exc:
                if error_code(exc) != "ConditionalCheckFailedException":
                    raise

    def get(self, order_id: str) -> Erasure | None:
        """Return the record of an order's erasure, None when it was not erased."""
        with aws_errors("read whether the order is erased"):
            answer = self._client.get_item(
                TableName=self._table,
                Key={"kind": {"S": "erased"}, "id": {"S": order_id}},
                ConsistentRead=True,
            )
        item = answer.get("Item")
        return _erasure(item) if item else None

    def among(self, order_ids: Sequence[str], deadline: Deadline) -> set[str]:
        """Return which of the orders are on record: a hundred of them are one call."""
        keys = [{"kind": {"S": "erased"}, "id": {"S": order_id}} for order_id in order_ids]
        items = batch_get(self._client, self._table, keys, "id", self._clock, deadline)
        return {item["id"]["S"] for item in items}

    def after(self, order_id: str) -> dict[str, Erasure]:
        """Return the next records by order id, `PAGE` of them; fewer are the last."""
        with aws_errors("read the erasures"):
            answer = self._client.query(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="kind = :kind AND id > :after",
                # No key may be empty; a digit is before every order id.
                ExpressionAttributeValues={":kind": {"S": "erased"}, ":after": {"S": order_id or "0"}},
                Limit=PAGE,
            )
        return {item["id"]["S"]: _erasure(item) for item in answer["Items"]}

    def place(self) -> Place:
        """Return how far the sweep has come."""
        with aws_errors("read how far the sweep has come"):
            item = self._client.get_item(TableName=self._table, Key=_SWEEP).get("Item", {})
        return Place(**{name: item[name]["S"] for name in ("record", "day", "order_id") if name in item})

    def move_to(self, place: Place) -> None:
        """Note how far the sweep has come. Nothing but time depends on it."""
        fields = {"record": place.record, "day": place.day, "order_id": place.order_id}
        with aws_errors("write how far the sweep has come"):
            self._client.update_item(
                TableName=self._table,
                Key=_SWEEP,
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
                ExpressionAttributeNames={f"#{name}": name for name in fields},
                ExpressionAttributeValues={f":{name}": {"S": value} for name, value in fields.items()},
            )


def _erasure(item: Any) -> Erasure:
    """Whatever somebody has done to the record: that it is there is enough."""
    nothing = {"S": ""}
    return Erasure(item.get("at", nothing)["S"], item.get("by", nothing)["S"])
