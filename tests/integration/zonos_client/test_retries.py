"""What may pass is tried again, with pauses that fit the deadline."""

import pytest

from tests.integration.discreet import raises_discreetly
from tests.integration.zonos_client.scripts import (
    BROKE,
    NOW_MS,
    ScriptedTransport,
    Step,
    answered,
    client_of,
    error,
)
from tests.world import TestClock
from zonos_orders.clock import Deadline
from zonos_orders.errors import ZonosUnavailable
from zonos_orders.zonos_api import HttpAnswer

DOWN: dict[str, Step] = {
    "500 as documented": error("Couldn’t process order details", 500),
    "500 as documented, in a 200": error("Couldn't process order details", 200),
    "500 HTML": HttpAnswer(500, {}, b"<html>canary</html>"),
    "502": HttpAnswer(502, {}, b""),
    "503": HttpAnswer(503, {}, b"null"),
    "504": HttpAnswer(504, {}, b"[]"),
    "429": error("Too many requests", 429),
    "408": HttpAnswer(408, {}, b""),
    "connection": BROKE,
}


@pytest.mark.parametrize("step", DOWN.values(), ids=DOWN.keys())
def test_what_may_pass_is_tried_three_times_with_growing_pauses(step: Step, clock: TestClock) -> None:
    transport = ScriptedTransport(step)

    with raises_discreetly(ZonosUnavailable):
        client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert len(transport.requests) == 3
    # Twice a pause, each with jitter, and none after the last attempt.
    assert 0.2 + 0.4 <= (clock.now_ms() - NOW_MS) / 1000 <= 0.4 + 0.8


@pytest.mark.parametrize("step", DOWN.values(), ids=DOWN.keys())
def test_what_has_passed_is_no_failure(step: Step, clock: TestClock) -> None:
    transport = ScriptedTransport(step, step, answered())

    assert client_of(transport, clock).order("999-1", Deadline.after(60, clock)).order_id == "999-1"


def test_the_pauses_differ_between_callers() -> None:
    pauses = set()
    for _ in range(20):
        clock = TestClock(NOW_MS)
        client_of(ScriptedTransport(BROKE, answered()), clock).order("999-1", Deadline.after(60, clock))
        pauses.add(clock.now_ms())

    assert len(pauses) > 5


@pytest.mark.parametrize("seconds", [0.05, 0.19, 0.5, 0.61, 1.2])
def test_no_pause_reaches_beyond_the_deadline(clock: TestClock, seconds: float) -> None:
    deadline = Deadline.after(seconds, clock)

    with raises_discreetly(ZonosUnavailable):
        client_of(ScriptedTransport(BROKE), clock).order("999-1", deadline)

    assert deadline.remaining() > 0


@pytest.mark.parametrize("status", [429, 503])
def test_zonos_may_ask_for_a_longer_pause(clock: TestClock, status: int) -> None:
    transport = ScriptedTransport(answered({}, status, retry_after="7"), answered())

    client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert clock.now_ms() == NOW_MS + 7000


@pytest.mark.parametrize("retry_after", ["60", "999999"])
def test_a_pause_beyond_the_deadline_is_not_begun(clock: TestClock, retry_after: str) -> None:
    transport = ScriptedTransport(answered({}, 429, retry_after=retry_after))

    with raises_discreetly(ZonosUnavailable):
        client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert len(transport.requests) == 1
    assert clock.now_ms() == NOW_MS


@pytest.mark.parametrize(
    "retry_after", ["0", "-5", "1e9", "nan", "soon", "Wed, 18 Nov 2026 00:00:00 GMT", "\u0667"]
)
def test_any_other_wish_is_not_obeyed(clock: TestClock, retry_after: str) -> None:
    transport = ScriptedTransport(answered({}, 429, retry_after=retry_after), answered())

    client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert 0.2 <= (clock.now_ms() - NOW_MS) / 1000 <= 0.4
