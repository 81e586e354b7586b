"""The whole system on one machine: the real template, handlers and state machine on a simulated AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from boto3.dynamodb.types import TypeDeserializer

from tests.sandbox.aws import CREDENTIALS, REGION, SimulatedAws
from tests.sandbox.bus_listener import BusListener
from tests.sandbox.deployment import deploy
from tests.sandbox.function_url import through_url
from tests.sandbox.http_api import HttpApi
from tests.sandbox.lambda_service import Invocation, LambdaService
from tests.sandbox.scheduler import Scheduler
from tests.sandbox.stack import Function
from tests.sandbox.table_stream import TableStream, send_to_queue

PROJECT: Final = Path(__file__).resolve().parents[2]
SUCCESS_PAGE: Final = "SuccessRedirectFunction"
RECONCILIATION: Final = "ReconcileOrdersFunction"
ORDER_DESK: Final = "OrderDeskFunction"
SUPERVISOR: Final = "OrderSupervisorFunction"
RECHECK: Final = "RecheckOrderFunction"
REVIEW_LOOP: Final = "ReviewLoop"
BACKFILL: Final = "Backfill"
BACKFILL_ORDERS: Final = "BackfillOrdersFunction"
ORDERS_TABLE: Final = "OrdersTable"
RECONCILIATION_TABLE: Final = "ReconciliationTable"
BUS: Final = "OrdersBus"
_deserialize: Final = TypeDeserializer().deserialize


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution of the review loop; `output` is None until it has succeeded."""

    name: str
    status: str
    input: Any
    output: Any
    started: datetime
    error: str | None


class Sandbox:
    """A running stack, from entering to leaving the `with` block.

    `parameters` are the template's, `secret` is the API secret, `reconcile_every` is in seconds (None:
    only `fire_schedule` reconciles). Functions reach loopback only.
    `on_log` gets each log line with the logical id of its function, from any thread. `tables_at`: the address
    of another DynamoDB that holds the tables, for thousands of orders; nobody is told of changes then.
    """

    # Whatever looks at a stack before it is gone: the tests' search for leaks.
    last_looks: ClassVar[list[Callable[[Sandbox], None]]] = []

    def __init__(
        self,
        parameters: Mapping[str, str],
        secret: str,
        *,
        reconcile_every: float | None = None,
        root: Path = PROJECT,
        on_log: Callable[[str, str], None] | None = None,
        tables_at: str | None = None,
    ) -> None:
        self._tables_at = tables_at
        self._parameters = dict(parameters)
        self._secret = secret
        self._interval = reconcile_every
        self._root = root
        self._on_log = on_log
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._lambda = LambdaService(on_log=self._on_log)
            starting.callback(self._lambda.close)
            self._aws = SimulatedAws(lambda_port=self._lambda.port)
            starting.callback(self._aws.close)
            self.stack = deploy(self._aws, self._root, self._parameters, self._secret)
            if self._tables_at:
                self._aws.move_tables(self._tables_at)
            self._lambda.deploy(
                map(self._with_tables, self.stack.functions.values()), aws_endpoint=self._aws.endpoint
            )
            self._api = HttpApi(self.stack.routes, self.invoke) if self.stack.routes else None
            if self._api is not None:
                starting.callback(self._api.close)
            self._schedulers = {
                schedule.function: Scheduler(schedule, self.invoke, interval=self._interval)
                for schedule in self.stack.schedules
            }
            for scheduler in self._schedulers.values():
                starting.callback(scheduler.close)
            bus = self.stack.physical_ids.get(BUS)
            self._listener = BusListener(self.client("events"), self.client("sqs"), bus) if bus else None
            self._streams = [
                TableStream(
                    mapping,
                    self.client("dynamodbstreams"),
                    self.invoke,
                    send_to_queue(self.client("sqs"), mapping.failure_queue),
                )
                for mapping in (() if self._tables_at else self.stack.streams)
            ]
            for stream in self._streams:
                starting.callback(stream.close)
            for look in self.last_looks:
                starting.callback(look, self)
            starting.callback(self.catch_up)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def api_url(self) -> str | None:
        """The address of the HTTP API, without a path; None in a stack that has none."""
        return self._api.url if self._api is not None else None

    @property
    def page_url(self) -> str | None:
        """The address of the success page, None in a stack without it."""
        paths = [route.path for route in self.stack.routes if route.function == SUCCESS_PAGE]
        return f"{self.api_url}{paths[0]}" if paths else None

    @property
    def aws_environment(self) -> dict[str, str]:
        """The variables with which any AWS client reaches this sandbox's AWS."""
        return {
            "AWS_ENDPOINT_URL": self._aws.endpoint,
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{self._lambda.port}",
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,
        }

    def client(self, service: str) -> Any:
        """Return a boto3 client for the sandbox's AWS."""
        return self._aws.client(service)

    def invoke(self, function: str, event: object) -> Any:
        """Run a function, named by its logical id, and return its answer; raises `InvocationFailed`."""
        return self._lambda.invoke(self.stack.functions[function].name, event)

    def supervise(self, principal: str, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the supervisor through its URL, as this principal of IAM, and return the answer's body."""
        answer = self.invoke(SUPERVISOR, through_url(wish, principal))
        body: dict[str, Any] = json.loads(answer["body"])
        return body

    def fire_schedule(self, function: str = RECONCILIATION) -> Any:
        """Do at once what the function's schedule does, and return the answer."""
        return self._schedulers[function].fire()

    def logs(self, function: str | None = None) -> list[str]:
        """Return the lines that a function has logged so far, or all functions, one after the other."""
        names = [function] if function is not None else list(self.stack.functions)
        return [line for name in names for line in self._lambda.logs(self.stack.functions[name].name)]

    def answers(self) -> list[str]:
        """Return what the functions have answered so far, as JSON: results, and reports of errors."""
        return [invocation.payload for invocation in self._lambda.invocations()]

    def invocations(self, function: str) -> list[Invocation]:
        """Return the runs of a function, named by its logical id, that have ended so far."""
        name = self.stack.functions[function].name
        return [invocation for invocation in self._lambda.invocations() if invocation.function == name]

    def kill(self, function: str) -> None:
        """End every instance of a function at once, whatever it is doing."""
        self._lambda.kill(self.stack.functions[function].name)

    def instances(self, function: str) -> int:
        """Say how many instances of a function are up."""
        return self._lambda.instances(self.stack.functions[function].name)

    def orders(self) -> list[dict[str, Any]]:
        """Return the items of the Orders table, by order id."""
        return sorted(self.items(ORDERS_TABLE), key=lambda order: str(order["order_id"]))

    def order(self, order_id: str, *attributes: str) -> dict[str, Any] | None:
        """Return an order, or only these attributes of it."""
        return self._item(ORDERS_TABLE, *attributes, order_id=order_id)

    def reconciliation_item(self, kind: str, item_id: str) -> dict[str, Any] | None:
        return self._item(RECONCILIATION_TABLE, kind=kind, id=item_id)

    def items(self, table: str, *attributes: str) -> list[dict[str, Any]]:
        """Return everything in a table, named by its logical id, or only these attributes of it."""
        scan = self.client("dynamodb").get_paginator("scan")
        pages = scan.paginate(
            TableName=self.stack.physical_ids[table], ConsistentRead=True, **_only(attributes)
        )
        return [_plain(item) for page in pages for item in page["Items"]]

    def executions(self, state_machine: str = REVIEW_LOOP) -> list[Execution]:
        """Return the executions of a state machine, the oldest first."""
        client = self.client("stepfunctions")
        pages = client.get_paginator("list_executions").paginate(
            stateMachineArn=self.stack.state_machines[state_machine]
        )
        arns = [item["executionArn"] for page in pages for item in page["executions"]]
        found = [_execution(client.describe_execution(executionArn=arn)) for arn in arns]
        return sorted(found, key=lambda execution: execution.started)

    def loops(self) -> dict[str, str]:
        """Return the status of each review loop by its name, `<order_id>-<generation>`, the oldest first."""
        pages = self.client("stepfunctions").get_paginator("list_executions")
        found = [
            item
            for page in pages.paginate(stateMachineArn=self.stack.state_machines[REVIEW_LOOP])
            for item in page["executions"]
        ]
        found.sort(key=lambda item: item["startDate"])
        return {item["name"]: item["status"] for item in found}

    def execution_history(self, name: str, state_machine: str = REVIEW_LOOP) -> list[dict[str, Any]]:
        """Return the events of one execution."""
        machine = self.stack.state_machines[state_machine]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        events: list[dict[str, Any]] = self.client("stepfunctions").get_execution_history(executionArn=arn)[
            "events"
        ]
        return events

    def events(self) -> list[dict[str, Any]]:
        """Return every event on the bus so far, in the order in which they came."""
        return self._listener.heard() if self._listener is not None else []

    def catch_up(self) -> None:
        """Return when all that was written to the tables has been told, or given up."""
        for stream in self._streams:
            stream.catch_up()

    def troubles(self) -> list[str]:
        """Return a line for each time that changes of a table could not be told."""
        return [line for stream in self._streams for line in stream.troubles]

    def _with_tables(self, function: Function) -> Function:
        if not self._tables_at:
            return function
        environment = {**function.environment, "AWS_ENDPOINT_URL_DYNAMODB": self._tables_at}
        return replace(function, environment=environment)

    def _item(self, table: str, *attributes: str, **key: str) -> dict[str, Any] | None:
        found = self.client("dynamodb").get_item(
            TableName=self.stack.physical_ids[table],
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
            **_only(attributes),
        )
        return _plain(found["Item"]) if "Item" in found else None


def _only(attributes: Sequence[str]) -> dict[str, Any]:
    if not attributes:
        return {}
    names = {f"#{name}": name for name in attributes}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


def _execution(described: Mapping[str, Any]) -> Execution:
    return Execution(
        name=described["name"],
        status=described["status"],
        input=json.loads(described["input"]),
        output=json.loads(described["output"]) if "output" in described else None,
        started=described["startDate"],
        error=described.get("error"),
    )
