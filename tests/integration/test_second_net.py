"""Where orders bear the merchant's numbers, the list of those without one is a second net."""

import json
from typing import Any

import pytest

from tests.integration.functions import Functions
from tests.integration.hand_overs import TELL, is_written_back, number, numbers_at_zonos, taken_over
from tests.integration.runs import (
    DAY,
    HOUR,
    MINUTE,
    TODAY,
    days_ago,
    details_asked,
    error_class,
    list_once,
    pay,
    run,
)
from tests.world import TestClock, World
from zonos_orders.wiring import Application


@pytest.fixture
def application(world: World) -> Application:
    return world.application(MERCHANT_ORDER_IDS="used")


def hidden(world: World, application: Application, days: float = 10) -> str:
    """An order of days ago that comes up after the day's first run: the later ones look back two days."""
    run(application)
    return world.zonos.pay(completed_at=days_ago(world, days))


def second_list(world: World, *entries: Any, status: int = 200, body: bytes = b"") -> None:
    """Let the first list be the empty one and the second this."""
    list_once(world)
    body = body or json.dumps({"orders": entries}).encode()
    world.zonos.answer_next("orderNumbers", status, "application/json", body)


def test_an_order_outside_of_the_window_is_found_by_its_missing_number(
    world: World, application: Application
) -> None:
    order_id = hidden(world, application)

    summary = run(application)

    assert (summary.outcome, summary.recovered, summary.recovered_by_number) == ("clean", 1, 1)
    assert world.order(order_id)["imported_by"] == "reconcile"


def test_what_both_lists_name_is_recovered_once(world: World, application: Application) -> None:
    pay(world, 3)
    summary = run(application)
    assert (summary.recovered, summary.recovered_by_number, summary.catch.listed) == (3, 0, 3)
    assert len(details_asked(world)) == 3


def test_who_does_not_use_numbers_is_not_asked_for_them(world: World) -> None:
    application = world.application()
    order_id = hidden(world, application)
    world.zonos.reset_calls()

    summary = run(application)

    assert (order_id in world.order_ids(), world.zonos.calls("orderNumbers")) == (False, 1)
    assert summary.catch.listed is None


def test_a_status_that_changed_outside_of_the_window_is_noticed(
    world: World, clock: TestClock, application: Application
) -> None:
    order_id = hidden(world, application)
    run(application)
    clock.pass_time(MINUTE)
    world.zonos.cancel(order_id)

    run(application)

    assert world.order(order_id)["disposition"] == "CANCELLED"


def test_a_second_list_that_names_nothing_new_asks_for_no_order(
    world: World, application: Application
) -> None:
    hidden(world, application)
    run(application)
    world.zonos.reset_calls()

    run(application)

    assert (world.zonos.calls("orderNumbers"), world.zonos.calls("orderDetail")) == (2, 0)


def test_an_order_that_only_the_second_list_names_is_recorded_when_it_fails(
    world: World, application: Application
) -> None:
    order_id = hidden(world, application)
    world.zonos.edit(order_id, orderId="999-7")
    assert run(application).outcome == "clean"
    assert world.failures()[order_id].error.startswith("UnexpectedAnswer: ")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"error": "Invalid post body"}', "RequestRejected"),
        (200, b"<html>", "UnexpectedAnswer"),
        (200, b'{"orders": [{"id": "998-5"}]}', "UnexpectedAnswer"),
        (400, b'{"error": "Invalid security credentials"}', "BadCredentials"),
    ],
)
def test_a_second_list_that_fails_spoils_no_run_and_is_told(
    world: World, application: Application, status: int, body: bytes, error: str
) -> None:
    second_list(world, status=status, body=body)

    summary = run(application)

    assert (summary.outcome, error_class(summary), world.watermark()) == ("clean", "", TODAY)
    assert (summary.catch.error or "").startswith(f"{error}: ")
    assert summary.counts()["second_list"] == {
        "listed": None,
        "lost_numbers": 0,
        "error": summary.catch.error,
    }


def test_a_second_list_is_counted_by_what_it_brings_and_when_it_fails(world: World) -> None:
    functions = Functions(world, MERCHANT_ORDER_IDS="used")
    functions.reconcile()
    world.zonos.pay(completed_at=days_ago(world, 10))
    functions.reconcile()
    assert (functions.metrics["OrdersRecovered"], functions.metrics["OrdersRecoveredByNumber"]) == (1, 1)
    assert "SecondListFailed" not in functions.metrics
    second_list(world, status=400, body=b'{"error": "Invalid post body"}')
    functions.reconcile()
    assert functions.metrics["SecondListFailed"] == 1


# A number that Zonos has lost


@pytest.fixture
def lost(world: World, clock: TestClock, application: Application) -> str:
    (order_id,) = taken_over(world, application)
    world.zonos.set_merchant_order_id(order_id, "")
    world.zonos.reset_calls()
    return order_id


def test_a_number_that_zonos_has_lost_is_told_again_within_a_day(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    clock.pass_time(DAY)

    summary = run(application)

    assert (summary.catch.lost, summary.write_backs.confirmed) == (1, 1)
    assert numbers_at_zonos(world, [lost]) == {lost: number(lost)}
    assert is_written_back(world, lost)


def test_a_lost_number_that_was_seen_at_zonos_before_is_told_again(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    world.zonos.set_merchant_order_id(lost, number(lost))
    run(application, orderIds=[lost])
    world.zonos.set_merchant_order_id(lost, "")
    clock.pass_time(DAY)

    summary = run(application)

    assert (summary.catch.lost, summary.write_backs.confirmed) == (1, 1)
    assert numbers_at_zonos(world, [lost]) == {lost: number(lost)}


def test_lost_numbers_are_looked_for_once_a_day(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    clock.pass_time(HOUR)
    assert run(application).catch.lost == 0
    assert world.zonos.calls("orderDetail") == 0


def test_a_lost_number_of_an_order_that_changed_as_well_costs_one_look_a_day(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    clock.pass_time(DAY)
    world.zonos.hold(lost)

    counts = run(application).counts()

    assert (details_asked(world), counts["imported_changed"], counts["imported_unchanged"]) == ([lost], 1, 0)
    clock.pass_time(DAY)
    run(application)
    assert numbers_at_zonos(world, [lost]) == {lost: number(lost)}


def test_a_lost_number_of_an_order_that_fails_waits_for_its_next_attempt(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    clock.pass_time(DAY)
    world.zonos.edit(lost, orderId="999-7")
    run(application, orderIds=[lost])
    assert lost in world.failures()
    world.zonos.reset_calls()

    assert (run(application).catch.lost, details_asked(world)) == (0, [])


def test_an_order_that_the_run_has_tried_again_anyway_is_asked_for_once(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    world.zonos.edit(lost, orderId="999-7")
    run(application, orderIds=[lost])
    world.zonos.edit(lost, orderId=lost)
    world.zonos.reset_calls()
    clock.pass_time(DAY)

    run(application)

    assert (details_asked(world), dict(world.failures())) == ([lost], {})


def test_a_list_alone_does_not_prove_that_a_number_is_lost(
    world: World, clock: TestClock, application: Application
) -> None:
    (order_id,) = taken_over(world, application)
    run(application, orderIds=[order_id])
    revision = world.order(order_id)["revision"]
    world.zonos.reset_calls()
    clock.pass_time(DAY)
    second_list(world, {"id": order_id})

    assert run(application).catch.lost == 0

    assert (world.zonos.calls("orderDetail"), world.zonos.calls(TELL)) == (1, 0)
    assert world.order(order_id)["revision"] == revision


def test_orders_that_nobody_took_over_have_no_number_to_lose(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world, 2)
    run(application)
    world.zonos.reset_calls()
    clock.pass_time(DAY)
    assert run(application).catch.listed == 2
    assert world.zonos.calls("orderDetail") == 0


def test_a_number_that_is_outstanding_anyway_is_not_looked_for(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    world.zonos.break_down("status_500", operation=TELL)
    clock.pass_time(DAY)
    assert run(application).catch.lost == 1
    clock.pass_time(DAY)
    world.zonos.reset_calls()
    assert (run(application).catch.lost, world.zonos.calls("orderDetail")) == (0, 0)


def test_a_look_for_lost_numbers_that_fails_spoils_no_run(
    world: World, clock: TestClock, application: Application, lost: str
) -> None:
    clock.pass_time(DAY)
    world.aws.fail("BatchGetItem", about="taken_over_at")
    summary = run(application)
    assert (summary.outcome, summary.catch.lost) == ("clean", 0)
    assert (summary.catch.error or "").startswith("AwsUnavailable: ")
