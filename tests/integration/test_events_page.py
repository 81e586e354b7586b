"""docs/events.md: its stack can be deployed, and its program takes each state once, newest only."""

import re
from random import Random
from typing import Any

import boto3
import pytest

from tests.event_schemas import SCHEMAS
from tests.integration.stream_events import batch, record
from tests.sandbox.sam_template import ROOT
from tests.unit.merge.records import CANCELLED, READY, REVIEW, T2, T3, after, order
from tests.world import LambdaContext, World
from zonos_orders.order_events import GROUPS
from zonos_orders.stored_order import StoredOrder

PAGE = (ROOT / "docs/events.md").read_text(encoding="utf-8")
(STACK,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FETCHES = (order(REVIEW), order(READY, T2), order(READY, T2, zip="EX1"), order(CANCELLED, T3))
ORDERS = (1, 2, 3)
# Who may send to the queue is nothing that moto knows.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS.*QueuePolicy")


def states(number: int) -> list[StoredOrder]:
    """The four states of an order, one after the other."""
    stored = [after(*FETCHES[: n + 1]) for n in range(len(FETCHES))]
    return [StoredOrder({**one.attributes, "order_id": f"999-{number}"}) for one in stored]


@pytest.fixture
def outputs(world: World) -> dict[str, str]:
    """The page's own stack, deployed beside the bus."""
    session: Any = boto3.Session()
    session.client("events").create_event_bus(Name="zonos-orders-orders")
    cloudformation = session.client("cloudformation")
    cloudformation.create_stack(StackName="consumer", TemplateBody=STACK)
    stack = cloudformation.describe_stacks(StackName="consumer")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def consume(outputs: dict[str, str], capsys: pytest.CaptureFixture[str]) -> list[tuple[str, int, str]]:
    """Run the page's program until the queue is empty, and return what it acted on."""
    program = PROGRAM.replace("WaitTimeSeconds=20", "WaitTimeSeconds=0")
    assert program != PROGRAM
    for name, value in outputs.items():
        program = program.replace(f"<{name}>", value)
    assert "<" not in program.replace(" < :this", "")
    capsys.readouterr()
    exec(program, {})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return [(order_id, int(revision), disposition) for order_id, revision, disposition in lines]


def publish(world: World, changes: list[dict[str, Any]]) -> None:
    handler = world.handler("publish_changes", ORDERS_BUS="zonos-orders-orders").lambda_handler
    assert handler(batch(*changes), LambdaContext()) == {"batchItemFailures": []}


def changes_of(number: int) -> list[dict[str, Any]]:
    life = [None, *states(number)]
    return [record(n, life[n - 1], life[n]) for n in range(1, len(life))]


def test_each_state_is_taken_once_in_order(
    world: World, outputs: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    publish(world, changes_of(1))
    expected = [("999-1", 1, "HELD"), ("999-1", 2, "READY"), ("999-1", 3, "READY"), ("999-1", 4, "CANCELLED")]
    assert consume(outputs, capsys) == expected
    publish(world, changes_of(1))
    assert consume(outputs, capsys) == []


@pytest.mark.parametrize("seed", range(3))
def test_twice_and_in_any_order_it_never_goes_back_and_ends_with_the_newest(
    world: World, outputs: dict[str, str], capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    changes = [change for number in ORDERS for change in changes_of(number)] * 2
    Random(seed).shuffle(changes)
    taken: list[tuple[str, int, str]] = []
    for start in range(0, len(changes), 7):
        publish(world, changes[start : start + 7])
        taken += consume(outputs, capsys)
    for number in ORDERS:
        own = [
            (revision, disposition)
            for order_id, revision, disposition in taken
            if order_id == f"999-{number}"
        ]
        assert own == sorted(set(own))
        assert own[-1] == (4, "CANCELLED")


def test_stopped_in_the_middle_it_takes_the_same_state_again(
    world: World, outputs: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    queue = boto3.resource("sqs").Queue(outputs["QueueUrl"])
    queue.set_attributes(Attributes={"VisibilityTimeout": "0"})
    publish(world, changes_of(1)[:1])
    world.aws.fail("PutItem")
    with pytest.raises(Exception, match="Could not connect"):
        consume(outputs, capsys)
    assert capsys.readouterr().out == "999-1 1 HELD\n"
    world.aws.recover()
    assert consume(outputs, capsys) == [("999-1", 1, "HELD")]


def test_it_names_every_event_and_every_group() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    detail = SCHEMAS["OrderChanged"]["properties"]["detail"]["properties"]
    assert named == {*SCHEMAS, *GROUPS, *detail}
