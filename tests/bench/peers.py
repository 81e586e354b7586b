"""What a merchant would write in an afternoon, and what the plug-ins do."""

import os
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from iglobal.api import Api

from tests.bench.outside import SECRET, STORE

_untyped: Any = Api  # the vendor's package has no types
_api = _untyped(store_id=int(STORE), secret_key=SECRET)
_api.base_url = os.environ.get("ZONOS_API_URL", "") + "/v1/{0}"
_dynamodb = boto3.client("dynamodb")
_serialize = TypeSerializer().serialize


def script(event: Any, _context: object) -> int:
    """One order after the other by the vendor's client, and put_item."""
    for order_id in event["order_ids"]:
        order = _plain(_api.order_details(order_id=order_id))
        item: Any = {"order_id": {"S": order_id}, "order": _serialize(order)}
        _dynamodb.put_item(TableName=os.environ["ORDERS_TABLE"], Item=item)
    return len(event["order_ids"])


def plug_in(event: Any, _context: object) -> int:
    """Fetch every order of the last week again, to see whether it has changed."""
    for order_id in event["order_ids"]:
        _api.order_details(order_id=order_id)
    return len(event["order_ids"])


def _plain(value: Any) -> Any:
    """Return maps, lists and exact numbers for the named tuples that the client makes of the JSON."""
    if isinstance(value, float):
        return Decimal(str(value))
    if hasattr(value, "_asdict"):
        return {key: _plain(one) for key, one in value._asdict().items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
