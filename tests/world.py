"""A small world for tests of adapters, use cases and handlers: AWS in this process, Zonos over real HTTP.

The tables come from the real template. The state machine here ends at once: the real one is run by the
tests of the sandbox.
"""

import importlib.util
import json
import os
from contextlib import ExitStack
from types import ModuleType
from typing import Any, Self
from unittest.mock import patch

import boto3

from tests.sandbox.sam_template import ROOT, load_template
from tests.sandbox.zonos_simulator import ZonosSimulator
from zonos_orders.clock import Clock, Deadline
from zonos_orders.order_encoding import decode_item
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.settings import Settings
from zonos_orders.wiring import Application

TEMPLATE = load_template()
STORE = "999"
SECRET = "correct-horse-battery-staple"


class TestClock(Clock):
    """A clock that a test moves: sleeping passes time at once."""

    __test__ = False

    def __init__(self, now_ms: int = 1_795_000_000_000) -> None:
        self._now_ms = float(now_ms)

    def now_ms(self) -> int:
        return int(self._now_ms)

    def monotonic(self) -> float:
        return self._now_ms / 1000

    def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self._now_ms += seconds * 1000


class LambdaContext:
    """What a handler reads of its invocation."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def __init__(self, seconds: float = 300.0) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def create_table(client: Any, logical_id: str) -> str:
    """Create a table of the real template under its logical id."""
    properties = TEMPLATE["Resources"][logical_id]["Properties"]
    keys = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    client.create_table(TableName=logical_id, **{key: properties[key] for key in keys if key in properties})
    return logical_id


class World:
    """Simulated AWS and Zonos, with the environment of a deployed function.

    `application(clock)` wires the real use cases; `handler(function)` loads a real handler.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.dynamodb = boto3.client("dynamodb")
        self.step_functions = boto3.client("stepfunctions")
        self.secrets = boto3.client("secretsmanager")

    def __enter__(self) -> Self:
        self.simulator = self._stack.enter_context(ZonosSimulator(store_id=STORE, secret=SECRET))
        self.zonos = self.simulator.world
        self.secrets.create_secret(Name="zonos", SecretString=SECRET)
        self.env = {
            "ZONOS_STORE_ID": STORE,
            "ZONOS_SECRET_NAME": "zonos",
            "ZONOS_API_URL": self.simulator.url,
            "ORDERS_TABLE": create_table(self.dynamodb, "OrdersTable"),
            "RECONCILIATION_TABLE": create_table(self.dynamodb, "ReconciliationTable"),
            "REVIEW_LOOP_ARN": self._create_state_machine(),
            "SHIP_FROM_DATE": "20200101",
            "THANK_YOU_URL": "",
        }
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def application(self, clock: Clock | None = None, **env: str) -> Application:
        """Wire the real use cases, with settings of the environment changed as named."""
        return Application(Settings.from_env(self.env | env), clock)

    def handler(self, function: str, **env: str) -> ModuleType:
        """Load the handler module of a function folder, as a fresh instance does."""
        path = ROOT / "functions" / function / "app.py"
        spec = importlib.util.spec_from_file_location(f"{function}_app", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with patch.dict(os.environ, self.env | env):
            spec.loader.exec_module(module)
        return module

    def deadline(self, seconds: float = 300.0, clock: Clock | None = None) -> Deadline:
        return Deadline.after(seconds, clock or Clock())

    def order(self, order_id: str) -> dict[str, Any]:
        """Return an order's item; `order` is decoded however it is stored."""
        answer = self.dynamodb.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
        return decode_item(answer["Item"])

    def order_ids(self) -> set[str]:
        items = self.dynamodb.scan(TableName="OrdersTable", ProjectionExpression="order_id")["Items"]
        return {item["order_id"]["S"] for item in items}

    def reconciliation_table(self, clock: Clock | None = None) -> ReconciliationTable:
        return ReconciliationTable(self.dynamodb, "ReconciliationTable", clock or Clock())

    def executions(self) -> dict[str, str]:
        """Return the name and the input of every execution that was started."""
        arn = self.env["REVIEW_LOOP_ARN"]
        started = self.step_functions.list_executions(stateMachineArn=arn)["executions"]
        describe = self.step_functions.describe_execution
        return {e["name"]: describe(executionArn=e["executionArn"])["input"] for e in started}

    def _create_state_machine(self) -> str:
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = boto3.client("iam").create_role(RoleName="review", AssumeRolePolicyDocument=policy)["Role"][
            "Arn"
        ]
        definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}})
        created = self.step_functions.create_state_machine(name="review", definition=definition, roleArn=role)
        return created["stateMachineArn"]
