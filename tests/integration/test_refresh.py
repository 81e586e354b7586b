"""What changes at Zonos without a change of status is noticed by looking again, a few orders in each run."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.broken_aws import THROTTLED
from tests.integration.functions import Functions
from tests.integration.hand_overs import taken_over
from tests.integration.runs import DAY, HOUR, MINUTE, days_ago, details_asked, list_once, pay, run
from tests.world import STORE, TestClock, World
from zonos_orders.wiring import Application


@pytest.fixture
def application(world: World) -> Application:
    """It looks at two orders again in each run, one after the other."""
    return world.application(REFRESH_CALLS_PER_RUN="2", IMPORT_CONCURRENCY="1")


def looked_at(world: World, application: Application, runs: int = 1) -> list[list[str]]:
    """Return which orders each of the next runs asks for, by number: it asks for the oldest first."""
    asked = []
    for _ in range(runs):
        world.clock.pass_time(15 * MINUTE)
        world.zonos.reset_calls()
        assert run(application).outcome == "clean"
        asked.append(sorted(details_asked(world)))
    return asked


def place(world: World) -> tuple[str, str] | None:
    return world.reconciliation_table.refresh_place(STORE)


def test_open_orders_are_looked_at_in_turn_a_few_in_each_run(world: World, application: Application) -> None:
    a, b, c, d, e = pay(world, 5)
    run(application)
    assert looked_at(world, application, 5) == [[a, b], [c, d], [a, e], [b, c], [d, e]]


def test_older_days_come_first_and_then_it_begins_again(world: World, application: Application) -> None:
    today = pay(world)
    days = [world.zonos.pay(order_date=days_ago(world, days)) for days in (3, 1, 2)]
    run(application)
    assert looked_at(world, application, 3) == [
        [days[0], days[2]],
        [*today, days[1]],
        [days[0], days[2]],
    ]


def test_what_a_run_has_imported_is_not_looked_at_again_by_it(world: World, application: Application) -> None:
    orders = pay(world, 3)
    run(application)
    assert (details_asked(world), place(world)) == (orders, ("20261118", orders[-1]))


def test_new_orders_come_in_their_turn(world: World, application: Application) -> None:
    a, b, c = pay(world, 3)
    run(application)
    assert looked_at(world, application) == [[a, b]]
    (d,) = pay(world)
    assert looked_at(world, application, 3) == [[a, c, d], [b, c], [a, d]]


def test_orders_that_are_final_are_not_looked_at(
    world: World, clock: TestClock, application: Application
) -> None:
    ready, held, fulfilling, completed, cancelled = pay(world, 5)
    clock.pass_time(MINUTE)
    world.zonos.hold(held)
    world.zonos.set_status(fulfilling, "VENDOR_PREPARING_ORDER")
    world.zonos.set_status(completed, "VENDOR_END_OF_DAY_COMPLETE")
    world.zonos.cancel(cancelled)
    run(application)
    assert looked_at(world, application, 2) == [[ready, held], [ready, fulfilling]]


def test_orders_that_were_taken_over_are_looked_at_too(world: World) -> None:
    application = world.application(REFRESH_CALLS_PER_RUN="2")
    (order_id,) = taken_over(world, application)
    assert looked_at(world, application) == [[order_id]]


def test_orders_from_before_the_days_are_not_looked_at(world: World) -> None:
    application = world.application(REFRESH_CALLS_PER_RUN="5", REFRESH_DAYS="3")
    old, recent = (world.zonos.pay(order_date=days_ago(world, days)) for days in (4.5, 2.9))
    run(application)
    assert {old, recent} == world.order_ids()
    assert looked_at(world, application) == [[recent]]


def test_days_that_have_passed_are_left_behind(world: World, clock: TestClock) -> None:
    application = world.application(REFRESH_CALLS_PER_RUN="1", REFRESH_DAYS="2")
    first, second, third = (world.zonos.pay(order_date=days_ago(world, days)) for days in (2, 1, 0))
    run(application)
    assert looked_at(world, application) == [[first]]
    clock.pass_time(2 * DAY)
    assert looked_at(world, application, 3) == [[third], [third], [third]]
    assert second in world.order_ids()


def test_switched_off_nothing_is_looked_at(world: World) -> None:
    application = world.application(REFRESH_CALLS_PER_RUN="0")
    pay(world, 2)
    run(application)
    assert (looked_at(world, application), place(world)) == ([[]], None)


def test_a_run_by_hand_refreshes_nothing(world: World, application: Application) -> None:
    pay(world, 2)
    run(application)
    world.zonos.reset_calls()
    before = place(world)
    run(application, sinceDate="20261101")
    assert (details_asked(world), place(world)) == ([], before)


# What it notices


def one_item_removed(details: Mapping[str, Any]) -> dict[str, Any]:
    return {"items": details["items"][1:], "itemsTotal": 1}


def refunded(_details: Mapping[str, Any]) -> dict[str, Any]:
    return {"grandTotal": 1, "notes": [{"note": "refunded, canary-note"}]}


def moved(_details: Mapping[str, Any]) -> dict[str, Any]:
    return {"address1": "1 Corrected Street canary-address1"}


@pytest.mark.parametrize("edit", [moved, one_item_removed, refunded])
def test_an_edit_without_a_change_of_status_is_noticed_within_one_round(
    world: World, application: Application, edit: Any
) -> None:
    """The bound that the parameters promise: six open orders at two a run, so three runs."""
    orders = pay(world, 6)
    run(application)
    looked_at(world, application)
    changes = edit(world.zonos.details(orders[1]))
    world.zonos.edit(orders[1], **changes)

    changed = []
    for _ in range(3):
        world.clock.pass_time(15 * MINUTE)
        changed.append(run(application).refreshed.changed)

    assert sum(changed) == 1
    item = world.order(orders[1])
    expected = json.loads(json.dumps(changes), parse_float=Decimal)
    assert {name: item["order"][name] for name in changes} == expected
    assert (item["revision"], len(item["history"])) == (2, 1)


def test_a_match_that_zonos_marks_after_the_import_is_held_and_told(world: World) -> None:
    functions = Functions(world, REFRESH_CALLS_PER_RUN="2")
    (order_id,) = pay(world)
    functions.reconcile()
    world.zonos.edit(order_id, cslListMatch=True)
    world.clock.pass_time(15 * MINUTE)

    functions.reconcile()

    item = world.order(order_id)
    assert (item["disposition"], item["hold_reasons"]) == ("HELD", ["CSL_MATCH"])
    told = functions.metrics
    assert (told["RestrictedPartyMatch"], told["OrderHeldAfterReady"], told["OrderChanged"]) == (1, 1, 1)
    assert (told["OrdersRefreshed"], told["OrderChangedByRefresh"]) == (1, 1)


def test_a_cancellation_is_noticed_although_the_list_names_no_statuses(
    world: World, clock: TestClock, application: Application
) -> None:
    orders = pay(world, 4)
    run(application)
    clock.pass_time(MINUTE)
    world.zonos.cancel(orders[3])
    for _ in range(2):
        list_once(world, *({"id": order_id} for order_id in orders))
        run(application)
    assert world.order(orders[3])["disposition"] == "CANCELLED"


# Bounds, and what goes wrong


def test_a_run_asks_for_no_more_than_it_may_whatever_there_is(world: World) -> None:
    application = world.application(REFRESH_CALLS_PER_RUN="3")
    pay(world, 10)
    run(application)
    world.zonos.reset_calls()
    assert run(application).refreshed.looked == world.zonos.calls("orderDetail") == 3


def test_a_run_reads_no_more_of_the_index_than_two_thousand_orders(
    world: World, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonos_orders.refresh._READ_AT_MOST", 3)
    orders = pay(world, 8)
    world.clock.pass_time(MINUTE)
    for order_id in orders[:7]:
        world.zonos.cancel(order_id)
    run(application)
    assert looked_at(world, application, 3) == [[], [orders[7]], []]


def test_a_failure_is_recorded_and_the_order_then_tried_at_its_own_pace(
    world: World, application: Application
) -> None:
    a, b, c = pay(world, 3)
    run(application)
    world.zonos.edit(a, orderId="999-7")
    assert looked_at(world, application) == [[a, b]]
    assert world.failures()[a].error.startswith("UnexpectedAnswer: ")
    assert looked_at(world, application, 2) == [[a, b, c], [b, c]]


def test_an_order_that_zonos_no_longer_knows_is_put_on_record(world: World, application: Application) -> None:
    (order_id,) = pay(world)
    run(application)
    world.zonos.break_down("not_yet", seconds=DAY)
    run(application)
    assert world.failures()[order_id].error.startswith("OrderNotFound: ")
    assert order_id in world.order_ids()


def test_while_zonos_is_down_nothing_is_looked_at(world: World, application: Application) -> None:
    pay(world, 3)
    run(application)
    before = place(world)
    world.zonos.break_down("status_500")
    assert (run(application).refreshed.looked, place(world)) == (0, before)


def test_a_run_that_an_outage_stopped_refreshes_nothing(world: World, application: Application) -> None:
    pay(world, 3)
    run(application)
    before = place(world)
    world.zonos.break_down("status_500", operation="orderDetail")
    pay(world, 6)
    assert run(application).refreshed.looked == 0
    assert place(world) == before


def test_with_little_time_left_nothing_is_looked_at(world: World, application: Application) -> None:
    pay(world, 3)
    run(application)
    assert run(application, seconds=12).refreshed.looked == 0


def test_what_time_did_not_suffice_for_is_looked_at_first_by_the_next_run(world: World) -> None:
    application = world.application(REFRESH_CALLS_PER_RUN="6", IMPORT_CONCURRENCY="1")
    orders = pay(world, 6)
    run(application)
    world.zonos.reset_calls()
    world.each_call_takes = 6
    summary = run(application, seconds=30)
    world.each_call_takes = 0
    seen = details_asked(world)
    assert (summary.outcome, 0 < len(seen) < 6) == ("clean", True)
    assert place(world) == ("20261118", seen[-1])
    rest = world.application(REFRESH_CALLS_PER_RUN=str(6 - len(seen)))
    assert looked_at(world, rest) == [orders[len(seen) :]]


def test_a_refresh_that_cannot_be_read_spoils_no_run_and_is_told(world: World) -> None:
    functions = Functions(world, REFRESH_CALLS_PER_RUN="2")
    pay(world, 2)
    functions.reconcile()
    world.aws.fail("GetItem", THROTTLED, about='"refresh"')
    answer = functions.reconcile()
    assert (answer["outcome"], answer["refresh"]["looked"]) == ("clean", 0)
    assert answer["refresh"]["error"].startswith("AwsUnavailable: ")
    assert functions.metrics["RefreshFailed"] == 1


def test_a_failure_that_cannot_be_recorded_is_looked_at_again(world: World, application: Application) -> None:
    a, b = pay(world, 2)
    run(application)
    before = place(world)
    world.zonos.edit(a, orderId="999-7")
    world.aws.fail("UpdateItem", about='"failure"')
    assert run(application).refreshed.error == "a failure could not be recorded"
    world.aws.recover()
    assert (place(world), looked_at(world, application)) == (before, [[a, b]])


def test_a_place_that_was_noted_by_a_clock_that_was_ahead_is_not_believed(
    world: World, application: Application
) -> None:
    a, b = pay(world, 2)
    run(application)
    world.reconciliation_table.move_refresh(STORE, place(world), ("20991231", "999-1"))
    assert looked_at(world, application) == [[a, b]]


def test_after_a_restore_it_goes_on_from_where_it_was(world: World, application: Application) -> None:
    orders = pay(world, 4)
    run(application)
    looked_at(world, application)
    key = {"order_id": {"S": orders[1]}}  # where it is
    world.dynamodb.delete_item(TableName="OrdersTable", Key=key)
    (next_ones,) = looked_at(world, application)
    assert next_ones == [orders[1], *orders[2:]]  # imported anew; looked at


def test_two_runs_at_once_do_not_move_the_refresh_back(world: World, application: Application) -> None:
    table = world.reconciliation_table
    table.move_refresh(STORE, None, ("20261110", "999-1"))
    table.move_refresh(STORE, ("20261110", "999-1"), ("20261112", "999-3"))
    table.move_refresh(STORE, ("20261110", "999-1"), ("20261111", "999-2"))
    table.move_refresh(STORE, None, ("20261111", "999-2"))
    assert place(world) == ("20261112", "999-3")


def test_a_day_of_runs_with_few_open_orders_writes_nothing_but_the_place(
    world: World, clock: TestClock, application: Application
) -> None:
    (order_id,) = pay(world)
    run(application)
    before = world.order(order_id)
    for _ in range(3):
        clock.pass_time(HOUR)
        run(application)
    assert world.order(order_id) == before
