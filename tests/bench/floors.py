"""The least code that makes the same calls as a function, and nothing else."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import requests

from tests.bench.outside import SECRET, STORE
from zonos_orders.aws import DYNAMODB_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

START = 'import boto3, requests\nboto3.client("dynamodb")\nrequests.Session()'
# The same, as a function that is built: the module that the emulator loads.
FUNCTION = f"{START}\n\n\ndef lambda_handler(event, context):\n    return {{}}\n"

_URL, _TABLE = os.environ.get("ZONOS_API_URL", ""), os.environ.get("ORDERS_TABLE", "")


class Floor:
    """The calls, over the clients that it is given."""

    def __init__(self, dynamodb: "DynamoDBClient", session: requests.Session) -> None:
        self._dynamodb = dynamodb
        self._session = session

    def fetch_and_write(self, order_id: str, attributes: dict[str, Any]) -> None:
        """One POST, and one UpdateItem of what an import writes, in DynamoDB's form."""
        body = {"store": STORE, "secret": SECRET, "orderId": order_id}
        _ = self._session.post(f"{_URL}/v2/orderDetail", json=body, timeout=10).content
        self._dynamodb.update_item(
            TableName=_TABLE,
            Key={"order_id": {"S": order_id}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
            ConditionExpression="attribute_not_exists(order_id)",
            ExpressionAttributeNames={f"#{name}": name for name in attributes},
            ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
        )

    def read(self, order_id: str) -> None:
        """One GetItem of what a repetition's answer needs."""
        self._dynamodb.get_item(
            TableName=_TABLE,
            Key={"order_id": {"S": order_id}},
            ConsistentRead=True,
            ProjectionExpression="disposition",
        )


@cache
def _plain() -> Floor:
    """The clients of the start-up's floor, as they come."""
    return Floor(boto3.client("dynamodb"), requests.Session())


@cache
def _tuned() -> Floor:
    """Clients with our DynamoDB settings, no look at the environment, and a connection for each worker."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))
    return Floor(boto3.client("dynamodb", config=DYNAMODB_CONFIG), session)


def redirect(event: Any, _context: object) -> None:
    """Fetch and write an order; the event brings what is written."""
    _plain().fetch_and_write(event["order_id"], event["written"])


def tuned_redirect(event: Any, _context: object) -> None:
    """The same with our clients' settings."""
    _tuned().fetch_and_write(event["order_id"], event["written"])


def repeat(event: Any, _context: object) -> None:
    """Read what is there of an order."""
    _plain().read(event["order_id"])


def tuned_repeat(event: Any, _context: object) -> None:
    """The same with our client's settings."""
    _tuned().read(event["order_id"])


def backlog(event: Any, _context: object) -> int:
    """As many bare POSTs and UpdateItems as there are orders, `concurrency` at a time."""
    with ThreadPoolExecutor(event["concurrency"]) as pool:
        written = event["written"]
        return len(list(pool.map(lambda one: _tuned().fetch_and_write(one, written), event["order_ids"])))
