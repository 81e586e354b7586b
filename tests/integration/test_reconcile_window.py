"""How far the reconciliation looks back, how it asks for that, and how far it gets in its time."""

import time
from datetime import datetime
from typing import Any

import pytest

from tests.integration.runs import DAY, HOUR, MINUTE, TODAY, days_ago, details_asked, error_class, pay, run
from tests.world import STORE, TestClock, World
from zonos_orders.clock import Clock
from zonos_orders.errors import AwsUnavailable
from zonos_orders.instants import day_of, shift_day
from zonos_orders.wiring import Application


def found_after(world: World, application: Application, completed_at: datetime) -> bool:
    """Say whether the next run finds an order that was completed then."""
    order_id = world.zonos.pay(order_date=completed_at)
    run(application)
    return order_id in world.order_ids()


@pytest.mark.parametrize(("days", "is_found"), [(29, True), (30, True), (31.5, False)])
def test_the_first_run_looks_back_thirty_days(
    world: World, application: Application, days: float, is_found: bool
) -> None:
    assert found_after(world, application, days_ago(world, days)) is is_found


@pytest.mark.parametrize(("days", "is_found"), [(0, True), (2, True), (4, False)])
def test_a_later_run_of_the_day_looks_back_two_days(
    world: World, application: Application, days: float, is_found: bool
) -> None:
    run(application)
    assert found_after(world, application, days_ago(world, days)) is is_found


def test_the_first_run_of_each_day_looks_back_thirty_days(
    world: World, clock: TestClock, application: Application
) -> None:
    run(application)
    clock.pass_time(DAY)
    assert found_after(world, application, days_ago(world, 29))


@pytest.mark.parametrize("days_ahead", [5, 400])
def test_a_clock_that_was_days_ahead_hides_no_order(
    world: World, clock: TestClock, application: Application, days_ahead: int
) -> None:
    clock.pass_time(days_ahead * DAY)
    run(application)
    clock.pass_time(-days_ahead * DAY)
    assert found_after(world, application, days_ago(world, 29))


def test_a_run_whose_lookups_take_too_long_ends_in_time_and_says_so(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world, 101)  # two calls to look them up
    world.aws.before("BatchGetItem", lambda: clock.pass_time(290), about="zonos_status")
    with pytest.raises(AwsUnavailable, match="the time was over"):
        run(application)
    assert world.order_ids() == set()
    world.aws.recover()
    assert run(application).outcome == "clean"


def test_a_first_run_of_the_day_that_failed_is_made_up_for(
    world: World, clock: TestClock, application: Application
) -> None:
    run(application)
    clock.pass_time(DAY)
    world.zonos.answer_next("orderNumbers", 200, "text/html", b"<html>")
    run(application)
    assert found_after(world, application, days_ago(world, 29))


def test_after_a_long_outage_it_looks_back_to_before_the_outage(world: World, clock: TestClock) -> None:
    application = world.application(INITIAL_LOOKBACK_DAYS="1")
    run(application)
    clock.pass_time(10 * DAY)
    assert found_after(world, application, days_ago(world, 11))


def test_the_watermark_is_the_day_of_the_last_clean_run(
    world: World, clock: TestClock, application: Application
) -> None:
    assert run(application).watermark == TODAY
    clock.pass_time(DAY)
    run(application)
    assert world.watermark() == shift_day(TODAY, 1)


def test_the_watermark_is_the_day_of_the_listing_not_of_the_end(
    world: World, clock: TestClock, application: Application
) -> None:
    clock.pass_time(12 * HOUR + 53 * MINUTE)  # 23:59:40
    pay(world)
    world.each_call_takes = 30
    run(application)
    assert (day_of(clock.now_ms()), world.watermark()) == (shift_day(TODAY, 1), TODAY)


def test_the_watermark_never_falls(world: World, application: Application) -> None:
    tomorrow = shift_day(TODAY, 1)
    world.reconciliation_table.raise_watermark(STORE, tomorrow)
    assert run(application).watermark == tomorrow
    assert world.watermark() == tomorrow


# More than a run can look up


def test_a_backlog_beyond_what_is_looked_up_is_imported_oldest_first_and_what_was_stored_stays(
    world: World, one_at_a_time: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonos_orders.import_listed._LOOKED_UP_AT_ONCE", 1)
    monkeypatch.setattr("zonos_orders.import_listed._MISSING_AT_MOST", 2)
    *_, stored = orders = pay(world, 5)
    one_at_a_time.confirm_order(stored)
    before = world.order(stored)
    world.zonos.reset_calls()
    summary = run(one_at_a_time)
    assert (summary.outcome, summary.recovered) == ("clean", 4)
    assert details_asked(world) == [*orders, stored]  # once more, upon what the table was seen to hold
    assert (world.order_ids(), world.order(stored)) == (set(orders), before)
    assert run(one_at_a_time).outcome == "clean"


# A list that is too large


def test_a_list_that_is_too_large_is_asked_for_in_halves(world: World, application: Application) -> None:
    for age in (29, 16, 14, 0):
        world.zonos.pay(completed_at=days_ago(world, age))
    world.zonos.answer_next("orderNumbers", 200, "application/json", b" " * (96 * 1024 * 1024 + 1))
    summary = run(application)
    assert (summary.outcome, summary.listed, world.watermark()) == ("clean", 4, TODAY)
    assert world.zonos.calls("orderNumbers") == 3


def test_a_list_that_is_too_large_for_a_few_days_is_given_up(world: World) -> None:
    application = world.application(INITIAL_LOOKBACK_DAYS="1")
    world.zonos.answer_next("orderNumbers", 200, "application/json", b" " * (96 * 1024 * 1024 + 1))
    summary = run(application)
    assert (summary.outcome, error_class(summary)) == ("refused", "AnswerTooLarge")
    assert world.watermark() is None


# The time


def test_what_time_did_not_suffice_for_is_left_to_the_next_run(
    world: World, one_at_a_time: Application
) -> None:
    paid = pay(world, 20)
    world.each_call_takes = 10
    summary = run(one_at_a_time, seconds=120)
    assert summary.outcome == "incomplete"
    assert summary.tally.left == 20 - len(world.order_ids()) > 0
    assert (len(world.order_ids()) > 0, world.failures(), world.watermark()) == (True, {}, None)
    world.each_call_takes = 0
    assert run(one_at_a_time).outcome == "clean"
    assert (world.order_ids(), world.watermark()) == (set(paid), TODAY)


def test_a_run_ends_in_time_although_zonos_is_silent(world: World) -> None:
    pay(world, 3)
    world.zonos.break_down("silence")
    application = world.application(Clock())
    began = time.monotonic()
    assert run(application, seconds=5).outcome == "unavailable"
    assert time.monotonic() - began < 5


def test_a_short_invocation_has_time_for_orders_too(world: World, application: Application) -> None:
    paid = pay(world, 3)
    assert run(application, seconds=20).outcome == "clean"
    assert world.order_ids() == set(paid)


@pytest.mark.parametrize("event", [{}, {"sinceOrderId": "999-100"}])
def test_a_listing_gets_45_seconds_of_zonos_at_most(
    world: World, clock: TestClock, application: Application, event: dict[str, Any]
) -> None:
    world.zonos.break_down("rate_limited", seconds=30)  # each pause that it asks for
    began = clock.now_ms()
    assert run(application, **event).outcome == "unavailable"
    assert clock.now_ms() - began <= 45_000
