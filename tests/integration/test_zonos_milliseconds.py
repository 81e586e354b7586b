"""How long Zonos takes is told by every function that asks it, call by call."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from tests.broken_aws import THROTTLED
from tests.integration.functions import Functions
from tests.integration.zonos_client.scripts import BROKE, NOW_MS, ScriptedTransport, answered, error
from tests.world import STORE, LambdaContext, TestClock
from zonos_orders import telemetry
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable, ZonosTooSlow, ZonosUnavailable
from zonos_orders.timed_transport import TimedTransport
from zonos_orders.zonos_api import HttpAnswer, HttpRequest
from zonos_orders.zonos_client import ZonosClient

NAME = "ZonosMilliseconds"
REQUEST = HttpRequest("https://zonos.invalid/", b"{}", 1000)
WAYS: dict[str, Callable[[Functions, str], Any]] = {
    "success_redirect": lambda functions, order_id: functions.redirect(f"orderId={order_id}"),
    "reconcile_orders": lambda functions, order_id: functions.reconcile(orderIds=[order_id]),
    "recheck_order": lambda functions, order_id: functions.recheck(order_id),
    "backfill_orders": lambda functions, order_id: functions.invoke(
        "backfill_orders", {"slice": {"orderIds": [order_id]}, "so_far": {}}
    ),
    "order_desk": lambda functions, order_id: functions.desk(mayShip={"orderId": order_id}),
    "order_supervisor": lambda functions, order_id: functions.supervise(clear={"orderId": order_id}),
}


class SlowTransport(ScriptedTransport):
    """Takes a quarter of a second over each call, or as long as it is told."""

    seconds = 0.25

    def __init__(self, clock: TestClock, *steps: Any) -> None:
        super().__init__(*steps)
        self._clock = clock

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        self._clock.pass_time(self.seconds)
        return super().post(request, deadline)


def told(functions: Functions) -> list[float]:
    """The milliseconds in what was printed, in order."""
    return [value for line in functions.lines for value in line.get(NAME, ())]


@pytest.mark.parametrize("function", WAYS)
def test_each_function_that_asks_zonos_tells_how_long_it_took(functions: Functions, function: str) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    if function in ("recheck_order", "order_desk", "order_supervisor"):
        functions.redirect(f"orderId={order_id}")
    functions.printed = ""
    functions.world.each_call_takes = 0.3
    WAYS[function](functions, order_id)
    assert told(functions) == [300]
    (metric,) = [
        metric
        for line in functions.lines
        for block in line.get("_aws", {}).get("CloudWatchMetrics", ())
        for metric in block["Metrics"]
        if metric["Name"] == NAME
    ]
    assert metric["Unit"] == "Milliseconds"


def test_a_call_is_told_once_and_nothing_is_told_where_zonos_was_not_asked(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    functions.redirect(f"orderId={order_id}")
    functions.redirect(f"orderId={order_id}")  # stored by now
    assert len(told(functions)) == 1


def test_it_is_told_of_an_invocation_that_fails_too(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.printed = ""
    functions.world.each_call_takes = 0.3
    functions.world.aws.fail("UpdateItem", THROTTLED)
    with pytest.raises(AwsUnavailable):
        functions.recheck(order_id)
    assert told(functions) == [300]


def test_every_attempt_counts_and_the_pauses_between_them_do_not(clock: TestClock) -> None:
    slow = SlowTransport(clock, error("Too many requests", 429), answered())
    timed = TimedTransport(slow, clock)
    client = ZonosClient(timed, FixedSecret(), STORE, "https://zonos.invalid/", clock)
    client.order("999-1", Deadline.after(60, clock))
    assert clock.now_ms() > NOW_MS + 500
    assert timed.take_milliseconds() == [250, 250]


def test_a_call_that_was_cut_off_counts_and_a_connection_that_was_refused_does_not(clock: TestClock) -> None:
    timed = TimedTransport(SlowTransport(clock, ZonosTooSlow("Zonos did not answer in time"), BROKE), clock)
    for _ in range(2):
        with pytest.raises(ZonosUnavailable):
            timed.post(REQUEST, Deadline.after(60, clock))
    assert timed.take_milliseconds() == [250]


def test_only_the_latest_99_are_kept_and_each_is_taken_once(clock: TestClock) -> None:
    slow = SlowTransport(clock, answered())
    timed = TimedTransport(slow, clock)
    for n in range(150):
        slow.seconds = n / 1000
        timed.post(REQUEST, Deadline.after(60, clock))
    assert timed.take_milliseconds() == list(range(51, 150))
    assert timed.take_milliseconds() == []


class FixedSecret:
    """A secret that is right."""

    def current(self) -> str:
        return "canary"

    def refresh(self) -> str:
        return "canary"


class Kept:
    """As many times as are ever kept."""

    def __init__(self, clock: TestClock) -> None:
        self._timed = TimedTransport(ScriptedTransport(answered()), clock)
        for _ in range(150):
            self._timed.post(REQUEST, Deadline.after(60, clock))

    def take_zonos_milliseconds(self) -> list[int]:
        return self._timed.take_milliseconds()


def test_as_many_as_are_kept_go_into_one_line(clock: TestClock, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept(clock)
    handler = telemetry.metrics.log_metrics(telemetry.timing_zonos(lambda: kept)(lambda _event, _context: {}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that there was nothing left to print
        handler({}, LambdaContext())
    (line,) = capsys.readouterr().out.splitlines()
    assert line.count("0.0") == 99
