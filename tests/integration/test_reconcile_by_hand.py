"""Reconciliations by hand do what their payload says, and leave the schedule's records alone."""

import time
from typing import Any

import pytest

from tests.integration.runs import DAY, MINUTE, TODAY, days_ago, details_asked, pay, run, tables
from tests.world import TestClock, World
from zonos_orders.clock import Clock
from zonos_orders.import_many import Tally
from zonos_orders.import_order import Imported
from zonos_orders.instants import shift_day
from zonos_orders.merge import Outcome
from zonos_orders.run_summary import finished
from zonos_orders.stored_order import StoredOrder
from zonos_orders.wiring import Application

BY_HAND: list[dict[str, Any]] = [
    {"sinceDate": TODAY},
    {"sinceDate": shift_day(TODAY, -3), "throughDate": TODAY},
    {"sinceOrderId": "999-100"},
    {"orderIds": ["999-100", "101", "0000102"]},
    {"referenceIds": ["cart-100", "cart-101", "cart-102"]},
]


@pytest.mark.parametrize("event", BY_HAND)
def test_a_run_by_hand_imports_and_touches_neither_watermark_nor_lease(
    world: World, application: Application, event: dict[str, Any]
) -> None:
    paid = pay(world, 3)
    world.take_lease("the scheduled run")
    before = tables(world)[1]
    assert run(application, **event).outcome == "clean"
    assert (world.order_ids(), tables(world)[1]) == (set(paid), before)


@pytest.mark.parametrize("event", [*BY_HAND, {"recheck": "held"}])
def test_a_dry_run_writes_nothing(
    world: World, clock: TestClock, application: Application, event: dict[str, Any]
) -> None:
    held = world.zonos.pay("fraud_review")
    run(application)
    clock.pass_time(MINUTE)
    world.zonos.release(held)
    pay(world, orderId="999-7")
    pay(world)
    before = (*tables(world), world.executions())
    summary = run(application, **event, dryRun=True)
    assert summary.details()["orders"][held] == "changed"
    assert (*tables(world), world.executions()) == before


@pytest.mark.parametrize("event", [{"orderIds": ["999-100"]}, {"sinceDate": TODAY}])
def test_a_run_by_hand_does_not_wait_for_the_next_attempt(
    world: World, application: Application, event: dict[str, Any]
) -> None:
    (order_id,) = pay(world, orderId="999-7")
    run(application)
    world.zonos.edit(order_id, orderId=order_id)
    run(application, **event)
    assert (world.order_ids(), world.failures()) == ({order_id}, {})


def test_a_window_by_hand_leaves_failures_of_other_days_to_the_schedule(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world, orderId="999-7")
    run(application)
    clock.pass_time(5 * DAY)
    world.zonos.reset_calls()
    assert run(application, sinceDate=shift_day(TODAY, 5)).listed == 0
    assert details_asked(world) == []


def test_a_window_by_hand_finds_its_last_day_however_zonos_counts(
    world: World, application: Application
) -> None:
    world.zonos.since_inclusive = world.zonos.through_inclusive = False
    paid = {world.zonos.pay(completed_at=days_ago(world, age)) for age in (5, 3)}
    days = [shift_day(TODAY, -age) for age in (5, 3)]
    run(application, sinceDate=days[0], throughDate=days[1])
    assert world.order_ids() == paid


def test_since_an_order_finds_that_order_however_zonos_counts(world: World, application: Application) -> None:
    world.zonos.since_inclusive = False
    paid = pay(world, 3)
    run(application, sinceOrderId=paid[1])
    assert world.order_ids() == set(paid[1:])


def test_held_orders_are_looked_at_by_hand(world: World, clock: TestClock, application: Application) -> None:
    held, _ = world.zonos.pay("fraud_review"), world.zonos.pay()
    run(application)
    world.zonos.reset_calls()
    clock.pass_time(MINUTE)
    world.zonos.release(held)
    assert run(application, recheck="held").details()["orders"] == {held: "changed"}
    assert details_asked(world) == [held]


def test_an_unknown_order_by_hand_is_named_with_its_error(world: World, application: Application) -> None:
    answer = run(application, orderIds=["999-4711"]).details()
    assert answer["orders"]["999-4711"].startswith("OrderNotFound: ")
    assert world.order_ids() == set()


def test_a_reference_that_names_no_order_does_not_block_the_others(
    world: World, application: Application
) -> None:
    (order_id,) = pay(world)
    run(application, referenceIds=["cart-unknown", "cart-100"])
    assert world.order_ids() == {order_id}


def test_a_reference_that_names_no_single_order_is_named_and_not_called_clean(
    world: World, application: Application
) -> None:
    for _ in range(2):
        world.zonos.pay(reference_id="cart-twice")
    summary = run(application, referenceIds=["cart-twice", "cart-unknown"])
    errors = [error.split(":")[0] for error in summary.details()["orders"].values()]
    assert errors == ["ReferenceNotUnique", "OrderNotFound"]
    assert summary.tally.failed == {"ReferenceNotUnique": 1, "OrderNotFound": 1}
    assert summary.outcome != "clean"


def test_zonos_refusing_the_credentials_ends_a_run_by_reference(
    world: World, application: Application
) -> None:
    world.zonos.secret = "another"
    assert run(application, referenceIds=["cart-100", "cart-101"]).outcome == "bad_credentials"
    assert world.zonos.calls() == 1


def test_zonos_down_ends_a_run_by_hand(world: World, application: Application) -> None:
    world.zonos.break_down("status_500")
    assert run(application, sinceDate=TODAY).outcome == "unavailable"


def test_a_look_up_by_reference_leaves_time_to_end(world: World) -> None:
    world.zonos.break_down("silence")
    application = world.application(Clock())
    began = time.monotonic()
    run(application, seconds=2, referenceIds=["cart-100"])
    assert time.monotonic() - began < 1.9


def test_one_reference_gets_ten_seconds_of_zonos_at_most(
    world: World, clock: TestClock, application: Application
) -> None:
    world.zonos.break_down("rate_limited", seconds=8)  # each pause that it asks for
    began = clock.now_ms()
    run(application, referenceIds=["cart-100"])
    assert clock.now_ms() - began <= 10_000


def test_many_references_are_imported_run_by_run(world: World, one_at_a_time: Application) -> None:
    paid = [world.zonos.pay(reference_id=f"cart-{n}") for n in range(20)]
    world.each_call_takes = 2
    summary = run(one_at_a_time, seconds=60, referenceIds=[f"cart-{n}" for n in range(20)])
    assert summary.outcome == "incomplete"
    assert 0 < len(world.order_ids()) < len(paid)
    assert summary.tally.left == 20 - len(world.order_ids())


def test_failures_are_named_before_the_orders_that_are_too_many_to_name() -> None:
    tally = Tally(failures={"999-1": "UnexpectedAnswer"})
    order = StoredOrder({})
    tally.imported = {f"999-{n}": Imported(Outcome.NEW, order) for n in range(2, 700)}
    named = finished(tally).details()["orders"]
    assert (len(named), named["999-1"]) == (500, "UnexpectedAnswer")
