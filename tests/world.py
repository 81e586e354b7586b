"""A small world for tests of adapters, use cases and handlers: AWS in this process, Zonos over real HTTP.

The tables come from the real template. The state machine here ends at once: the real one is run by the
tests of the sandbox.
"""

import gc
import importlib.util
import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from threading import RLock, local
from types import ModuleType
from typing import Any, Self
from unittest.mock import patch

import boto3

from tests.broken_aws import BrokenAws
from tests.integration.stream_events import Changes
from tests.leaks.private import assert_nothing_private
from tests.leaks.told import ANSWERS, recorded
from tests.sandbox import zonos_simulator
from tests.sandbox.sam_template import ROOT, load_template
from tests.sandbox.zonos_simulator import Answer, ZonosSimulator
from zonos_orders import loading, wiring
from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.clock import Clock
from zonos_orders.order_encoding import decode_item
from zonos_orders.reconciliation_table import Failure, ReconciliationTable
from zonos_orders.settings import Settings
from zonos_orders.wiring import Application, Outside

gc.enable()  # which `loading` has turned off: this process outlives every instance

TEMPLATE = load_template()
STORE = "999"
SECRET = "canary-correct-horse-battery-staple"


class TestClock(Clock):
    """A clock that a test moves: sleeping passes time at once."""

    __test__ = False

    def __init__(self, now_ms: int = 1_795_000_000_000) -> None:
        self._now_ms = float(now_ms)
        self._lock = RLock()

    def now_ms(self) -> int:
        return int(self._now_ms)

    def monotonic(self) -> float:
        return self._now_ms / 1000

    def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        with self._lock:
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
    given = {key: properties[key] for key in keys if key in properties}
    if stream := properties.get("StreamSpecification"):
        given["StreamSpecification"] = {"StreamEnabled": True, **stream}
    client.create_table(TableName=logical_id, **given)
    return logical_id


class Zonos(zonos_simulator.World):
    """What is so at Zonos, where it can answer 500 for single orders whenever they are asked for.

    Every call passes the time that `takes_time` passes.
    """

    def __init__(self, *, store_id: str, secret: str, clock: Clock, takes_time: Callable[[], None]) -> None:
        super().__init__(store_id=store_id, secret=secret, clock=lambda: clock.now_ms() / 1000)
        self.bad_orders: set[str] = set()
        self._takes_time = takes_time
        self._asked = local()

    def note_call(self, version: str, operation: str, order_id: str) -> None:
        self._asked.order_id = order_id
        self._takes_time()
        super().note_call(version, operation, order_id)

    def next_canned_answer(self, operation: str) -> Answer | None:
        if self._asked.order_id in self.bad_orders:
            return Answer(500, "application/json", b'{"error": "NullPointerException"}')
        return super().next_canned_answer(operation)


class World:
    """Simulated AWS and Zonos on one clock, with the environment of a deployed function.

    `application()` wires the real use cases; `handler(function)` loads a real handler. `aws` breaks what they
    call. The clients of the world itself always work.
    """

    def __init__(self, clock: TestClock) -> None:
        self.clock = clock
        self.told: list[str] = []  # by handlers: answers, errors, output
        self.each_call_takes = 0.0  # seconds that pass in every call to Zonos
        self._stack = ExitStack()
        self.dynamodb = boto3.client("dynamodb")
        self.step_functions = boto3.client("stepfunctions")
        self.secrets = boto3.client("secretsmanager")
        self._streams = boto3.client("dynamodbstreams")
        self._updates_seen = 0

    def __enter__(self) -> Self:
        self.aws = self._stack.enter_context(BrokenAws())
        self.zonos = Zonos(store_id=STORE, secret=SECRET, clock=self.clock, takes_time=self._pass_call)
        self.simulator = ZonosSimulator()
        self.simulator.world = self.zonos
        self._stack.enter_context(self.simulator)
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
            "ORDERS_BUS": self._create_bus(),
            "EVENTS_FAILURE_QUEUE": boto3.client("sqs").create_queue(QueueName="events")["QueueUrl"],
            "REFRESH_CALLS_PER_RUN": "0",  # but for the tests of it: who counts calls counts none of its own
        }
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()
        assert_nothing_private(ANSWERS, self.told)

    def application(self, clock: Clock | None = None, /, **env: str) -> Application:
        """Wire the real use cases, by the world's clock as a rule, with the environment changed as named.

        botocore checks what they send to DynamoDB, which moto does not.
        """
        settings = Settings.from_env(self.env | env)
        with patch.object(wiring, "DYNAMODB_CONFIG", CLIENT_CONFIG):
            return Application(settings, Outside.real(settings, clock or self.clock))

    def handler(self, function: str, **env: str) -> ModuleType:
        """Load the handler of a function folder, as a fresh instance does; its use cases go by our clock."""
        path = ROOT / "functions" / function / "app.py"
        spec = importlib.util.spec_from_file_location(f"{function}_app", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with patch.dict(os.environ, self.env | env), patch.object(loading, "done"):
            spec.loader.exec_module(module)
        vars(module)["application"] = self.application(**env)
        vars(module)["lambda_handler"] = recorded(module.lambda_handler, self.told)
        return module

    def order(self, order_id: str) -> dict[str, Any]:
        """Return an order's item; `order` is decoded however it is stored."""
        answer = self.dynamodb.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
        return decode_item(answer["Item"])

    def order_ids(self) -> set[str]:
        items = self.dynamodb.scan(TableName="OrdersTable", ProjectionExpression="order_id")["Items"]
        return {item["order_id"]["S"] for item in items}

    @property
    def reconciliation_table(self) -> ReconciliationTable:
        return ReconciliationTable(self.dynamodb, "ReconciliationTable", self.clock)

    def failures(self) -> Mapping[str, Failure]:
        return self.reconciliation_table.failures()

    def watermark(self) -> str | None:
        return self.reconciliation_table.watermark(STORE)

    def take_lease(self, owner: str, seconds: float = 300) -> None:
        now = self.clock.now_ms()
        assert self.reconciliation_table.take_lease(owner, now, now + round(seconds * 1000))

    def executions(self) -> dict[str, str]:
        """Return the name and the input of every execution that was started."""
        arn = self.env["REVIEW_LOOP_ARN"]
        started = self.step_functions.list_executions(stateMachineArn=arn)["executions"]
        describe = self.step_functions.describe_execution
        return {e["name"]: describe(executionArn=e["executionArn"])["input"] for e in started}

    @cached_property
    def changes(self) -> Changes:
        """The stream of the orders table, from its beginning."""
        return Changes(self.dynamodb, self._streams, "OrdersTable")

    def latest_changes(self) -> list[Any]:
        """Return what the functions have changed since this was last asked: their records of the stream."""
        if self._updates_seen == self.aws.updates:  # moto takes its time over a look
            return []
        self._updates_seen = self.aws.updates
        return self.changes.read()

    def _pass_call(self) -> None:
        self.clock.pass_time(self.each_call_takes)

    def _create_bus(self) -> str:
        boto3.client("events").create_event_bus(Name="orders")
        return "orders"

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
