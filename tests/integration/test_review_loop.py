"""The real state machine, run by moto's interpreter, with the real handler and a simulated Zonos."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.__main__ import parameters
from tests.sandbox.sandbox import Execution, Sandbox
from tests.sandbox.zonos_simulator import World, ZonosSimulator
from zonos_orders.instants import iso

PATIENCE_SECONDS = 30.0
DAY_MS = 86_400_000


class Stage:
    """A sandbox with the shortest pauses; `review` brings an order into review and starts its loop."""

    def __init__(self, simulator: ZonosSimulator, sandbox: Sandbox) -> None:
        self.zonos: World = simulator.world
        self.sandbox = sandbox

    def review(self) -> str:
        order_id = self.zonos.pay("fraud_review")
        self.sandbox.fire_schedule()
        return order_id

    def order(self, order_id: str) -> dict[str, Any]:
        order = self.sandbox.order(order_id)
        assert order is not None
        return order

    def loop(self, name: str) -> Execution:
        return next(e for e in self.sandbox.executions() if e.name == name)

    def ended(self, name: str) -> Execution:
        wait_for(lambda: self.loop(name).status != "RUNNING")
        return self.loop(name)

    def last_state(self, name: str) -> str:
        events = self.sandbox.execution_history(name)
        entered = [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e]
        return str(entered[-1])

    def amend(self, order_id: str, attribute: str, value: dict[str, str]) -> None:
        self.sandbox.client("dynamodb").update_item(
            TableName=self.sandbox.stack.physical_ids["OrdersTable"],
            Key={"order_id": {"S": order_id}},
            UpdateExpression="SET #a = :v",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": value},
        )


def wait_for(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends, "this should have happened by now"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ZonosSimulator() as simulator:
        shortest = {**parameters(simulator, "disabled"), "RecheckBaseSeconds": "1"}
        with Sandbox(shortest, simulator.world.secret) as sandbox:
            yield Stage(simulator, sandbox)


def test_a_released_order_becomes_ready_and_its_loop_ends(stage: Stage) -> None:
    order_id = stage.review()
    stage.zonos.release(order_id)
    loop = stage.ended(f"{order_id}-1")
    assert (loop.status, stage.last_state(loop.name)) == ("SUCCEEDED", "Settled")
    assert stage.order(order_id)["disposition"] == "READY"
    assert stage.order(order_id)["updated_by"] == "recheck"


def test_a_cancelled_order_is_never_ready(stage: Stage) -> None:
    order_id = stage.review()
    stage.zonos.cancel(order_id)
    loop = stage.ended(f"{order_id}-1")
    assert (loop.status, stage.last_state(loop.name)) == ("SUCCEEDED", "Settled")
    assert [entry["disposition"] for entry in stage.order(order_id)["history"]] == ["HELD", "CANCELLED"]


def test_held_then_released_is_one_review(stage: Stage) -> None:
    order_id = stage.review()
    stage.zonos.hold(order_id)
    wait_for(lambda: stage.order(order_id)["hold_reasons"] == ["ON_HOLD"])
    assert stage.loop(f"{order_id}-1").status == "RUNNING"
    stage.zonos.release(order_id)
    assert stage.ended(f"{order_id}-1").status == "SUCCEEDED"
    assert stage.order(order_id)["disposition"] == "READY"
    assert stage.order(order_id)["review_generation"] == 1


def test_back_in_review_is_a_new_generation_with_a_loop_of_its_own(stage: Stage) -> None:
    order_id = stage.review()
    stage.zonos.release(order_id)
    stage.ended(f"{order_id}-1")
    stage.zonos.hold(order_id)
    stage.sandbox.fire_schedule()
    assert stage.order(order_id)["review_generation"] == 2
    stage.zonos.release(order_id)
    assert stage.last_state(stage.ended(f"{order_id}-2").name) == "Settled"
    history = stage.order(order_id)["history"]
    assert [entry["disposition"] for entry in history] == ["HELD", "READY", "HELD", "READY"]


def test_an_old_loop_ends_superseded_and_asks_zonos_nothing(stage: Stage) -> None:
    order_id = stage.review()
    stage.amend(order_id, "review_generation", {"N": "2"})
    stage.zonos.reset_calls()
    loop = stage.ended(f"{order_id}-1")
    assert (loop.status, stage.last_state(loop.name)) == ("SUCCEEDED", "Superseded")
    assert stage.zonos.calls("orderDetail") == 0


def test_zonos_being_down_ends_no_loop(stage: Stage) -> None:
    order_id = stage.review()
    stage.zonos.break_down("status_500")
    asked = stage.zonos.calls("orderDetail")
    wait_for(lambda: stage.zonos.calls("orderDetail") > asked)
    assert stage.loop(f"{order_id}-1").status == "RUNNING"
    stage.zonos.release(order_id)
    stage.zonos.recover()
    assert stage.ended(f"{order_id}-1").status == "SUCCEEDED"
    assert stage.order(order_id)["disposition"] == "READY"


def test_a_review_of_thirty_days_expires_and_the_order_stays_held(stage: Stage) -> None:
    order_id = stage.review()
    stage.amend(order_id, "review_started_at", {"S": iso(time.time_ns() // 1_000_000 - 31 * DAY_MS)})
    loop = stage.ended(f"{order_id}-1")
    assert (loop.status, stage.last_state(loop.name)) == ("SUCCEEDED", "ReviewExpired")
    order = stage.order(order_id)
    assert (order["disposition"], order["hold_reasons"]) == ("HELD", ["FRAUD_REVIEW", "REVIEW_EXPIRED"])
    assert stage.sandbox.fire_schedule()["reviews"]["restarted"] == 0


def test_a_look_is_three_transitions(stage: Stage) -> None:
    order_id = stage.review()
    wait_for(lambda: stage.zonos.calls("orderDetail") > 0)
    stage.zonos.release(order_id)
    name = stage.ended(f"{order_id}-1").name
    events = stage.sandbox.execution_history(name)
    entered = [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e]
    looks = entered.count("Recheck")
    assert entered == ["Begin", *["Wait", "Recheck", "Decide"] * looks, "Settled"]
