"""The backfill's real definition in moto's interpreter, with the real function: killed, and started again.

What moto cannot show is in docs/operations.md: it takes every failed slice for tolerated.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.__main__ import parameters
from tests.sandbox.backfill import Backlog, fill, report
from tests.sandbox.map_results import read_results
from tests.sandbox.sandbox import BACKFILL, BACKFILL_ORDERS, Sandbox
from tests.sandbox.zonos_simulator import World, ZonosSimulator

SINCE, THROUGH, ORDERS = "20240226", "20240310", 60
PATIENCE_SECONDS = 90.0


class Stage:
    """A deployed sandbox and the simulated Zonos before it."""

    def __init__(self, simulator: ZonosSimulator, sandbox: Sandbox) -> None:
        self.zonos: World = simulator.world
        self.sandbox = sandbox
        self.machines = sandbox.client("stepfunctions")

    def start(self, name: str, **given: Any) -> str:
        machine = self.sandbox.stack.state_machines[BACKFILL]
        started = self.machines.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))
        arn: str = started["executionArn"]
        return arn

    def ended(self, arn: str) -> dict[str, Any]:
        wait_for(lambda: self.machines.describe_execution(executionArn=arn)["status"] != "RUNNING")
        described: dict[str, Any] = self.machines.describe_execution(executionArn=arn)
        return described

    def results(self, ended: dict[str, Any]) -> tuple[list[Any], int]:
        return read_results(self.sandbox.client("s3"), json.loads(ended["output"])["ResultWriterDetails"])


def wait_for(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends, "this should have happened by now"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ZonosSimulator() as simulator:
        settings = {**parameters(simulator, "disabled"), "ShipFromDate": "20240301"}
        with Sandbox(settings, simulator.world.secret) as sandbox:
            yield Stage(simulator, sandbox)


def test_a_backlog_is_imported_once_although_it_is_killed_in_the_middle(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(stage.zonos, SINCE, THROUGH, ORDERS)
    said: list[str] = []
    story = Backlog(stage.sandbox, stage.zonos, SINCE, THROUGH).run(said.append, said.append)
    assert story.is_right
    assert 0 < story.stored_when_killed < story.orders == ORDERS
    assert story.dispositions == {"HELD": 18, "READY": 42}  # the 26th to the 29th of February: before go-live
    assert len(story.slices) == 4
    assert sum(one["so_far"]["imported"] for one in story.slices) <= ORDERS - story.stored_when_killed
    assert any("of 60 orders" in line for line in said)
    report(story)
    told = capsys.readouterr().out
    assert "Lost: 0. Twice: 0." in told
    assert told.count(" - 2024") == len(story.slices)


def test_a_list_is_imported_and_its_results_name_slices_and_counts_alone(stage: Stage) -> None:
    order_id = stage.zonos.pay(order_date=datetime(2023, 5, 1, tzinfo=UTC))
    ended = stage.ended(stage.start("list", orderIds=[order_id]))
    assert ended["status"] == "SUCCEEDED"
    (one,), failed = stage.results(ended)
    assert (one["slice"], one["so_far"]["imported"], failed) == ({"orderIds": [order_id]}, 1, 0)
    assert one["so_far"].keys() == {
        "invocations",
        "listed",
        "missing",
        "imported",
        "changed",
        "failed",
        "failed_orders",
    }


def test_an_instance_that_is_killed_alone_is_replaced_and_the_backfill_goes_on(stage: Stage) -> None:
    order_ids = [stage.zonos.pay(order_date=datetime(2023, 6, 1, tzinfo=UTC)) for _ in range(3)]
    stage.zonos.latency_ms = 1500
    asked = stage.zonos.calls("orderDetail")
    arn = stage.start("killed", orderIds=order_ids)
    wait_for(lambda: stage.zonos.calls("orderDetail") > asked)
    stage.sandbox.kill(BACKFILL_ORDERS)
    stage.zonos.latency_ms = 0
    assert stage.ended(arn)["status"] == "SUCCEEDED"
    stored = [stage.sandbox.order(order_id, "revision") for order_id in order_ids]
    assert stored == [{"revision": 1}] * 3


def test_an_input_that_is_not_understood_fails_with_what_is_expected(stage: Stage) -> None:
    ended = stage.ended(stage.start("odd", fromDate="20240101"))
    assert (ended["status"], ended["error"]) == ("FAILED", "InvalidInput")
    assert "sinceDate" in ended["cause"]


def test_a_wrong_secret_fails_before_the_first_slice(stage: Stage) -> None:
    stage.zonos.secret, right = "another", stage.zonos.secret
    try:
        ended = stage.ended(stage.start("refused", sinceDate="20240101"))
    finally:
        stage.zonos.secret = right
    assert (ended["status"], ended["error"]) == ("FAILED", "BadCredentials")
