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


def _write(order_id: str, attributes: dict[str, Any]) -> None:
    names = {f"#{name}": name for name in attributes}
    _dynamodb().update_item(
        TableName=_TABLE,
        Key={"order_id": {"S": order_id}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        ConditionExpression="attribute_not_exists(order_id)",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )


def _read(order_id: str, **projection: Any) -> None:
    _dynamodb().get_item(
        TableName=_TABLE, Key={"order_id": {"S": order_id}}, ConsistentRead=True, **projection
    )


def redirect(event: Any, _context: object) -> None:
    """One POST and one UpdateItem of what an import writes: the event brings it, in DynamoDB's form."""
    _post("v2/orderDetail", orderId=event["order_id"])
    _write(event["order_id"], event["written"])


def redirect_as_text(event: Any, _context: object) -> None:
    """The same with the answer kept as one text: nothing for botocore to walk through, and in no index."""
    answer = _post("v2/orderDetail", orderId=event["order_id"])
    _write(event["order_id"], {"content": {"S": answer.decode()}})


def repeat(event: Any, _context: object) -> None:
    """One GetItem of what the answer needs."""
    _read(event["order_id"], ProjectionExpression="disposition")


def repeat_of_all(event: Any, _context: object) -> None:
    """One GetItem of the order."""
    _read(event["order_id"])


def backlog(event: Any, _context: object) -> int:
    """As many bare POSTs and UpdateItems as there are orders, `concurrency` at a time."""
    with ThreadPoolExecutor(event["concurrency"]) as pool:
        works = [{"order_id": order_id, "written": event["written"]} for order_id in event["order_ids"]]
        return len(list(pool.map(lambda work: redirect(work, None), works)))
