"""The reconciliation goes on around whatever fails, tells of it, and makes up for it."""

from typing import Any

import pytest

from tests.integration.runs import (
    DAY,
    HOUR,
    MINUTE,
    TODAY,
    days_ago,
    details_asked,
    error_class,
    pay,
    run,
    tables,
)
from tests.world import TestClock, World
from zonos_orders.wiring import Application


def test_a_poisoned_order_is_recorded_and_the_others_imported(
    world: World, one_at_a_time: Application
) -> None:
    first, poisoned, last = *pay(world), *pay(world, orderId="999-7"), *pay(world)
    summary = run(one_at_a_time)
    assert (summary.outcome, dict(summary.tally.failed)) == ("clean", {"UnexpectedAnswer": 1})
    assert (world.order_ids(), world.watermark()) == ({first, last}, TODAY)
    assert world.failures()[poisoned].error.startswith("UnexpectedAnswer: ")


def test_a_poisoned_order_is_tried_again_after_growing_pauses(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world, orderId="999-7")
    tried = []
    for _ in range(9):  # every quarter of an hour
        world.zonos.reset_calls()
        run(application)
        tried.append(world.zonos.calls("orderDetail"))
        clock.pass_time(15 * MINUTE)
    assert tried == [1, 1, 0, 1, 0, 0, 0, 1, 0]


def test_a_pause_ends_before_the_next_run_although_looking_takes_time(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world, orderId="999-7")
    world.each_call_takes = 1
    began = clock.now_ms()
    tried = []
    for n in range(1, 5):
        world.zonos.reset_calls()
        run(application)
        tried.append(world.zonos.calls("orderDetail"))
        clock.pass_time(n * 15 * MINUTE - (clock.now_ms() - began) / 1000)
    assert tried == [1, 1, 0, 1]


def test_the_pauses_grow_to_an_hour_and_no_longer(
    world: World, clock: TestClock, application: Application
) -> None:
    (poisoned,) = pay(world, orderId="999-7")
    for _ in range(12):
        run(application)
        clock.pass_time(DAY)
    failure = world.failures()[poisoned]
    assert failure.strikes == 12
    assert failure.next_attempt_at - failure.last_failed_at == 56 * MINUTE * 1000


def test_a_healed_order_is_imported_and_its_record_closed(
    world: World, clock: TestClock, application: Application
) -> None:
    (poisoned,) = pay(world, orderId="999-7")
    run(application)
    world.zonos.edit(poisoned, orderId=poisoned)
    clock.pass_time(15 * MINUTE)
    summary = run(application)
    assert (summary.missing, summary.due, summary.recovered) == (1, 1, 1)
    assert (world.order_ids(), world.failures()) == ({poisoned}, {})


def test_garbage_in_the_middle_is_recorded(world: World, one_at_a_time: Application) -> None:
    paid = pay(world, 2)
    world.zonos.answer_next("orderDetail", 200, "text/html", b"\xff\xfe garbage")
    run(one_at_a_time)
    assert (set(world.failures()), world.order_ids()) == ({paid[0]}, {paid[1]})


def test_listed_but_not_found_is_left_to_a_later_run(
    world: World, clock: TestClock, application: Application
) -> None:
    (order_id,) = pay(world)
    world.zonos.break_down("not_yet", seconds=10 * MINUTE)
    assert run(application).outcome == "clean"
    assert world.failures()[order_id].error.startswith("OrderNotFound: ")
    clock.pass_time(15 * MINUTE)
    run(application)
    assert (world.order_ids(), world.failures()) == ({order_id}, {})


@pytest.fixture
def disagreeing(world: World, clock: TestClock, application: Application) -> str:
    """An order that is listed as on hold and in its details is not; one run has met that."""
    (order_id,) = pay(world)
    clock.pass_time(MINUTE)
    world.zonos.hold(order_id)
    world.zonos.edit(order_id, orderStatus="IGLOBAL_ORDER_IN_PROCESS")
    run(application)
    clock.pass_time(MINUTE)
    run(application)
    world.zonos.reset_calls()
    return order_id


def test_a_lasting_disagreement_is_recorded_and_not_fetched_each_run(
    world: World, application: Application, disagreeing: str
) -> None:
    assert run(application).outcome == "clean"
    assert world.failures()[disagreeing].error.startswith("StatusDisagrees: ")
    assert (world.zonos.calls("orderDetail"), world.order(disagreeing)["revision"]) == (0, 1)


def test_a_lasting_disagreement_is_looked_at_after_growing_pauses(
    world: World, clock: TestClock, application: Application, disagreeing: str
) -> None:
    clock.pass_time(15 * MINUTE)
    run(application)
    failure = world.failures()[disagreeing]
    assert failure.strikes == 2
    assert failure.next_attempt_at - failure.last_failed_at == 28 * MINUTE * 1000


def test_a_disagreement_hides_no_further_change(
    world: World, clock: TestClock, application: Application, disagreeing: str
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.cancel(disagreeing)
    world.zonos.edit(disagreeing, orderStatus="IGLOBAL_ORDER_CANCELLED")
    run(application)
    assert (world.order(disagreeing)["disposition"], world.failures()) == ("CANCELLED", {})


def test_a_disagreement_that_ends_is_forgotten(
    world: World, clock: TestClock, application: Application, disagreeing: str
) -> None:
    world.zonos.edit(disagreeing, orderStatus="IGLOBAL_ORDER_ON_HOLD")
    clock.pass_time(15 * MINUTE)
    run(application)
    assert (world.failures(), world.order(disagreeing)["disposition"]) == ({}, "HELD")


# Redirects for numbers that were guessed while Zonos was down


@pytest.fixture
def guessed(world: World, application: Application) -> str:
    world.zonos.break_down("status_500", operation="orderDetail")
    application.confirm_order("999-4711")
    assert set(world.failures()) == {"999-4711"}
    return "999-4711"


def test_a_guess_is_forgotten_when_zonos_is_back(
    world: World, application: Application, guessed: str
) -> None:
    world.zonos.recover()
    assert run(application).outcome == "clean"
    assert world.failures() == {}


def test_a_guess_is_forgotten_although_a_run_met_the_same_outage(
    world: World, clock: TestClock, application: Application, guessed: str
) -> None:
    run(application)
    world.zonos.recover()
    clock.pass_time(15 * MINUTE)
    run(application)
    assert world.failures() == {}


# Orders for which Zonos always fails


class Still(TestClock):
    """A clock whose pauses take no time: side by side, they would add up for all."""

    def sleep(self, seconds: float) -> None:
        pass


@pytest.mark.parametrize("concurrency", ["1", "16"])
def test_orders_that_zonos_can_never_show_hold_up_no_new_one(world: World, concurrency: str) -> None:
    application = world.application(Still(), IMPORT_CONCURRENCY=concurrency)
    world.zonos.bad_orders = set(pay(world, 20))
    for _ in range(4):
        run(application)
    assert world.failures().keys() == world.zonos.bad_orders
    new = set(pay(world, 5))
    run(application)
    assert world.order_ids() == new


@pytest.mark.parametrize("concurrency", ["1", "16"])
def test_new_orders_are_held_up_no_longer_than_older_ones_go_on_record(
    world: World, concurrency: str
) -> None:
    """Five in a row that Zonos cannot show end a run, and are on record; how many more are is not sure."""
    application = world.application(Still(), IMPORT_CONCURRENCY=concurrency)
    world.zonos.bad_orders = set(pay(world, 20))
    new = set(pay(world, 5))
    for _ in range(20 // 5 + 1):
        run(application)
    assert world.order_ids() == new


def test_an_order_that_zonos_can_never_show_gets_strikes_while_others_come_through(
    world: World, clock: TestClock, one_at_a_time: Application
) -> None:
    (bad,) = world.zonos.bad_orders = set(pay(world))
    for _ in range(3):
        pay(world)
        assert run(one_at_a_time).outcome == "clean"
        clock.pass_time(HOUR)
    failure = world.failures()[bad]
    assert (failure.strikes, failure.next_attempt_at - failure.last_failed_at) == (3, 56 * MINUTE * 1000)


@pytest.mark.parametrize("concurrency", ["1", "16"])
def test_orders_that_zonos_can_never_show_do_not_stop_the_watermark(world: World, concurrency: str) -> None:
    application = world.application(Still(), IMPORT_CONCURRENCY=concurrency)
    world.zonos.bad_orders = set(pay(world, 30))
    outcomes = [str(run(application).outcome) for _ in range(7)]
    assert world.failures().keys() == world.zonos.bad_orders
    assert (outcomes[-1], world.watermark()) == ("clean", TODAY)


def test_a_listed_order_that_a_buyer_named_first_is_never_taken_for_a_guess(
    world: World, clock: TestClock, application: Application
) -> None:
    world.zonos.break_down("status_500")
    (paid,) = pay(world)
    application.confirm_order(paid)
    world.zonos.recover()
    world.zonos.break_down("not_yet", seconds=HOUR)
    for _ in range(3):
        run(application)
        clock.pass_time(HOUR / 4)
    assert world.failures()[paid].error.startswith("OrderNotFound")
    clock.pass_time(HOUR)
    run(application)
    assert (world.order_ids(), dict(world.failures())) == ({paid}, {})


def test_an_order_that_was_listed_once_is_no_guess_when_the_list_no_longer_goes_back_to_it(
    world: World, clock: TestClock, application: Application
) -> None:
    run(application)  # of the day: later runs look back two days
    clock.pass_time(DAY)
    paid = world.zonos.pay(completed_at=days_ago(world, 5))
    world.zonos.break_down("status_500")
    application.confirm_order(paid)
    world.zonos.recover()
    world.zonos.break_down("not_yet", seconds=7 * DAY)
    run(application)  # lists it, once
    for _ in range(3):
        clock.pass_time(HOUR)
        run(application)
    assert world.failures()[paid].error.startswith("OrderNotFound")


# Zonos is down


def test_zonos_down_in_the_middle_stops_the_run_after_five_orders(
    world: World, one_at_a_time: Application
) -> None:
    pay(world, 8)
    world.zonos.break_down("status_500", operation="orderDetail")
    summary = run(one_at_a_time)
    assert (summary.outcome, summary.tally.left) == ("incomplete", 3)
    assert (len(set(details_asked(world))), world.watermark()) == (5, None)


def test_the_run_after_an_outage_brings_everything(world: World, one_at_a_time: Application) -> None:
    paid = pay(world, 8)
    world.zonos.break_down("html_502", operation="orderDetail")
    run(one_at_a_time)
    world.zonos.recover()
    assert run(one_at_a_time).outcome == "clean"
    assert (world.order_ids(), world.failures(), world.watermark()) == (set(paid), {}, TODAY)


def test_single_failures_of_zonos_do_not_stop_the_run(world: World, one_at_a_time: Application) -> None:
    paid = pay(world, 8)
    for order_id in paid[:4]:
        world.zonos.edit(order_id, orderId="999-7")
    world.zonos.answer_next("orderDetail", 503, "text/html", b"")
    summary = run(one_at_a_time)
    assert (summary.outcome, world.order_ids()) == ("clean", set(paid[4:]))


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited"])
def test_a_listing_that_fails_changes_nothing(
    world: World, clock: TestClock, application: Application, fault: Any
) -> None:
    pay(world)
    run(application)
    before = tables(world)[0]
    clock.pass_time(DAY)
    pay(world)
    world.zonos.break_down(fault, operation="orderNumbers", seconds=HOUR)
    assert run(application).outcome == "unavailable"
    assert (tables(world)[0], world.failures(), world.watermark()) == (before, {}, TODAY)


def test_a_listing_that_is_not_understood_is_refused(world: World, application: Application) -> None:
    for body in (b"null", b"[]", b'{"orders": 5}', b'{"error": "new"}', b"<html>"):
        world.zonos.answer_next("orderNumbers", 200, "application/json", body)
        summary = run(application)
        assert (summary.outcome, error_class(summary)) == ("refused", "UnexpectedAnswer")
    assert world.watermark() is None


def test_bad_credentials_stop_the_run_at_once(world: World, application: Application) -> None:
    pay(world, 8)
    world.zonos.secret = "another"
    assert run(application).outcome == "bad_credentials"
    assert (world.zonos.calls(), world.order_ids(), world.watermark()) == (1, set(), None)


def test_credentials_that_turn_bad_in_the_middle_stop_the_run(
    world: World, one_at_a_time: Application
) -> None:
    paid = pay(world, 8)
    refusal = b'{"error": "Invalid security credentials"}'
    world.zonos.answer_next("orderDetail", 400, "application/json", refusal)
    summary = run(one_at_a_time)
    assert (summary.outcome, summary.tally.left) == ("bad_credentials", 7)
    assert (details_asked(world), world.watermark()) == ([paid[0]], None)
