"""The reconciliation brings every listed order into the table, whatever fails on the way."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from tests.world import STORE, TestClock, World
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable
from zonos_orders.instants import DAY_MS, day_of, shift_day
from zonos_orders.payloads import read_reconcile_request
from zonos_orders.reconciliation_table import Failure
from zonos_orders.wiring import Application

TODAY = "20261118"
MINUTE = 60
HOUR = 3600
DAY = 86_400


@pytest.fixture
def clock(world: World) -> TestClock:
    """One clock for us and for Zonos."""
    clock = TestClock()
    assert day_of(clock.now_ms()) == TODAY
    world.zonos._clock = lambda: clock.now_ms() / 1000
    return clock


@pytest.fixture
def application(world: World, clock: TestClock) -> Application:
    return world.application(clock)


@pytest.fixture
def one_at_a_time(world: World, clock: TestClock) -> Application:
    return world.application(clock, IMPORT_CONCURRENCY="1")


def run(application: Application, seconds: float = 300, owner: str = "this run", **event: Any) -> Any:
    """Reconcile as the payload `event` says: by schedule without one."""
    request = read_reconcile_request(event, STORE)
    return application.reconcile(request, Deadline.after(seconds, application.clock), owner)


def pay(world: World, times: int = 1, **details: Any) -> list[str]:
    return [world.zonos.pay(details=details) for _ in range(times)]


def days_ago(clock: TestClock, days: float) -> datetime:
    return datetime.fromtimestamp((clock.now_ms() - days * DAY_MS) / 1000, UTC)


def failures(world: World) -> Mapping[str, Failure]:
    return world.reconciliation_table().failures()


def watermark(world: World) -> str | None:
    return world.reconciliation_table().watermark(STORE)


def tables(world: World) -> list[Any]:
    """Return everything that is in both tables."""
    return [world.dynamodb.scan(TableName=table)["Items"] for table in ("OrdersTable", "ReconciliationTable")]


def list_once(world: World, *entries: Any) -> None:
    """Let the next listing be this."""
    body = json.dumps({"orders": entries}).encode()
    world.zonos.answer_next("orderNumbers", 200, "application/json", body)


def details_asked(world: World) -> list[str]:
    return [call.order_id for call in world.zonos.call_log() if call.operation == "orderDetail"]


# The ordinary run


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


def test_many_orders_are_compared_by_day(world: World, clock: TestClock) -> None:
    application = world.application(clock, INITIAL_LOOKBACK_DAYS="1")
    pay(world, 40)
    run(application)
    world.zonos.reset_calls()
    assert (run(application).listed, world.zonos.calls("orderDetail")) == (40, 0)


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
    known, missing = pay(world, 2)
    run(application, orderIds=[known])
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
def test_orders_without_dates_are_stored_and_not_imported_again(
    world: World, clock: TestClock, lookback_days: str
) -> None:
    application = world.application(clock, INITIAL_LOOKBACK_DAYS=lookback_days)
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


# Orders that fail


def test_a_poisoned_order_is_recorded_and_the_others_imported(
    world: World, one_at_a_time: Application
) -> None:
    first, poisoned, last = *pay(world), *pay(world, orderId="999-7"), *pay(world)
    summary = run(one_at_a_time)
    assert (summary.outcome, dict(summary.tally.failed)) == ("clean", {"UnexpectedAnswer": 1})
    assert (world.order_ids(), watermark(world)) == ({first, last}, TODAY)
    assert failures(world)[poisoned].error.startswith("UnexpectedAnswer: ")


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


def test_the_pauses_grow_to_an_hour_and_no_longer(
    world: World, clock: TestClock, application: Application
) -> None:
    (poisoned,) = pay(world, orderId="999-7")
    for _ in range(12):
        run(application)
        clock.pass_time(DAY)
    failure = failures(world)[poisoned]
    assert failure.strikes == 12
    assert failure.next_attempt_at - failure.last_failed_at == HOUR * 1000


def test_a_healed_order_is_imported_and_its_record_closed(
    world: World, clock: TestClock, application: Application
) -> None:
    (poisoned,) = pay(world, orderId="999-7")
    run(application)
    world.zonos.edit(poisoned, orderId=poisoned)
    clock.pass_time(15 * MINUTE)
    assert run(application).recovered == 1
    assert (world.order_ids(), failures(world)) == ({poisoned}, {})


def test_garbage_in_the_middle_is_recorded(world: World, one_at_a_time: Application) -> None:
    paid = pay(world, 2)
    world.zonos.answer_next("orderDetail", 200, "text/html", b"\xff\xfe garbage")
    run(one_at_a_time)
    assert (set(failures(world)), world.order_ids()) == ({paid[0]}, {paid[1]})


def test_listed_but_not_found_is_left_to_a_later_run(
    world: World, clock: TestClock, application: Application
) -> None:
    (order_id,) = pay(world)
    world.zonos.break_down("not_yet", seconds=10 * MINUTE)
    assert run(application).outcome == "clean"
    assert failures(world)[order_id].error.startswith("OrderNotFound: ")
    clock.pass_time(15 * MINUTE)
    run(application)
    assert (world.order_ids(), failures(world)) == ({order_id}, {})


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
    assert failures(world)[disagreeing].error.startswith("StatusDisagrees: ")
    assert (world.zonos.calls("orderDetail"), world.order(disagreeing)["revision"]) == (0, 1)


def test_a_lasting_disagreement_is_looked_at_after_growing_pauses(
    world: World, clock: TestClock, application: Application, disagreeing: str
) -> None:
    clock.pass_time(15 * MINUTE)
    run(application)
    failure = failures(world)[disagreeing]
    assert failure.strikes == 2
    assert failure.next_attempt_at - failure.last_failed_at == 30 * MINUTE * 1000


def test_a_disagreement_hides_no_further_change(
    world: World, clock: TestClock, application: Application, disagreeing: str
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.cancel(disagreeing)
    world.zonos.edit(disagreeing, orderStatus="IGLOBAL_ORDER_CANCELLED")
    run(application)
    assert (world.order(disagreeing)["disposition"], failures(world)) == ("CANCELLED", {})


def test_a_disagreement_that_ends_is_forgotten(
    world: World, clock: TestClock, application: Application, disagreeing: str
) -> None:
    world.zonos.edit(disagreeing, orderStatus="IGLOBAL_ORDER_ON_HOLD")
    clock.pass_time(15 * MINUTE)
    run(application)
    assert (failures(world), world.order(disagreeing)["disposition"]) == ({}, "HELD")


# Redirects for numbers that were guessed while Zonos was down


@pytest.fixture
def guessed(world: World, application: Application) -> str:
    world.zonos.break_down("status_500", operation="orderDetail")
    application.confirm_order("999-4711")
    assert set(failures(world)) == {"999-4711"}
    return "999-4711"


def test_a_guess_is_forgotten_when_zonos_is_back(
    world: World, application: Application, guessed: str
) -> None:
    world.zonos.recover()
    assert run(application).outcome == "clean"
    assert failures(world) == {}


def test_a_guess_is_forgotten_although_a_run_met_the_same_outage(
    world: World, clock: TestClock, application: Application, guessed: str
) -> None:
    run(application)
    world.zonos.recover()
    clock.pass_time(15 * MINUTE)
    run(application)
    assert failures(world) == {}


# Zonos is down


def test_zonos_down_in_the_middle_stops_the_run_after_five_orders(
    world: World, one_at_a_time: Application
) -> None:
    pay(world, 8)
    world.zonos.break_down("status_500", operation="orderDetail")
    summary = run(one_at_a_time)
    assert (summary.outcome, summary.tally.left) == ("incomplete", 3)
    assert (len(set(details_asked(world))), watermark(world)) == (5, None)


def test_the_run_after_an_outage_brings_everything(world: World, one_at_a_time: Application) -> None:
    paid = pay(world, 8)
    world.zonos.break_down("html_502", operation="orderDetail")
    run(one_at_a_time)
    world.zonos.recover()
    assert run(one_at_a_time).outcome == "clean"
    assert (world.order_ids(), failures(world), watermark(world)) == (set(paid), {}, TODAY)


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
    assert (tables(world)[0], failures(world), watermark(world)) == (before, {}, TODAY)


def test_a_listing_that_is_not_understood_is_refused(world: World, application: Application) -> None:
    for body in (b"null", b"[]", b'{"orders": 5}', b'{"error": "new"}', b"<html>"):
        world.zonos.answer_next("orderNumbers", 200, "application/json", body)
        summary = run(application)
        assert (summary.outcome, summary.error.split(":")[0]) == ("refused", "UnexpectedAnswer")
    assert watermark(world) is None


def test_a_list_that_is_too_large_is_asked_for_in_halves(
    world: World, clock: TestClock, application: Application
) -> None:
    for age in (29, 16, 14, 0):
        world.zonos.pay(completed_at=days_ago(clock, age))
    world.zonos.answer_next("orderNumbers", 200, "application/json", b" " * (32 * 1024 * 1024 + 1))
    summary = run(application)
    assert (summary.outcome, summary.listed, watermark(world)) == ("clean", 4, TODAY)
    assert world.zonos.calls("orderNumbers") == 3


def test_a_list_that_is_too_large_for_a_few_days_is_given_up(world: World, clock: TestClock) -> None:
    application = world.application(clock, INITIAL_LOOKBACK_DAYS="1")
    world.zonos.answer_next("orderNumbers", 200, "application/json", b" " * (32 * 1024 * 1024 + 1))
    summary = run(application)
    assert (summary.outcome, summary.error.split(":")[0]) == ("refused", "AnswerTooLarge")
    assert watermark(world) is None


def test_bad_credentials_stop_the_run_at_once(world: World, application: Application) -> None:
    pay(world, 8)
    world.zonos.secret = "another"
    assert run(application).outcome == "bad_credentials"
    assert (world.zonos.calls(), world.order_ids(), watermark(world)) == (1, set(), None)


def test_credentials_that_turn_bad_in_the_middle_stop_the_run(
    world: World, one_at_a_time: Application
) -> None:
    paid = pay(world, 8)
    refusal = b'{"error": "Invalid security credentials"}'
    world.zonos.answer_next("orderDetail", 400, "application/json", refusal)
    summary = run(one_at_a_time)
    assert (summary.outcome, summary.tally.left) == ("bad_credentials", 7)
    assert (details_asked(world), watermark(world)) == ([paid[0]], None)


# The lease


def test_a_run_ends_at_once_while_another_holds_the_lease(
    world: World, clock: TestClock, application: Application
) -> None:
    pay(world)
    now = clock.now_ms()
    world.reconciliation_table().take_lease("another run", now, now + 300_000)
    before = tables(world)
    assert run(application).outcome == "busy"
    assert (world.zonos.calls(), tables(world)) == (0, before)


def test_the_lease_of_a_dead_run_expires(world: World, clock: TestClock, application: Application) -> None:
    now = clock.now_ms()
    world.reconciliation_table().take_lease("a dead run", now, now + 300_000)
    clock.pass_time(300)
    assert run(application).outcome == "clean"


def test_a_run_gives_the_lease_back(world: World, application: Application) -> None:
    run(application, owner="one run")
    assert run(application, owner="another run").outcome == "clean"


# The time


def test_what_time_did_not_suffice_for_is_left_to_the_next_run(
    world: World, clock: TestClock, one_at_a_time: Application
) -> None:
    paid = pay(world, 20)

    def ten_seconds_pass() -> float:
        clock.pass_time(10)
        return clock.now_ms() / 1000

    world.zonos._clock = ten_seconds_pass  # each call to Zonos takes so long
    summary = run(one_at_a_time, seconds=120)
    assert summary.outcome == "incomplete"
    assert summary.tally.left == 20 - len(world.order_ids()) > 0
    assert (len(world.order_ids()) > 0, failures(world), watermark(world)) == (True, {}, None)
    world.zonos._clock = lambda: clock.now_ms() / 1000
    assert run(one_at_a_time).outcome == "clean"
    assert (world.order_ids(), watermark(world)) == (set(paid), TODAY)


def test_a_run_ends_in_time_although_zonos_is_silent(world: World) -> None:
    pay(world, 3)
    world.zonos.break_down("silence")
    application = world.application()
    began = time.monotonic()
    assert run(application, seconds=3).outcome == "unavailable"
    assert time.monotonic() - began < 3


# The watermark


def found_after(world: World, application: Application, completed_at: datetime) -> bool:
    """Say whether the next run finds an order that was completed then."""
    order_id = world.zonos.pay(order_date=completed_at)
    run(application)
    return order_id in world.order_ids()


@pytest.mark.parametrize(("days", "is_found"), [(29, True), (30, True), (31.5, False)])
def test_the_first_run_looks_back_thirty_days(
    world: World, clock: TestClock, application: Application, days: float, is_found: bool
) -> None:
    assert found_after(world, application, days_ago(clock, days)) is is_found


@pytest.mark.parametrize(("days", "is_found"), [(0, True), (2, True), (4, False)])
def test_a_later_run_of_the_day_looks_back_two_days(
    world: World, clock: TestClock, application: Application, days: float, is_found: bool
) -> None:
    run(application)
    assert found_after(world, application, days_ago(clock, days)) is is_found


def test_the_first_run_of_each_day_looks_back_thirty_days(
    world: World, clock: TestClock, application: Application
) -> None:
    run(application)
    clock.pass_time(DAY)
    assert found_after(world, application, days_ago(clock, 29))


def test_a_first_run_of_the_day_that_failed_is_made_up_for(
    world: World, clock: TestClock, application: Application
) -> None:
    run(application)
    clock.pass_time(DAY)
    world.zonos.answer_next("orderNumbers", 200, "text/html", b"<html>")
    run(application)
    assert found_after(world, application, days_ago(clock, 29))


def test_after_a_long_outage_it_looks_back_to_before_the_outage(world: World, clock: TestClock) -> None:
    application = world.application(clock, INITIAL_LOOKBACK_DAYS="1")
    run(application)
    clock.pass_time(10 * DAY)
    assert found_after(world, application, days_ago(clock, 11))


def test_the_watermark_is_the_day_of_the_last_clean_run(
    world: World, clock: TestClock, application: Application
) -> None:
    assert run(application).watermark == TODAY
    clock.pass_time(DAY)
    run(application)
    assert watermark(world) == shift_day(TODAY, 1)


def test_the_watermark_is_the_day_of_the_listing_not_of_the_end(
    world: World, clock: TestClock, application: Application
) -> None:
    clock.pass_time(12 * HOUR + 53 * MINUTE)  # 23:59:40
    pay(world)

    def half_a_minute_passes() -> float:
        clock.pass_time(30)
        return clock.now_ms() / 1000

    world.zonos._clock = half_a_minute_passes
    run(application)
    assert (day_of(clock.now_ms()), watermark(world)) == (shift_day(TODAY, 1), TODAY)


def test_the_watermark_never_falls(world: World, application: Application) -> None:
    tomorrow = shift_day(TODAY, 1)
    world.reconciliation_table().raise_watermark(STORE, tomorrow)
    assert run(application).watermark == tomorrow
    assert watermark(world) == tomorrow


# By hand


BY_HAND: list[dict[str, Any]] = [
    {"sinceDate": TODAY},
    {"sinceDate": shift_day(TODAY, -3), "throughDate": TODAY},
    {"sinceOrderId": "999-100"},
    {"orderIds": ["999-100", "101", "0000102"]},
    {"referenceIds": ["cart-100", "cart-101", "cart-102"]},
]


@pytest.mark.parametrize("event", BY_HAND)
def test_a_run_by_hand_imports_and_touches_neither_watermark_nor_lease(
    world: World, clock: TestClock, application: Application, event: dict[str, Any]
) -> None:
    paid = pay(world, 3)
    now = clock.now_ms()
    world.reconciliation_table().take_lease("the scheduled run", now, now + 300_000)
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


def test_a_run_by_hand_does_not_wait_for_the_next_attempt(world: World, application: Application) -> None:
    (order_id,) = pay(world, orderId="999-7")
    run(application)
    world.zonos.edit(order_id, orderId=order_id)
    run(application, orderIds=[order_id])
    assert (world.order_ids(), failures(world)) == ({order_id}, {})


def test_a_window_by_hand_finds_its_last_day_however_zonos_counts(
    world: World, clock: TestClock, application: Application
) -> None:
    world.zonos.since_inclusive = world.zonos.through_inclusive = False
    paid = {world.zonos.pay(completed_at=days_ago(clock, age)) for age in (5, 3)}
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
    application = world.application()
    began = time.monotonic()
    run(application, seconds=2, referenceIds=["cart-100"])
    assert time.monotonic() - began < 1.9


# AWS


@pytest.fixture
def broken(world: World) -> Iterator[set[str]]:
    """The operations of AWS that cannot be reached, by clients made from now on."""
    broken: set[str] = set()

    def refuse(model: Any, **_: Any) -> None:
        if model.name in broken:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call", refuse)
    yield broken
    boto3.setup_default_session()


def test_dynamodb_failing_in_a_run_is_raised_and_the_next_run_makes_up_for_it(
    world: World, clock: TestClock, broken: set[str]
) -> None:
    application, paid = world.application(clock), pay(world, 2)
    broken.add("BatchGetItem")
    with pytest.raises(AwsUnavailable):
        run(application, owner="the failing run")
    assert watermark(world) is None
    broken.clear()
    assert run(application, owner="the next run").outcome == "clean"
    assert world.order_ids() == set(paid)


def test_new_orders_do_not_wait_for_reviews_that_cannot_be_looked_up(
    world: World, clock: TestClock, broken: set[str]
) -> None:
    application, paid = world.application(clock), pay(world, 2)
    broken.add("Scan")
    summary = run(application)
    assert (summary.outcome, summary.restarts.failed) == ("clean", 1)
    assert world.order_ids() == set(paid)


def test_a_lease_that_cannot_be_given_back_does_not_fail_the_run(
    world: World, clock: TestClock, broken: set[str]
) -> None:
    application = world.application(clock)
    broken.add("DeleteItem")
    assert run(application).outcome == "clean"
