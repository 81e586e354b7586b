"""Work with an end: whoever waits is never held up longer than agreed."""

import gc
import threading
import time
import weakref
from typing import Any

import pytest

from zonos_orders.threads import Overrun, Threads

LONG, SHORT = 10.0, 0.02
call_within = Threads().call_within


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


def test_a_thread_that_is_done_serves_another_call() -> None:
    threads = {call_within(LONG, threading.current_thread) for _ in range(200)}

    assert len(threads) < 100


def test_a_thread_that_works_still_serves_nobody_else() -> None:
    release = threading.Event()
    with pytest.raises(Overrun):
        call_within(SHORT, release.wait)

    try:
        assert call_within(LONG, lambda: "done") == "done"
    finally:
        release.set()


def test_a_thread_that_waits_holds_nothing_of_what_it_did() -> None:
    class Large:
        def work(self) -> "Large":
            return self

    large = Large()
    assert call_within(LONG, large.work) is large
    held = weakref.ref(large)
    del large

    assert _goes(held)


def test_a_thread_that_waits_holds_nothing_of_what_went_wrong() -> None:
    class Odd(Exception):
        pass

    def fail() -> None:
        raise Odd

    try:
        call_within(LONG, fail)
    except Odd as exc:
        held = weakref.ref(exc)

    assert _goes(held)


def test_work_side_by_side_is_done_so_many_at_a_time() -> None:
    inside, most, lock = [], [], threading.Lock()

    def work() -> None:
        with lock:
            inside.append(1)
            most.append(len(inside))
        time.sleep(SHORT)
        with lock:
            inside.pop()

    Threads().side_by_side([work] * 6, 2)

    assert (len(most), max(most)) == (6, 2)


def test_one_failure_beside_others_is_raised_when_all_are_done() -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        Threads().side_by_side([fail, lambda: done.append(1), lambda: done.append(2)], 1)

    assert done == [1, 2]


def test_no_work_needs_no_thread() -> None:
    Threads().side_by_side([], 4)


def _goes(held: "weakref.ref[Any]") -> bool:
    """Say whether it is let go of, by no help of the collector's: that may come long after."""
    gc.disable()
    try:
        end = time.monotonic() + LONG
        while held() is not None and time.monotonic() < end:
            time.sleep(SHORT / 20)
        return held() is None
    finally:
        gc.enable()
