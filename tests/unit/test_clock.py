"""Deadlines, on a clock that the test moves; and the machine's own clock."""

import time
from dataclasses import replace

import pytest

from tests.world import TestClock
from zonos_orders.clock import Clock, Deadline


def test_a_deadline_runs_down_with_the_clock() -> None:
    clock = TestClock()
    deadline = Deadline.after(10, clock)

    assert deadline.remaining() == pytest.approx(10)
    clock.pass_time(4)
    assert deadline.remaining() == pytest.approx(6)


def test_a_deadline_that_is_over_is_negative() -> None:
    clock = TestClock()
    deadline = Deadline.after(10, clock)
    clock.pass_time(12.5)

    assert deadline.remaining() == pytest.approx(-2.5)


@pytest.mark.parametrize(("seconds", "remaining"), [(3, 3), (10, 10), (60, 10), (-1, -1)])
def test_a_share_of_a_deadline_never_outlasts_it(seconds: float, remaining: float) -> None:
    deadline = Deadline.after(10, TestClock())

    assert deadline.at_most(seconds).remaining() == pytest.approx(remaining)


def test_a_share_begins_when_it_is_taken() -> None:
    clock = TestClock()
    deadline = Deadline.after(10, clock)
    clock.pass_time(5)
    share = deadline.at_most(2)

    assert share.remaining() == pytest.approx(2)
    assert deadline.at_most(8).remaining() == pytest.approx(5)
    clock.pass_time(1)
    assert share.remaining() == pytest.approx(1)


def test_a_reserve_stays_unused() -> None:
    clock = TestClock()
    deadline = Deadline.after(10, clock)
    clock.pass_time(1)

    assert deadline.sooner_by(4).remaining() == pytest.approx(5)
    assert deadline.sooner_by(20).remaining() == pytest.approx(-11)


def test_a_derived_deadline_leaves_the_first_as_it_is() -> None:
    deadline = Deadline.after(10, TestClock())
    before = replace(deadline)
    deadline.at_most(1)
    deadline.sooner_by(9)

    assert deadline == before


def test_the_machines_clock_tells_the_time_in_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    now = Clock().now_ms()

    assert before <= now <= time.time_ns() // 1_000_000


def test_the_machines_clock_sleeps_and_never_goes_back() -> None:
    clock = Clock()
    before = clock.monotonic()
    clock.sleep(0.01)

    assert clock.monotonic() - before >= 0.009
