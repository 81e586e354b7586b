"""What Lambda hands to a function that reads the stream of the Orders table."""

from typing import Any

from tests.sandbox.table_stream import as_json, is_motos_own
from zonos_orders.order_encoding import encode_item
from zonos_orders.stored_order import StoredOrder


def record(number: int, before: StoredOrder | None, after: StoredOrder | None) -> dict[str, Any]:
    """One change, under the sequence number `number`."""
    old, new = (encode_item(order.attributes) if order else None for order in (before, after))
    return record_of_items(number, old, new)


def record_of_items(number: int, before: Any, after: Any) -> dict[str, Any]:
    """One change of an item as DynamoDB writes it; None is no item."""
    images = {"OldImage": before, "NewImage": after}
    present = {name: image for name, image in images.items() if image}
    key = (after or before or {}).get("order_id", {"S": "none"})
    event_name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    return {
        "eventID": f"id-{number}",
        "eventName": event_name,
        "eventSource": "aws:dynamodb",
        "eventVersion": "1.1",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/OrdersTable/stream/now",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_000_000.0,
            "Keys": {"order_id": key},
            "SequenceNumber": str(number),
            "SizeBytes": 1,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **as_json(present),
        },
    }


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


class Changes:
    """What the stream of a simulated table has collected since it was last read."""

    def __init__(self, dynamodb: Any, streams: Any, table: str) -> None:
        self._client = streams
        arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        (shard,) = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self._position = self._client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]

    def read(self) -> list[Any]:
        """Return the records of them."""
        answer = self._client.get_records(ShardIterator=self._position)
        self._position = answer["NextShardIterator"]
        return [as_json(record) for record in answer["Records"] if not is_motos_own(record)]
