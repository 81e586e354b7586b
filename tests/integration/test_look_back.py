"""A list that names no statuses: the first run of each day asks for what the list does not say."""

from typing import Any

import pytest

from tests.broken_aws import UNREACHABLE
from tests.integration.functions import Functions
from tests.integration.runs import DAY, MINUTE, days_ago, details_asked, list_once, pay, run
from tests.world import World
from zonos_orders.instants import day_of, shift_day
from zonos_orders.wiring import Application

CANCEL, DONE = "IGLOBAL_ORDER_CANCELLED", "VENDOR_END_OF_DAY_COMPLETE"


@pytest.fixture
def silent(world: World) -> World:
    """A world in which the list names no statuses."""
    world.zonos.list_status_keys = None
    return world


@pytest.fixture
def application(silent: World) -> Application:
    return silent.application(REFRESH_CALLS_PER_RUN="0", IMPORT_CONCURRENCY="1")


def next_day(world: World, application: Application, **more: Any) -> list[str]:
    """Return which orders the first run of the next day asks for."""
    world.clock.pass_time(DAY)
    world.zonos.reset_calls()
    assert run(application, **more).outcome == "clean"
    return details_asked(world)


@pytest.mark.parametrize("age", [0, 20], ids=["new", "older than the refresh goes back"])
@pytest.mark.parametrize("calls", ["0", "20"])
def test_a_cancellation_is_noticed_within_a_day(silent: World, age: int, calls: str) -> None:
    functions = Functions(silent, REFRESH_CALLS_PER_RUN=calls)
    order_id = silent.zonos.pay(completed_at=days_ago(silent, age), order_date=days_ago(silent, age))
    functions.reconcile()
    silent.clock.pass_time(MINUTE)
    silent.zonos.cancel(order_id)
    silent.clock.pass_time(DAY)
    assert functions.reconcile()["looked_back"] == 1
    assert silent.order(order_id)["disposition"] == "CANCELLED"
    assert functions.metrics["OrderCancelledAfterReady"] == 1


def test_only_the_first_run_of_a_day_asks_and_only_for_what_is_not_final(
    silent: World, application: Application
) -> None:
    ready, held, *final = pay(silent, 4)
    silent.zonos.hold(held)
    for order_id, status in zip(final, (CANCEL, DONE), strict=True):
        silent.zonos.set_status(order_id, status)
    run(application)
    assert next_day(silent, application) == [ready, held]
    silent.clock.pass_time(15 * MINUTE)
    silent.zonos.reset_calls()
    run(application)
    assert details_asked(silent) == []


def test_an_order_whose_status_the_list_names_is_not_asked_for(
    world: World, application: Application
) -> None:
    named, unnamed = pay(world, 2)
    run(application)
    world.clock.pass_time(DAY)
    list_once(world, {"id": named, "status": "IGLOBAL_ORDER_IN_PROCESS"}, {"id": unnamed})
    world.zonos.reset_calls()
    run(application)
    assert details_asked(world) == [unnamed]


def test_what_there_was_no_time_for_comes_first_on_the_next_day_and_holds_up_no_watermark(
    silent: World, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonos_orders.look_back._AT_ONCE", 2)
    a, b, c, d, e = pay(silent, 5)
    run(application)
    silent.each_call_takes = 50
    assert next_day(silent, application) == [a, b, c]
    assert silent.reconciliation_table.watermark("999") == "20261119"
    silent.each_call_takes = 0
    asked = next_day(silent, application)
    assert (set(asked[:2]), set(asked[2:4]), asked[4]) == ({c, d}, {e, a}, b)


def test_a_watermark_of_a_day_to_come_does_not_make_every_run_the_first_of_its_day(
    silent: World, application: Application
) -> None:
    pay(silent)
    run(application)
    silent.reconciliation_table.raise_watermark("999", "20271118")
    assert len(next_day(silent, application)) == 1
    silent.zonos.reset_calls()
    run(application)
    assert details_asked(silent) == []
    assert len(next_day(silent, application)) == 1


def test_on_the_day_that_a_clock_which_was_ahead_has_named_the_first_run_looks_back_too(
    silent: World, application: Application
) -> None:
    silent.zonos.pay(completed_at=days_ago(silent, 20), order_date=days_ago(silent, 20))
    silent.reconciliation_table.raise_watermark("999", shift_day(day_of(silent.clock.now_ms()), 1))
    run(application)
    assert len(next_day(silent, application)) == 1
    silent.zonos.reset_calls()
    run(application)
    assert details_asked(silent) == []


def test_an_order_on_record_as_a_failure_is_left_to_its_own_pace(
    silent: World, application: Application
) -> None:
    good, bad = pay(silent, 2)
    run(application)
    silent.zonos.bad_orders = {bad}
    assert set(next_day(silent, application)) == {good, bad}
    (failure,) = silent.reconciliation_table.failures().values()
    assert failure.order_id == bad


def test_what_was_found_is_reported_although_aws_fails_then_and_the_next_run_asks_again(
    silent: World,
) -> None:
    functions = Functions(silent, REFRESH_CALLS_PER_RUN="0")
    order_id = silent.zonos.pay()
    functions.reconcile()
    silent.clock.pass_time(DAY)
    silent.zonos.cancel(order_id)
    silent.aws.fail("UpdateItem", UNREACHABLE, about="look_back")
    assert functions.reconcile()["outcome"] == "incomplete"
    assert functions.metrics["OrderCancelledAfterReady"] == 1
    silent.aws.recover()
    assert functions.reconcile()["outcome"] == "clean"
