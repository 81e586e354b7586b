"""The Orders table in DynamoDB: look orders up, and replace one state of an order by the next."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from zonos_orders.aws import aws_errors, batch_get, error_code, in_time
from zonos_orders.clock import Clock, Deadline
from zonos_orders.merge import OWNED
from zonos_orders.order_encoding import decode_item, encode_item
from zonos_orders.status import in_review
from zonos_orders.stored_order import StoredOrder

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


# Whoever took the order over, while we fetched perhaps: it is never taken away.
_NEVER_REMOVED = {"merchant_order_id", "taken_over_at"}

_INDEX_PAGE = 200
_DAY_PAGE = 4_000  # fewer than fit: days are read side by side, and while one is parsed others come
_COUNTED_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """What the index `held` tells of a HELD order; it can be a moment old.

    `review_started_at`: of the latest review, ISO 8601, empty when there was none. `held_day`: `yyyymmdd`.
    """

    order_id: str
    hold_reasons: tuple[str, ...]
    review_generation: int
    review_started_at: str = field(default="", compare=False)
    held_day: str = field(default="", compare=False)

    @property
    def in_review(self) -> bool:
        """Whether a review loop watches this order."""
        return in_review(self.hold_reasons)


class OrdersTable:
    """Reads and conditional writes. Every method raises AwsUnavailable or AwsRefused."""

    def __init__(self, client: "DynamoDBClient", table_name: str, clock: Clock) -> None:
        self._client = client
        self._table = table_name
        self._clock = clock

    def get(self, order_id: str) -> StoredOrder | None:
        """Return the order as it stands now (a consistent read), None when there is none."""
        with aws_errors("read the order"):
            answer = self._client.get_item(
                TableName=self._table, Key={"order_id": {"S": order_id}}, ConsistentRead=True
            )
        item = answer.get("Item")
        return StoredOrder(decode_item(item)) if item else None

    def disposition_of(self, order_id: str) -> str | None:
        """Return the disposition alone (a consistent read), None when there is no such order."""
        with aws_errors("read the disposition"):
            answer = self._client.get_item(
                TableName=self._table,
                Key={"order_id": {"S": order_id}},
                ConsistentRead=True,
                ProjectionExpression="disposition",
            )
        item = answer.get("Item")
        return item["disposition"]["S"] if item else None

    def replace(self, revision: int, order: StoredOrder) -> StoredOrder | None:
        """Write `order` over the state `revision` (0: over nothing). One conditional UpdateItem.

        Returns the order as the table holds it after the call: `order` itself when the write took effect,
        what stands there instead when it was refused (None when the item is gone). A write of ours that
        had taken effect without our learning of it is recognised and counts as done. Raises
        UnexpectedAnswer when no item can hold the order.
        """
        typed = encode_item(order.attributes)
        try:
            with aws_errors("write the order"):
                self._update(revision, typed)
        except _Refused as refusal:
            if _holds(refusal.item, typed):
                return order
            return StoredOrder(decode_item(refusal.item)) if refusal.item else None
        return order

    def statuses_of_day(self, day: str, deadline: Deadline | None = None) -> Iterator[tuple[str, str]]:
        """Yield order id and stored Zonos status of every order of a UTC day, from the index `by_day`.

        Pages are read as they are needed. Here and below: AwsUnavailable when there is more to read at
        `deadline`.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_day",
            KeyConditionExpression="order_day = :day",
            ExpressionAttributeValues={":day": {"S": day}},
            ProjectionExpression="order_id, zonos_status",
            PaginationConfig={"PageSize": _DAY_PAGE},
        )
        with aws_errors("read the orders of a day"):
            for page in in_time(pages, deadline):
                yield from map(_id_and_status, page["Items"])

    def statuses_of(self, order_ids: Iterable[str], deadline: Deadline | None = None) -> dict[str, str]:
        """Return order id → stored Zonos status for those of `order_ids` that are in the table."""
        items = batch_get(
            self._client,
            self._table,
            [{"order_id": {"S": order_id}} for order_id in dict.fromkeys(order_ids)],
            "order_id, zonos_status",
            self._clock,
            deadline,
        )
        return dict(map(_id_and_status, items))

    def not_erased(self, order_ids: Iterable[str], deadline: Deadline | None = None) -> list[str]:
        """Return those of `order_ids` that are in the table with their personal data."""
        items = batch_get(
            self._client,
            self._table,
            [{"order_id": {"S": order_id}} for order_id in dict.fromkeys(order_ids)],
            "order_id, erased_at",
            self._clock,
            deadline,
        )
        return [item["order_id"]["S"] for item in items if "erased_at" not in item]

    def held(self, deadline: Deadline | None = None) -> Iterator[HeldOrder]:
        """Yield every HELD order, from the sparse index `held`."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            IndexName="held",
            ProjectionExpression="order_id, held_day, hold_reasons, review_generation, review_started_at",
        )
        with aws_errors("read the held orders"):
            for page in in_time(pages, deadline):
                for item in page["Items"]:
                    yield HeldOrder(
                        order_id=item["order_id"]["S"],
                        hold_reasons=tuple(reason["S"] for reason in item["hold_reasons"]["L"]),
                        review_generation=int(item.get("review_generation", {"N": "0"})["N"]),
                        review_started_at=item.get("review_started_at", {"S": ""})["S"],
                        held_day=item["held_day"]["S"],
                    )

    def to_ship(self, deadline: Deadline | None = None) -> dict[str, str]:
        """Return order id → since which day, of what is READY and not taken over, oldest first."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, IndexName="to_ship", ProjectionExpression="order_id, to_ship_day"
        )
        with aws_errors("read the orders to ship"):
            items = [item for page in in_time(pages, deadline) for item in page["Items"]]
        items.sort(key=lambda item: item["to_ship_day"]["S"])
        return {item["order_id"]["S"]: item["to_ship_day"]["S"] for item in items}

    def count_to_ship(self) -> int:
        """Return how many orders are READY and not taken over, where 1,000 means that many or more.

        One call, however long the list is: a merchant who takes no order over has every order on it.
        """
        with aws_errors("count the orders to ship"):
            page = self._client.scan(
                TableName=self._table, IndexName="to_ship", Select="COUNT", Limit=_COUNTED_AT_MOST
            )
        return page["Count"]

    def waiting_for_write_back(self, deadline: Deadline | None = None) -> dict[str, str]:
        """Return order id → the merchant's number that Zonos does not know yet, oldest day first."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            IndexName="write_back",
            ProjectionExpression="order_id, write_back_day, merchant_order_id",
        )
        with aws_errors("read what Zonos is to be told"):
            items = [item for page in in_time(pages, deadline) for item in page["Items"]]
        items.sort(key=lambda item: item["write_back_day"]["S"])
        return {item["order_id"]["S"]: item.get("merchant_order_id", {"S": ""})["S"] for item in items}

    def of_day(self, day: str, after: str, deadline: Deadline | None = None) -> Iterator[tuple[str, str]]:
        """Yield order id and disposition of the orders of a UTC day that come after `after` in the index.

        In the order of their ids as text. Pages are read as they are needed.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_day",
            KeyConditionExpression="order_day = :day AND order_id > :after",
            # No order id is smaller, and DynamoDB takes no empty one.
            ExpressionAttributeValues={":day": {"S": day}, ":after": {"S": after or " "}},
            ProjectionExpression="order_id, disposition",
            PaginationConfig={"PageSize": _INDEX_PAGE},
        )
        with aws_errors("read the orders of a day"):
            for page in in_time(pages, deadline):
                for item in page["Items"]:
                    yield item["order_id"]["S"], item["disposition"]["S"]

    def hand_overs(self, order_ids: Iterable[str], deadline: Deadline | None = None) -> list[StoredOrder]:
        """Return those of the orders that are in the table, with no more than hand-over and status date."""
        items = batch_get(
            self._client,
            self._table,
            [{"order_id": {"S": order_id}} for order_id in dict.fromkeys(order_ids)],
            "order_id, taken_over_at, merchant_order_id, write_back_day, status_changed_at",
            self._clock,
            deadline,
        )
        return [StoredOrder(decode_item(item)) for item in items]

    def _update(self, revision: int, typed: Mapping[str, Any]) -> None:
        sets = sorted(typed.keys() - {"order_id"})
        names = {f"#{name}": name for name in sets}
        values = {f":{name}": typed[name] for name in sets}
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
        condition = "attribute_not_exists(order_id)"
        if revision:
            removes = sorted((OWNED | {"order_gz"}) - typed.keys() - _NEVER_REMOVED)
            names |= {f"#{name}": name for name in removes}
            update += " REMOVE " + ", ".join(f"#{name}" for name in removes)
            condition, values[":expected"] = "#revision = :expected", {"N": str(revision)}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"order_id": typed["order_id"]},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            if error_code(exc) == "ConditionalCheckFailedException":
                standing: Any = exc.response.get("Item", {})
                raise _Refused(standing) from exc
            raise


class _Refused(Exception):
    """The condition did not hold; `item` is what stands in the table, empty when nothing does."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__("the order has changed meanwhile")
        self.item = item


def _holds(item: Mapping[str, Any], typed: Mapping[str, Any]) -> bool:
    """Say whether an item is just what our own write would have left, with what others keep on it."""
    ours_to_set = item.keys() & (OWNED | {"order_gz"})
    if ours_to_set - _NEVER_REMOVED - typed.keys() or typed.keys() - ours_to_set:
        return False
    ours = {name: item[name] for name in typed}
    return decode_item(ours) == decode_item(typed)


def _id_and_status(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["order_id"]["S"], item["zonos_status"]["S"]
