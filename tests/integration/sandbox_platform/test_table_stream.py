"""The sandbox reads a table's stream as Lambda does: in order, again, apart, and at last into the queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.event_schemas import faults
from tests.integration.sandbox_platform.test_real_template import PARAMETERS
from tests.integration.stream_events import record
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.stack import StreamMapping
from tests.sandbox.table_stream import TableStream
from tests.unit.merge.records import READY, REVIEW, T2, after, order
from zonos_orders.order_encoding import encode_item
from zonos_orders.stored_order import StoredOrder

MAPPING = {
    "function": "Reader",
    "stream_arn": "arn:of:stream",
    "starting_position": "TRIM_HORIZON",
    "batch_size": 10,
    "retries": 3,
    "oldest_seconds": 3600,
    "bisects": True,
    "reports_items": True,
    "failure_queue": "arn:of:queue",
}
Stream = Callable[..., "Reader"]


class EmptyStream:
    """A stream in which nothing happens."""

    def describe_stream(self, **_: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard-1"}]}}

    def get_shard_iterator(self, **_: Any) -> Any:
        return {"ShardIterator": "begin"}

    def get_records(self, **_: Any) -> Any:
        return {"Records": [], "NextShardIterator": "begin"}


class Reader:
    """A function that fails at the changes named in `bad`, and the stream that it reads."""

    def __init__(self, bad: Sequence[int], *, raises: bool, **mapping: Any) -> None:
        self.bad = {str(number) for number in bad}
        self.raises = raises
        self.batches: list[list[int]] = []
        self.given_up: list[Any] = []
        self.stream = TableStream(
            StreamMapping(**{**MAPPING, **mapping}), EmptyStream(), self._invoke, self.given_up.append
        )

    def read(self, *numbers: int, at: float | None = None) -> None:
        arrived = datetime.now(UTC).timestamp() if at is None else at
        records = [record(number, None, after(order())) for number in numbers]
        for one in records:
            one["dynamodb"]["ApproximateCreationDateTime"] = arrived
        self.stream.deliver(records)

    def positions(self) -> list[tuple[str, str]]:
        reports = [report["DDBStreamBatchInfo"] for report in self.given_up]
        return [(report["startSequenceNumber"], report["endSequenceNumber"]) for report in reports]

    def _invoke(self, function: str, event: Any) -> Any:
        assert function == "Reader"
        numbers = [one["dynamodb"]["SequenceNumber"] for one in event["Records"]]
        self.batches.append([int(number) for number in numbers])
        failed = [number for number in numbers if number in self.bad]
        if failed and self.raises:
            raise InvocationFailed("Unforeseen", "KeyError")
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


@pytest.fixture
def stream() -> Iterator[Stream]:
    with ExitStack() as running:

        def make(*bad: int, raises: bool = False, **mapping: Any) -> Reader:
            reader = Reader(bad, raises=raises, **mapping)
            running.callback(reader.stream.close)
            return reader

        yield make


def test_a_batch_without_failures_is_read_once(stream: Stream) -> None:
    reader = stream()
    reader.read(1, 2, 3)
    assert (reader.batches, reader.given_up, reader.stream.troubles) == ([[1, 2, 3]], [], [])


def test_from_the_first_reported_failure_on_it_is_tried_again_and_at_last_given_up_alone(
    stream: Stream,
) -> None:
    reader = stream(3)
    reader.read(1, 2, 3, 4)
    assert reader.batches == [[1, 2, 3, 4], [3, 4], [3], [3], [3], [3], [4]]
    assert reader.positions() == [("3", "3")]
    assert reader.stream.troubles[-1] == "Reader: given up, 1 changes"


def test_an_invocation_that_fails_is_halved_until_the_bad_change_stands_alone(stream: Stream) -> None:
    reader = stream(3, raises=True, retries=1)
    reader.read(1, 2, 3, 4)
    assert reader.batches == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]
    assert reader.positions() == [("3", "3")]
    assert "Reader ended with Unforeseen" in reader.stream.troubles


def test_without_bisecting_the_good_ones_behind_it_are_given_up_as_well(stream: Stream) -> None:
    reader = stream(3, bisects=False, retries=1)
    reader.read(1, 2, 3, 4)
    assert reader.batches == [[1, 2, 3, 4], [3, 4], [3, 4]]
    assert reader.positions() == [("3", "4")]


def test_reports_that_nobody_asked_for_count_for_nothing(stream: Stream) -> None:
    reader = stream(3, reports_items=False)
    reader.read(1, 2, 3, 4)
    assert (reader.batches, reader.given_up) == ([[1, 2, 3, 4]], [])


def test_what_is_too_old_is_given_up_at_its_first_failure(stream: Stream) -> None:
    reader = stream(1)
    reader.read(1, at=datetime.now(UTC).timestamp() - 4000)
    assert (reader.batches, reader.positions()) == ([[1]], [("1", "1")])


# The real function on the real mapping


@pytest.fixture(scope="module")
def real() -> Iterator[Sandbox]:
    with Sandbox(PARAMETERS, "s3cret") as sandbox:
        yield sandbox


def write(sandbox: Sandbox, stored: StoredOrder, number: int) -> None:
    item = encode_item({**stored.attributes, "order_id": f"999-{number}"})
    sandbox.client("dynamodb").put_item(TableName=sandbox.stack.physical_ids["OrdersTable"], Item=item)


def heard(sandbox: Sandbox, number: int) -> list[tuple[str, int]]:
    sandbox.catch_up()
    own = [event for event in sandbox.events() if event["detail"]["order_id"] == f"999-{number}"]
    assert [fault for event in own for fault in faults(event)] == []
    return [(event["detail-type"], event["detail"]["revision"]) for event in own]


def test_what_is_written_is_on_the_bus_an_order_that_is_stored_compressed_too(real: Sandbox) -> None:
    nested: Any = "deep"
    for _ in range(40):
        nested = [nested]
    write(real, after(order(REVIEW, misc1=nested)), 1)
    write(real, after(order(REVIEW, misc1=nested), order(READY, T2, misc1=nested)), 1)
    assert "order_gz" in (real.order("999-1") or {})
    assert heard(real, 1) == [("OrderImported", 1), ("OrderHeld", 1), ("OrderReady", 2)]


def test_what_cannot_be_told_holds_up_nothing_and_is_in_the_queue_by_its_number(real: Sandbox) -> None:
    table = real.stack.physical_ids["OrdersTable"]
    poison = {"order_id": {"S": "999-13"}, "revision": {"N": "1"}, "note": {"S": "can" + "ary"}}
    real.client("dynamodb").put_item(TableName=table, Item=poison)
    write(real, after(order()), 2)
    assert heard(real, 2) == [("OrderImported", 1), ("OrderReady", 1)]
    assert real.troubles() == []
    sqs, url = real.client("sqs"), real.stack.physical_ids["EventsFailureQueue"]
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    body = json.loads(message["Body"])
    assert (body["order_id"], body["cause"]) == ("999-13", "KeyError")
    assert any('"999-13"' in line and "KeyError" in line for line in real.logs("PublishChangesFunction"))


def test_its_events_are_sent_again_by_hand(real: Sandbox) -> None:
    write(real, after(order()), 3)
    before = heard(real, 3)
    answer = real.invoke("PublishChangesFunction", {"orderIds": ["999-3"]})
    assert answer == {"sent": 2, "failed": {}, "unknown": []}
    assert heard(real, 3) == before * 2
