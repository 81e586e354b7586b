"""The least code that makes the same calls as a function, and nothing else."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import requests

from tests.bench.outside import SECRET, STORE
from zonos_orders.aws import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

START = 'import boto3, requests\nboto3.client("dynamodb")\nrequests.Session()'
# The same, as a function that is built: the module that the emulator loads.
FUNCTION = f"{START}\n\n\ndef lambda_handler(event, context):\n    return {{}}\n"

_URL, _TABLE = os.environ.get("ZONOS_API_URL", ""), os.environ.get("ORDERS_TABLE", "")


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=CLIENT_CONFIG)


@cache
def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))
    return session


def _post(operation: str, **asked: str) -> bytes:
    body = {"store": STORE, "secret": SECRET, **asked}
    return _session().post(f"{_URL}/{operation}", json=body, timeout=10).content


def _write(order_id: str, content: bytes, *, condition: bool) -> None:
    """Write the bytes that came as one text: as large an item as ours, without its maps."""
    extra: Any = {"ConditionExpression": "attribute_not_exists(order_id)"} if condition else {}
    _dynamodb().update_item(
        TableName=_TABLE,
        Key={"order_id": {"S": order_id}},
        UpdateExpression="SET content = :content",
        ExpressionAttributeValues={":content": {"S": content.decode()}},
        **extra,
    )


def redirect(event: Any, _context: object) -> None:
    """One POST and one UpdateItem."""
    order_id = event["order_id"]
    _write(order_id, _post("v2/orderDetail", orderId=order_id), condition=True)


def repeat(event: Any, _context: object) -> None:
    """One GetItem."""
    _dynamodb().get_item(TableName=_TABLE, Key={"order_id": {"S": event["order_id"]}}, ConsistentRead=True)


def backlog(event: Any, _context: object) -> int:
    """As many bare POSTs and UpdateItems as there are orders, `concurrency` at a time."""
    with ThreadPoolExecutor(event["concurrency"]) as pool:
        return len(list(pool.map(lambda one: redirect({"order_id": one}, None), event["order_ids"])))
