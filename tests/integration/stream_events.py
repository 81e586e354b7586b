"""What Lambda hands to a function that reads the stream of the Orders table."""

from typing import Any

from tests.sandbox.table_stream import as_json
from zonos_orders.order_encoding import encode_item
from zonos_orders.stored_order import StoredOrder


def record(number: int, before: StoredOrder | None, after: StoredOrder | None) -> dict[str, Any]:
    """One change, under the sequence number `number`."""
    images = {"OldImage": before, "NewImage": after}
    present = {name: encode_item(order.attributes) for name, order in images.items() if order}
    order_id = (after or before or StoredOrder({"order_id": "none"})).order_id
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
            "Keys": {"order_id": {"S": order_id}},
            "SequenceNumber": str(number),
            "SizeBytes": 1,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **as_json(present),
        },
    }


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}
