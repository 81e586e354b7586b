"""The bus: all events arrive, a failed one is sent again, and what stays failed is said with its cause."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
import pytest

from tests.broken_aws import DENIED, THROTTLED, UNREACHABLE
from tests.sandbox.bus_listener import BusListener
from tests.world import TestClock
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsRefused, AwsUnavailable
from zonos_orders.event_bus import EventBus
from zonos_orders.order_events import EventType, OrderEvent

Answer = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]]


def events(n: int, **detail: Any) -> list[OrderEvent]:
    return [OrderEvent(EventType.READY, {"order_id": f"999-{i + 1}", **detail}) for i in range(n)]


class ScriptedEvents:
    """Answers its calls as the script says, and then that all went well; it keeps what was asked."""

    def __init__(self, *script: Answer | Exception) -> None:
        self._script = list(script)
        self.calls: list[list[str]] = []
        self.sizes: list[int] = []

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        self.calls.append([entry["Detail"] for entry in Entries])
        self.sizes.append(sum(len(str(entry)) for entry in Entries))
        answer = self._script.pop(0) if self._script else failing()
        if isinstance(answer, Exception):
            raise answer
        return answer(Entries)


def failing(*places: int, code: str = "ThrottlingException") -> Answer:
    def answer(entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        results = [
            {"ErrorCode": code, "ErrorMessage": "of canary"} if n in places else {"EventId": str(n)}
            for n in range(len(entries))
        ]
        return {"FailedEntryCount": len(places), "Entries": results}

    return answer


def put(client: ScriptedEvents, sent: list[OrderEvent], seconds: float = 50) -> tuple[dict[int, str], float]:
    """Return what failed and why, and the seconds that it took."""
    clock = TestClock()
    began = clock.monotonic()
    failed = EventBus(lambda: client, "orders", clock).put(sent, Deadline.after(seconds, clock))
    return {n: f"{type(error).__name__}: {error}" for n, error in failed.items()}, clock.monotonic() - began


@pytest.mark.usefixtures("aws")
def test_events_arrive_on_the_bus_as_they_are(clock: TestClock) -> None:
    client, sqs = boto3.client("events"), boto3.client("sqs")  # type: ignore[call-overload,unused-ignore]
    client.create_event_bus(Name="orders")
    listener = BusListener(client, sqs, "orders")
    sent = events(23)
    assert EventBus(lambda: client, "orders", clock).put(sent, Deadline.after(50, clock)) == {}
    heard = listener.heard()
    assert {(event["source"], event["detail-type"]) for event in heard} == {("zonos.orders", "OrderReady")}
    assert [event["detail"] for event in heard] == [event.detail for event in sent]


def test_a_call_takes_ten_events_and_less_than_256_kb() -> None:
    client = ScriptedEvents()
    assert put(client, events(23, hold_reasons="x" * 19_900))[0] == {}
    assert [len(call) for call in client.calls] == [10, 10, 3]
    assert max(client.sizes) < 256_000


def test_nothing_to_send_is_no_call() -> None:
    client = ScriptedEvents()
    assert (put(client, []), client.calls) == (({}, 0), [])


def test_what_failed_is_sent_again_and_only_that() -> None:
    client = ScriptedEvents(failing(1, 2), failing(0))
    sent = events(4)
    failed, seconds = put(client, sent)
    assert failed == {}
    assert [[json.loads(detail)["order_id"] for detail in call] for call in client.calls] == [
        ["999-1", "999-2", "999-3", "999-4"],
        ["999-2", "999-3"],
        ["999-2"],
    ]
    assert seconds == 3.0  # the pauses


def test_what_fails_for_good_holds_up_no_other_and_is_said_without_its_content() -> None:
    client = ScriptedEvents(failing(3), *[failing(0)] * 3)
    failed, _ = put(client, events(12))
    assert failed == {3: "BusTooSlow: send the event: ThrottlingException"}
    assert len(client.calls) == 5


@pytest.mark.parametrize("error", [UNREACHABLE, THROTTLED])
def test_a_call_that_fails_is_repeated(error: Exception) -> None:
    client = ScriptedEvents(error, error)
    assert put(client, events(2))[0] == {}
    assert len(client.calls) == 3


def test_a_bus_that_refuses_is_asked_once_a_batch() -> None:
    client = ScriptedEvents(DENIED, DENIED)
    failed, seconds = put(client, events(12))
    assert set(failed.values()) == {f"{AwsRefused.__name__}: send the events: AccessDeniedException"}
    assert (len(failed), len(client.calls), seconds) == (12, 2, 0)


def test_a_bus_that_is_down_is_not_asked_after_the_deadline() -> None:
    client = ScriptedEvents(*[UNREACHABLE] * 50)
    failed, seconds = put(client, events(40), seconds=5)
    assert (len(failed), seconds) == (40, 5)
    assert failed[0] == f"{AwsUnavailable.__name__}: send the events: EndpointConnectionError"
    assert failed[39] == "BusTooSlow: send the events: the time was over"
    assert len(client.calls) == 3


def test_an_event_larger_than_any_of_an_order_is_refused_alone() -> None:
    client = ScriptedEvents()
    failed, _ = put(client, [*events(1), *events(1, hold_reasons="x" * 20_000), *events(1)])
    assert list(failed) == [1]
    assert failed[1].startswith("EventTooLarge: ")
    assert [len(call) for call in client.calls] == [2]
