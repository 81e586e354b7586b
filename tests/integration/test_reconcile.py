"""The reconciliation brings every listed order into the table, and is never two at once."""

import pytest

from tests.integration.runs import DAY, MINUTE, details_asked, list_once, pay, run, tables
from tests.world import TestClock, World
from zonos_orders.errors import AwsUnavailable
from zonos_orders.wiring import Application


def test_ten_buyers_who_closed_the_tab_are_recovered_by_one_run(
    world: World, application: Application
) -> None:
    paid = [world.zonos.pay("close_tab") for _ in range(10)]
    summary = run(application)
    assert (summary.outcome, summary.recovered) == ("clean", 10)
    assert {order_id: world.order(order_id)["imported_by"] for order_id in paid} == dict.fromkeys(
        paid, "reconcile"
    )


def test_when_nothing_is_new_no_order_is_fetched(world: World, application: Application) -> None:
    pay(world, 3)
    run(application)
    world.zonos.reset_calls()
    assert run(application).outcome == "clean"
    assert (world.zonos.calls("orderNumbers"), world.zonos.calls("orderDetail")) == (1, 0)


def test_many_orders_are_compared_by_day(world: World) -> None:
    application = world.application(INITIAL_LOOKBACK_DAYS="1")
    pay(world, 40)
    run(application)
    world.zonos.reset_calls()
    world.aws.fail("BatchGetItem")
    assert (run(application).listed, world.zonos.calls("orderDetail")) == (40, 0)


def test_few_orders_are_compared_one_by_one(world: World, application: Application) -> None:
    pay(world, 3)
    run(application)
    world.zonos.reset_calls()
    world.aws.fail("Query", about="by_day")
    assert (run(application).listed, world.zonos.calls("orderDetail")) == (3, 0)


def test_a_changed_status_is_found_and_only_that_order_fetched(
    world: World, clock: TestClock, application: Application
) -> None:
    _, changed, _ = pay(world, 3)
    run(application)
    world.zonos.reset_calls()
    clock.pass_time(MINUTE)
    world.zonos.cancel(changed)
    summary = run(application)
    assert (summary.changed, summary.missing, summary.recovered) == (1, 0, 0)
    assert details_asked(world) == [changed]
    assert world.order(changed)["disposition"] == "CANCELLED"


def test_a_status_is_recognised_under_any_key(
    world: World, clock: TestClock, application: Application
) -> None:
    world.zonos.list_status_keys = ("zustand", "seit")
    (order_id,) = pay(world)
    run(application)
    clock.pass_time(MINUTE)
    world.zonos.hold(order_id)
    assert run(application).changed == 1


def test_a_listing_without_statuses_still_brings_what_is_missing(
    world: World, application: Application
) -> None:
    (known,) = pay(world)
    run(application)
    (missing,) = pay(world)
    world.zonos.reset_calls()
    list_once(world, {"id": known}, {"id": missing})
    assert run(application).outcome == "clean"
    assert (details_asked(world), world.order_ids()) == ([missing], {known, missing})


def test_an_unclean_listing_is_cleaned(world: World, application: Application) -> None:
    pay(world, 3)
    list_once(world, {"id": 100}, {"id": "999-00100"}, "101", None, {}, {"id": "998-5"}, {"orderId": "102"})
    summary = run(application)
    assert (summary.listed, summary.foreign, summary.unreadable) == (3, 1, 2)
    assert world.order_ids() == {"999-100", "999-101", "999-102"}


def test_orders_are_imported_oldest_first(world: World, one_at_a_time: Application) -> None:
    paid = pay(world, 3)
    list_once(world, *({"id": order_id} for order_id in reversed(paid)))
    run(one_at_a_time)
    assert details_asked(world) == paid


@pytest.mark.parametrize("lookback_days", ["1", "30"])
def test_orders_without_dates_are_stored_and_not_imported_again(world: World, lookback_days: str) -> None:
    application = world.application(INITIAL_LOOKBACK_DAYS=lookback_days)
    undated = pay(world, 6, orderDate=None, orderStatusDate="soon")
    assert run(application).outcome == "clean"
    assert not {"order_day", "status_changed_at"} & world.order(undated[0]).keys()
    world.zonos.reset_calls()
    assert (run(application).missing, world.zonos.calls("orderDetail")) == (0, 0)


def test_an_order_that_vanished_at_zonos_is_never_deleted(world: World, application: Application) -> None:
    (order_id,) = pay(world)
    run(application)
    before = world.order(order_id)
    list_once(world)
    assert run(application).outcome == "clean"
    world.zonos.break_down("not_yet", seconds=1e9)
    run(application, orderIds=[order_id])
    assert world.order(order_id) == before


def test_what_a_redirect_announced_is_imported_although_it_is_not_listed(
    world: World, application: Application
) -> None:
    (order_id,) = pay(world)
    world.zonos.break_down("status_500")
    application.confirm_order(order_id)
    world.zonos.recover()
    list_once(world)
    summary = run(application)
    assert (world.order_ids(), world.failures()) == ({order_id}, {})
    assert (summary.due, summary.recovered) == (1, 0)


def test_the_newest_run_is_kept_on_record(world: World, clock: TestClock, application: Application) -> None:
    run(application)
    clock.pass_time(MINUTE)
    pay(world)
    summary = run(application)
    key = {"kind": {"S": "run"}, "id": {"S": "reconcile"}}
    item = world.dynamodb.get_item(TableName="ReconciliationTable", Key=key)["Item"]
    assert item["started_at"]["N"] == str(clock.now_ms())
    assert item["summary"]["M"]["outcome"]["S"] == summary.outcome
    assert item["summary"]["M"]["imported_new"]["N"] == "1"


def test_quiet_reviews_leave_time_for_new_orders(
    world: World, clock: TestClock, application: Application
) -> None:
    for _ in range(5):
        application.confirm_order(world.zonos.pay("fraud_review"))
    clock.pass_time(DAY)
    (new,) = pay(world)
    world.aws.before("StartExecution", lambda: clock.pass_time(60))
    summary = run(application)
    assert summary.restarts.left > 0
    assert (summary.outcome, new in world.order_ids()) == ("clean", True)


# The lease


def test_a_run_ends_at_once_while_another_holds_the_lease(world: World, application: Application) -> None:
    pay(world)
    world.take_lease("another run")
    before = tables(world)
    assert run(application).outcome == "busy"
    assert (world.zonos.calls(), tables(world)) == (0, before)


def test_the_lease_of_a_dead_run_expires(world: World, clock: TestClock, application: Application) -> None:
    world.take_lease("a dead run", seconds=300)
    clock.pass_time(300)
    assert run(application).outcome == "clean"


def test_the_lease_lasts_as_long_as_its_run_may_and_little_longer(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world)
    world.aws.fail("BatchGetItem")
    world.aws.fail("DeleteItem")
    with pytest.raises(AwsUnavailable):
        run(application, seconds=300, owner="a run that dies")
    world.aws.recover()
    clock.pass_time(295)
    assert run(application, owner="another run").outcome == "busy"
    clock.pass_time(30)
    assert run(application, owner="another run").outcome == "clean"


def test_a_run_gives_the_lease_back(world: World, application: Application) -> None:
    run(application, owner="one run")
    assert run(application, owner="another run").outcome == "clean"
