"""Starting review loops in a simulated Step Functions: one loop per name, and a burnt name is told."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from tests.world import World
from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.errors import AwsError, AwsRefused, AwsUnavailable
from zonos_orders.review_loops import ReviewLoops, execution_name

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

CANARY = "canary-buyer@example.com"


@pytest.fixture(scope="module")
def client() -> "SFNClient":
    return boto3.client("stepfunctions", config=CLIENT_CONFIG)


@pytest.fixture
def loops(world: World, client: "SFNClient") -> ReviewLoops:
    return ReviewLoops(lambda: client, world.env["REVIEW_LOOP_ARN"])


@pytest.fixture
def end(world: World, client: "SFNClient") -> Callable[[str], None]:
    """End the execution of a name."""

    def end(name: str) -> None:
        arn = world.env["REVIEW_LOOP_ARN"].replace(":stateMachine:", ":execution:") + f":{name}"
        client.stop_execution(executionArn=arn)

    return end


def test_a_loop_is_named_after_the_order_and_its_generation(loops: ReviewLoops, world: World) -> None:
    assert loops.start("999-1", 2)

    assert world.executions() == {"999-1-2": '{"order_id": "999-1"}'}
    assert execution_name("999-1", 2) == "999-1-2"


def test_the_input_is_the_order_id_and_nothing_else(loops: ReviewLoops, world: World) -> None:
    loops.start("999-1", 1)

    assert json.loads(world.executions()["999-1-1"]) == {"order_id": "999-1"}


def test_starting_a_loop_that_runs_already_is_fine(loops: ReviewLoops, world: World) -> None:
    for _ in range(3):
        assert loops.start("999-1", 1)

    assert world.executions().keys() == {"999-1-1"}


def test_the_name_of_a_loop_that_has_ended_is_burnt(
    loops: ReviewLoops, world: World, end: Callable[[str], None]
) -> None:
    loops.start("999-1", 1)
    end("999-1-1")

    assert loops.start("999-1", 1) is False
    assert world.executions().keys() == {"999-1-1"}


def test_the_next_generation_and_other_orders_start_beside_a_burnt_name(
    loops: ReviewLoops, world: World, end: Callable[[str], None]
) -> None:
    loops.start("999-1", 1)
    end("999-1-1")

    assert loops.start("999-1", 2)
    assert loops.start("999-11", 1)
    assert world.executions().keys() == {"999-1-1", "999-1-2", "999-11-1"}


def test_the_client_is_made_when_it_is_needed_and_once(world: World, client: "SFNClient") -> None:
    made = []

    def make() -> "SFNClient":
        made.append(client)
        return client

    loops = ReviewLoops(make, world.env["REVIEW_LOOP_ARN"])
    assert not made

    loops.start("999-1", 1)
    loops.start("999-2", 1)

    assert len(made) == 1


def test_threads_that_start_their_first_loops_at_once_share_one_client(
    world: World, client: "SFNClient"
) -> None:
    """boto3.client is not safe to be called by several threads at once (boto3: "Clients", multithreading)."""
    together = threading.Barrier(8)
    made = []

    def make() -> "SFNClient":
        made.append(client)
        time.sleep(0.05)
        return client

    loops = ReviewLoops(make, world.env["REVIEW_LOOP_ARN"])

    def start(n: int) -> bool:
        together.wait(5)
        return loops.start(f"999-{n}", 1)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(start, range(1, 9)))
    assert len(made) == 1


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 400, AwsUnavailable),
        ("ExecutionLimitExceeded", 400, AwsUnavailable),
        ("KmsThrottlingException", 400, AwsUnavailable),
        ("ServiceUnavailable", 503, AwsUnavailable),
        ("InternalFailure", 500, AwsUnavailable),
        ("StateMachineDoesNotExist", 400, AwsRefused),
        ("InvalidName", 400, AwsRefused),
        ("AccessDeniedException", 400, AwsRefused),
    ],
)
def test_an_error_says_whether_the_start_is_worth_repeating(
    client: "SFNClient", code: str, status: int, error: type[AwsError]
) -> None:
    loops = ReviewLoops(lambda: client, "arn:aws:states:us-east-1:123456789012:stateMachine:review")
    with Stubber(client) as stubber:
        stubber.add_client_error("start_execution", code, f"because of {CANARY}", status)

        with pytest.raises(error) as caught:
            loops.start("999-1", 1)

    assert type(caught.value) is error
    assert CANARY not in repr(caught.value)


def test_a_missing_state_machine_is_refused(world: World, client: "SFNClient") -> None:
    loops = ReviewLoops(lambda: client, world.env["REVIEW_LOOP_ARN"] + "-of-old")

    with pytest.raises(AwsRefused):
        loops.start("999-1", 1)


def test_no_way_to_step_functions_is_unavailable() -> None:
    def unreachable() -> "SFNClient":
        raise EndpointConnectionError(endpoint_url="https://states.us-east-1.amazonaws.com")

    loops = ReviewLoops(unreachable, "arn:aws:states:us-east-1:123456789012:stateMachine:review")

    with pytest.raises(AwsUnavailable):
        loops.start("999-1", 1)
