"""Work with an end: whoever waits is never held up longer than agreed."""

import threading
import time

import pytest

from zonos_orders.bounded import Overrun, call_within

LONG, SHORT = 10.0, 0.02


def test_work_that_is_done_in_time_returns_its_value() -> None:
    assert call_within(LONG, lambda: "done") == "done"


def test_work_may_return_nothing() -> None:
    assert call_within(LONG, lambda: None) is None


@pytest.mark.parametrize("error", [ValueError("odd"), TimeoutError("its own"), KeyboardInterrupt()])
def test_what_the_work_raises_is_raised_here_as_it_is(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        call_within(LONG, fail)

    assert raised.value is error


@pytest.mark.parametrize("seconds", [SHORT, 0.0, -5.0])
def test_work_that_takes_longer_is_left_to_itself(seconds: float) -> None:
    release, ended = threading.Event(), threading.Event()

    def work() -> None:
        release.wait(LONG)
        ended.set()

    begun = time.monotonic()
    with pytest.raises(Overrun):
        call_within(seconds, work)
    waited = time.monotonic() - begun

    assert waited < LONG / 2
    assert not ended.is_set()
    release.set()
    assert ended.wait(LONG)


def test_an_overrun_does_not_drag_the_time_out_along() -> None:
    release = threading.Event()
    with pytest.raises(Overrun) as raised:
        call_within(SHORT, lambda: release.wait(LONG))
    release.set()

    assert raised.value.__suppress_context__


def test_work_runs_beside_the_caller_and_holds_up_no_exit() -> None:
    thread = call_within(LONG, threading.current_thread)

    assert thread is not threading.current_thread()
    assert thread.daemon
