"""What one test works with: the emulated functions, a Zonos of its own, and empty tables."""

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from tests.dynamodb_local import DynamoDbLocal
from tests.emulated.deployment import Deployment
from tests.emulated.lambda_emulator import EmulatedFunction
from tests.emulated.zonos import Zonos
from tests.leaks.private import assert_nothing_private
from tests.leaks.told import ANSWERS, assert_aws_holds_nothing_private
from tests.sandbox.aws import CREDENTIALS, REGION
from tests.sandbox.sam_template import ROOT
from tests.sandbox.sandbox import ORDERS_TABLE, RECONCILIATION_TABLE, REVIEW_LOOP
from tests.world import SECRET, STORE, TEMPLATE

RECHECK = "RecheckOrderFunction"
_deserialize = TypeDeserializer().deserialize
# For the calls of the tests themselves: on a busy machine an emulator is slow at first.
_PATIENT = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1})
_worlds = count(1)


def event(name: str, order_id: str = "") -> Any:
    """Read a sample invocation payload of `events/`, about `order_id` instead of the sample's order."""
    text = (ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text.replace("999-100", order_id) if order_id else text)


class World:
    """A context manager; at its end what the functions told and left behind is looked through for leaks."""

    def __init__(self, deployment: Deployment, tables: DynamoDbLocal) -> None:
        n = next(_worlds)
        self._deployment = deployment
        self._account = f"emulated{n}"
        self._endpoint = tables.endpoint
        self._dynamodb = tables.client(self._account, _PATIENT)
        self._running = ExitStack()
        # Each world has numbers of its own: the review loops' names are burnt for the worlds after it.
        self.zonos = Zonos(store_id=STORE, secret=SECRET, first_number=10_000 * n)

    def __enter__(self) -> Self:
        for logical_id in (ORDERS_TABLE, RECONCILIATION_TABLE):
            self._create_table(logical_id)
        simulator = self._deployment.simulator
        simulator.stop()
        simulator.world = self.zonos
        simulator.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._running.close()
        assert_aws_holds_nothing_private(self._client)

    def function(
        self, logical_id: str, *, timeout: int | None = None, without: str | None = None
    ) -> EmulatedFunction:
        """Start an instance of a deployed function; it ends with the world.

        `timeout` replaces the template's seconds, `without` names a variable that is not set.
        """
        function = self._deployment.function(logical_id)
        variables = {name: value for name, value in function.environment.items() if name != without}
        function = replace(function, timeout=timeout or function.timeout, environment=variables)
        emulated = self._running.enter_context(EmulatedFunction(function, self._aws_variables()))
        self._running.callback(_look_through, emulated)
        return emulated

    def orders(self) -> dict[str, dict[str, Any]]:
        """Return every item of the Orders table by order id."""
        return {item["order_id"]: item for item in self._items(ORDERS_TABLE)}

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return the items of one kind of the Reconciliation table."""
        return [item for item in self._items(RECONCILIATION_TABLE) if item["kind"] == kind]

    def let_lease_expire(self) -> None:
        """Let the time for which the lease stands be over now."""
        now = round(time.time() * 1000)
        self._dynamodb.update_item(
            TableName=self._table(RECONCILIATION_TABLE),
            Key={"kind": {"S": "lease"}, "id": {"S": "reconcile"}},
            UpdateExpression="SET expires_at = :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )

    def review_loops(self) -> dict[str, str]:
        """Return the name and the input of every loop that was started for an order of this world."""
        client = self._client("stepfunctions")
        pages = client.get_paginator("list_executions").paginate(
            stateMachineArn=self._deployment.stack.state_machines[REVIEW_LOOP]
        )
        ours = {order.order_id for order in self.zonos.orders()}
        started = [e for page in pages for e in page["executions"] if e["name"].rsplit("-", 1)[0] in ours]
        describe = client.describe_execution
        return {e["name"]: describe(executionArn=e["executionArn"])["input"] for e in started}

    def _aws_variables(self) -> Mapping[str, str]:
        return {
            **CREDENTIALS,
            "AWS_ACCESS_KEY_ID": self._account,  # DynamoDB Local tells accounts apart by it
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self._deployment.aws.endpoint,
            "AWS_ENDPOINT_URL_DYNAMODB": self._endpoint,
        }

    def _client(self, service: str) -> Any:
        return self._dynamodb if service == "dynamodb" else self._deployment.aws.client(service)

    def _table(self, logical_id: str) -> str:
        return self._deployment.stack.physical_ids[logical_id]

    def _items(self, logical_id: str) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table(logical_id), ConsistentRead=True
        )
        items = [item for page in pages for item in page["Items"]]
        return [{name: _deserialize(value) for name, value in item.items()} for item in items]

    def _create_table(self, logical_id: str) -> None:
        properties = TEMPLATE["Resources"][logical_id]["Properties"]
        keys = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        wanted: Any = {key: properties[key] for key in keys if key in properties}
        self._dynamodb.create_table(TableName=self._table(logical_id), **wanted)


def _look_through(function: EmulatedFunction) -> None:
    assert_nothing_private("lines of output and log", function.log.splitlines())
    assert_nothing_private(ANSWERS, function.answers)
