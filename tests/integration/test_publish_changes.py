"""The function that reads the table's stream: what it sends, what it reports, and how it is asked by hand."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import boto3
import pytest

from tests.broken_aws import DENIED, THROTTLED, UNREACHABLE
from tests.event_schemas import faults
from tests.integration.stream_events import batch, record
from tests.sandbox.bus_listener import BusListener
from tests.unit.merge.records import READY, REVIEW, T2, after, order
from tests.world import LambdaContext, World
from zonos_orders.errors import InvalidInput
from zonos_orders.order_encoding import encode_item
from zonos_orders.settings import WrongSetting
from zonos_orders.stored_order import StoredOrder

Publish = Callable[..., Any]
POISON = StoredOrder({"order_id": "999-13", "revision": 1, "order": {"note": "of canary"}})


@pytest.fixture
def bus(world: World) -> BusListener:
    events: Any = boto3.Session().client("events")  # type: ignore[call-overload,unused-ignore]
    return BusListener(events, boto3.Session().client("sqs"), "orders")


@pytest.fixture
def publish(world: World, bus: BusListener) -> Publish:
    handler = world.handler("publish_changes", ORDERS_BUS="orders").lambda_handler
    return lambda event, seconds=60.0: handler(event, LambdaContext(seconds))


def heard(bus: BusListener) -> list[tuple[str, str, int]]:
    events = bus.heard()
    assert [fault for event in events for fault in faults(event)] == []
    return [
        (event["detail-type"], event["detail"]["order_id"], event["detail"]["revision"]) for event in events
    ]


def numbered(number: int, *fetches: Any) -> StoredOrder:
    stored = after(*fetches or (order(),))
    return StoredOrder({**stored.attributes, "order_id": f"999-{number}"})


def put_aside(world: World) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=world.env["EVENTS_FAILURE_QUEUE"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


def failures(*numbers: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in numbers]}


def test_a_batch_of_the_stream_is_told(publish: Publish, bus: BusListener) -> None:
    held, released = numbered(1, order(REVIEW)), numbered(1, order(REVIEW), order(READY, T2))
    answer = publish(batch(record(1, None, held), record(2, held, released), record(3, released, None)))
    assert answer == failures()
    assert heard(bus) == [
        ("OrderImported", "999-1", 1),
        ("OrderHeld", "999-1", 1),
        ("OrderReady", "999-1", 2),
    ]


def test_an_order_that_is_stored_compressed_is_told_as_any_other(publish: Publish, bus: BusListener) -> None:
    nested: Any = "deep"
    for _ in range(40):
        nested = [nested]
    before, now = numbered(1, order(misc1=nested)), numbered(1, order(misc1=nested), order(zip="EX1"))
    assert "order_gz" in encode_item(before.attributes)
    assert publish(batch(record(1, before, now))) == failures()
    assert bus.heard()[0]["detail"]["changed"] == ["references", "address"]


def test_a_change_that_is_not_understood_holds_up_no_other_and_is_named(
    publish: Publish, bus: BusListener, world: World
) -> None:
    changes = [record(n, None, numbered(n)) for n in (11, 12, 14)]
    changes.insert(2, record(13, None, POISON))
    assert publish(batch(*changes)) == failures()
    assert {order_id for _, order_id, _ in heard(bus)} == {"999-11", "999-12", "999-14"}
    assert "canary" not in "".join(world.told)
    assert put_aside(world) == [{"order_id": "999-13", "sequence_number": "13", "cause": "KeyError"}]


def test_a_change_whose_event_is_too_large_is_put_aside(publish: Publish, world: World) -> None:
    stored = numbered(2)
    large = StoredOrder({**stored.attributes, "hold_reasons": ["x" * 30_000]})
    assert publish(batch(record(1, None, numbered(1)), record(2, None, large))) == failures()
    ((order_id, cause),) = [(one["order_id"], one["cause"]) for one in put_aside(world)]
    assert (order_id, cause.partition(":")[0]) == ("999-2", "EventTooLarge")


def test_what_cannot_be_put_aside_comes_again(publish: Publish, world: World) -> None:
    changes = batch(record(1, None, numbered(1)), record(13, None, POISON), record(14, None, POISON))
    world.aws.fail("SendMessage", UNREACHABLE)
    assert publish(changes) == failures(13)
    world.aws.recover()
    assert publish(batch(*changes["Records"][1:])) == failures()
    assert [one["sequence_number"] for one in put_aside(world)] == ["13", "14"]


def test_what_the_bus_does_not_take_for_a_quarter_of_an_hour_is_put_aside(
    publish: Publish, world: World
) -> None:
    changes = batch(*(record(n, None, numbered(n)) for n in (1, 2)))
    written = world.clock.now_ms() / 1000
    for one, seconds in zip(changes["Records"], (16 * 60, 60), strict=True):
        one["dynamodb"]["ApproximateCreationDateTime"] = written - seconds
    world.aws.fail("PutEvents", UNREACHABLE)
    assert publish(changes) == failures(2)
    assert [one["order_id"] for one in put_aside(world)] == ["999-1"]


def test_what_a_bus_that_is_throttled_has_not_taken_yet_is_not_put_aside(
    publish: Publish, world: World
) -> None:
    changes = batch(record(1, None, numbered(1)))
    changes["Records"][0]["dynamodb"]["ApproximateCreationDateTime"] = world.clock.now_ms() / 1000 - 16 * 60
    world.aws.fail("PutEvents", THROTTLED)
    assert publish(changes) == failures(1)
    assert put_aside(world) == []


def test_what_there_is_no_time_to_put_aside_comes_again(publish: Publish, world: World) -> None:
    changes = batch(record(12, None, POISON), record(13, None, POISON))
    world.aws.before("SendMessage", lambda: world.clock.pass_time(60))
    assert publish(changes) == failures(13)
    assert [one["sequence_number"] for one in put_aside(world)] == ["12"]


def test_what_comes_again_anyway_is_not_put_aside_before(
    publish: Publish, bus: BusListener, world: World
) -> None:
    world.aws.fail("PutEvents", UNREACHABLE)
    changes = batch(record(12, None, POISON), record(13, None, numbered(1)), record(14, None, POISON))
    assert publish(changes) == failures(13)
    assert [one["sequence_number"] for one in put_aside(world)] == ["12"]


def test_a_bus_that_is_down_is_reported_from_the_first_change_on(
    publish: Publish, bus: BusListener, world: World
) -> None:
    changes = batch(*(record(n, None, numbered(n)) for n in (1, 2, 3)))
    world.aws.fail("PutEvents", UNREACHABLE)
    assert publish(changes) == failures(1)
    world.aws.recover()
    assert publish(changes) == failures()
    assert len(heard(bus)) == 6


def test_only_what_the_bus_refused_is_reported(publish: Publish, bus: BusListener, world: World) -> None:
    world.aws.fail("PutEvents", DENIED, about="999-21")
    answer = publish(batch(*(record(n, None, numbered(n)) for n in range(1, 31))))
    assert answer == failures(21)  # the twenty-first and its neighbours share a call
    assert {order_id for _, order_id, _ in heard(bus)} == {
        f"999-{n}" for n in [*range(1, 21), *range(26, 31)]
    }


def test_a_batch_that_has_little_time_ends_before_it_is_over(publish: Publish, world: World) -> None:
    world.aws.fail("PutEvents", UNREACHABLE)
    began = world.clock.monotonic()
    changes = batch(*(record(n, None, numbered(n)) for n in range(1, 101)))
    assert publish(changes, seconds=20) == failures(1)
    assert world.clock.monotonic() - began <= 10


def test_orders_are_told_again_as_they_stand(publish: Publish, bus: BusListener, world: World) -> None:
    released, held = world.zonos.pay("fraud_review"), world.zonos.pay("csl_match")
    application = world.application()
    for order_id in (released, held):
        application.confirm_order(order_id)
    world.clock.pass_time(1)
    world.zonos.release(released)
    world.clock.pass_time(1)
    world.handler("reconcile_orders").lambda_handler({"orderIds": [released]}, LambdaContext())

    answer = publish({"orderIds": [released, held, released, "999-4711"]})

    assert answer == {"sent": 4, "failed": {}, "unknown": ["999-4711"]}
    assert heard(bus) == [
        ("OrderImported", released, 2),
        ("OrderReady", released, 2),
        ("OrderImported", held, 1),
        ("OrderHeld", held, 1),
    ]
    assert {event["detail"]["previous"] for event in bus.heard()} == {None}


def test_what_cannot_be_told_again_is_named_with_its_cause(publish: Publish, world: World) -> None:
    for number in (1, 2):
        world.dynamodb.put_item(TableName="OrdersTable", Item=encode_item(numbered(number).attributes))
    world.dynamodb.put_item(TableName="OrdersTable", Item=encode_item(POISON.attributes))
    world.aws.fail("PutEvents", UNREACHABLE, about="999-2")
    assert publish({"orderIds": ["999-1", "999-2", "999-13"]}) == {
        "sent": 2,
        "failed": {
            "999-2": "AwsUnavailable: send the events: EndpointConnectionError",
            "999-13": "KeyError",
        },
        "unknown": [],
    }
    world.aws.fail("GetItem", DENIED)
    failed = publish({"orderIds": ["999-1"]})["failed"]
    assert failed == {"999-1": "AwsRefused: read the order: AccessDeniedException"}


def test_telling_again_ends_before_the_time_is_over(publish: Publish, world: World) -> None:
    world.aws.before("GetItem", lambda: world.clock.pass_time(6))
    order_ids = [f"999-{n}" for n in range(1, 11)]
    answer = publish({"orderIds": order_ids}, seconds=30)
    assert answer["unknown"] == order_ids[:4]
    assert answer["failed"] == dict.fromkeys(order_ids[4:], "the time was over")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"orderIds": []},
        {"orderIds": "999-1"},
        {"orderIds": ["998-1"]},
        {"orderIds": ["x"]},
        {"orderIds": [f"999-{n}" for n in range(1, 1002)]},
        {"orderIds": ["999-1"], "dryRun": True},
        {"Records": {}},
        {"Records": [{"eventSource": "aws:sqs", "body": "canary"}]},
        {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]},
        [],
        "canary",
    ],
)
def test_anything_else_is_refused_with_what_is_expected(
    publish: Publish, bus: BusListener, event: Any
) -> None:
    with pytest.raises(InvalidInput, match=r'expected \{"orderIds": ') as refusal:
        publish(event)
    assert "canary" not in str(refusal.value)
    assert bus.heard() == []


def test_what_was_sent_and_what_failed_is_counted_and_told(publish: Publish, world: World) -> None:
    output = io.StringIO()
    world.aws.fail("PutEvents", DENIED, about="999-21")
    with redirect_stdout(output):
        publish(batch(record(13, None, POISON), record(21, None, numbered(21))))
    lines = [json.loads(line) for line in output.getvalue().splitlines() if line.startswith("{")]
    (counted,) = [line for line in lines if "_aws" in line]
    assert (counted["EventsPublished"], counted["EventsFailed"], counted["EventsPutAside"]) == ([0], [1], [1])


@pytest.mark.parametrize("value", ["", "two words"])
@pytest.mark.parametrize("name", ["ORDERS_BUS", "EVENTS_FAILURE_QUEUE"])
def test_a_deployment_without_a_bus_or_a_queue_fails_at_its_start(
    world: World, name: str, value: str
) -> None:
    with pytest.raises(WrongSetting, match=name):
        world.handler("publish_changes", **{name: value})
