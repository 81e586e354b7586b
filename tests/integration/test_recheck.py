"""One look of a review loop: only the present review's loop acts, and only Zonos or time ends it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.broken_aws import DENIED, THROTTLED
from tests.integration.runs import DAY, HOUR, MINUTE, run
from tests.world import TestClock, World
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable
from zonos_orders.merge import Outcome
from zonos_orders.recheck import LookResult
from zonos_orders.wiring import Application


@pytest.fixture
def held(world: World, application: Application) -> str:
    """An order that has just entered fraud review."""
    order_id = world.zonos.pay("fraud_review")
    application.confirm_order(order_id)
    world.zonos.reset_calls()
    return order_id


@pytest.fixture
def look(world: World, application: Application, held: str) -> Callable[..., LookResult]:
    def look(generation: int = 1) -> LookResult:
        return application.recheck(held, f"{held}-{generation}", Deadline.after(30, world.clock))

    return look


Looking = Callable[..., LookResult]


def noted(world: World, order_id: str) -> dict[str, Any]:
    """Return what the review's record says, without its key."""
    key = {"kind": {"S": "review"}, "id": {"S": order_id}}
    item = world.dynamodb.get_item(TableName="ReconciliationTable", Key=key)["Item"]
    return {name: next(iter(value.values())) for name, value in item.items() if name not in key}


# While Zonos holds the order


@pytest.mark.parametrize(
    ("age", "wait_seconds"),
    [(0, 300), (HOUR - 1, 300), (HOUR, 900), (6 * HOUR, 3600), (3 * DAY, 21_600), (30 * DAY - 60, 60)],
)
def test_it_looks_often_at_first_and_then_ever_more_rarely(
    clock: TestClock, look: Looking, age: int, wait_seconds: int
) -> None:
    clock.pass_time(age)
    result = look()
    assert (result.outcome, result.done, result.wait_seconds) == ("waiting", False, wait_seconds)


def test_the_look_and_the_next_one_are_noted_beside_the_order(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    before = world.order(held)
    clock.pass_time(MINUTE)
    look()
    now = clock.now_ms()
    assert noted(world, held) == {
        "generation": "1",
        "outcome": "waiting",
        "last_looked_at": str(now),
        "next_look_at": str(now + 300_000),
    }
    assert world.order(held) == before


def test_an_unknown_status_is_looked_at_slowly(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.set_status(held, "SOMETHING_NEW")
    assert look().wait_seconds == 72 * 300


def test_from_fraud_review_to_on_hold_the_same_loop_goes_on(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.hold(held)
    assert look().outcome == "waiting"
    assert (world.order(held)["hold_reasons"], set(world.executions())) == (["ON_HOLD"], {f"{held}-1"})


# When Zonos has decided


@pytest.mark.parametrize(
    ("status", "disposition"),
    [
        ("IGLOBAL_ORDER_IN_PROCESS", "READY"),
        ("IGLOBAL_ORDER_CANCELLED", "CANCELLED"),
        ("IGLOBAL_ORDER_CANCELED", "CANCELLED"),
        ("VENDOR_PREPARING_ORDER", "FULFILLING"),
    ],
)
def test_a_decision_ends_the_loop(
    world: World, clock: TestClock, held: str, look: Looking, status: str, disposition: str
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.set_status(held, status)
    result = look()
    assert (result.outcome, result.done, result.wait_seconds) == ("settled", True, 0)
    assert (result.disposition, world.order(held)["disposition"]) == (disposition, disposition)
    assert result.imported is not None
    assert result.imported.outcome is Outcome.CHANGED
    assert noted(world, held)["outcome"] == "settled"


def test_a_decision_is_told_although_the_look_could_not_be_noted(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.cancel(held)
    world.aws.fail("UpdateItem", THROTTLED, about='{"S": "settled"}')
    result = look()
    assert (result.outcome, result.wait_seconds, result.cause) == ("waiting", 300, AwsUnavailable)
    assert result.imported is not None
    assert result.imported.outcome is Outcome.CHANGED
    world.aws.recover()
    assert look().outcome == "settled"


def test_a_decision_that_was_found_otherwise_needs_no_call(
    world: World, clock: TestClock, application: Application, held: str, look: Looking
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.release(held)
    look()
    world.zonos.reset_calls()
    assert (look().outcome, look().disposition, world.zonos.calls()) == ("settled", "READY", 0)


def test_a_restricted_party_match_is_held_on_but_no_longer_watched(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.edit(held, cslListMatch=True)
    world.zonos.release(held)
    assert (look().outcome, world.order(held)["hold_reasons"]) == ("settled", ["CSL_MATCH"])


# Only one loop acts


@pytest.mark.parametrize("generation", [0, 2])
def test_the_loop_of_another_review_is_superseded_before_any_call(
    world: World, look: Looking, generation: int
) -> None:
    result = look(generation)
    assert (result.outcome, result.done, result.disposition) == ("superseded", True, "HELD")
    assert world.zonos.calls() == 0


def test_a_loop_without_an_order_is_superseded(world: World, application: Application) -> None:
    result = application.recheck("999-4711", "999-4711-1", Deadline.after(30, world.clock))
    assert (result.outcome, result.disposition, world.zonos.calls()) == ("superseded", "", 0)


def test_back_in_review_the_new_loop_acts_and_the_old_one_ends(
    world: World, clock: TestClock, application: Application, held: str, look: Looking
) -> None:
    for change in (world.zonos.release, world.zonos.hold):
        clock.pass_time(MINUTE)
        change(held)
        run(application, orderIds=[held])
    assert set(world.executions()) == {f"{held}-1", f"{held}-2"}
    assert (look(1).outcome, look(2).outcome) == ("superseded", "waiting")


# Zonos gives no answer


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited"])
def test_zonos_down_ends_no_loop(
    world: World, clock: TestClock, held: str, look: Looking, fault: Any
) -> None:
    world.zonos.break_down(fault, seconds=HOUR)
    for _ in range(12):
        clock.pass_time(HOUR)
        result = look()
        assert (result.outcome, result.disposition) == ("waiting", "HELD")
        assert (result.failure or "").startswith("ZonosUnavailable: ")
    assert world.failures()[held].strikes == 0
    world.zonos.recover()
    world.zonos.release(held)
    assert look().outcome == "settled"


def test_a_look_gets_ten_seconds_of_zonos_at_most(world: World, clock: TestClock, look: Looking) -> None:
    world.zonos.break_down("rate_limited", seconds=8)  # each pause that it asks for
    began = clock.now_ms()
    assert look().outcome == "waiting"
    assert clock.now_ms() - began <= 10_000


@pytest.mark.parametrize("body", [b"{}", b'{"error": "Could not find an order with orderId: 999-100"}'])
def test_an_answer_without_the_order_ends_no_loop_and_is_recorded(
    world: World, held: str, look: Looking, body: bytes
) -> None:
    before = world.order(held)
    world.zonos.answer_next("orderDetail", 200, "application/json", body)
    result = look()
    assert result.outcome == "waiting"
    failure = world.failures()[held]
    assert (failure.error, failure.strikes) == (result.failure, 1)
    assert world.order(held) == before


# A review that lasts too long


def test_after_thirty_days_the_review_expires(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    clock.pass_time(30 * DAY)
    result = look()
    assert (result.outcome, result.done, result.disposition) == ("expired", True, "HELD")
    assert result.wait_seconds == 0
    item = world.order(held)
    assert item["hold_reasons"] == ["FRAUD_REVIEW", "REVIEW_EXPIRED"]
    assert (item["updated_by"], len(item["history"])) == ("recheck", 1)
    assert item["review_expired_at"].startswith("2026-12-18T11:06:40")


def test_it_expires_also_while_zonos_is_down(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    world.zonos.break_down("status_500")
    clock.pass_time(30 * DAY)
    assert look().outcome == "expired"
    assert "REVIEW_EXPIRED" in world.order(held)["hold_reasons"]


def test_an_expired_review_is_not_watched_again(
    world: World, clock: TestClock, application: Application, held: str, look: Looking
) -> None:
    clock.pass_time(30 * DAY)
    look()
    run(application, orderIds=[held])
    assert "REVIEW_EXPIRED" in world.order(held)["hold_reasons"]
    assert set(world.executions()) == {f"{held}-1"}


def test_a_changed_status_ends_the_expiry(
    world: World, clock: TestClock, application: Application, held: str, look: Looking
) -> None:
    clock.pass_time(30 * DAY)
    look()
    world.zonos.hold(held)
    run(application, orderIds=[held])
    item = world.order(held)
    assert (item["hold_reasons"], item["review_generation"]) == (["ON_HOLD"], 2)
    assert "review_expired_at" not in item


# AWS


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem"])
def test_a_look_that_dynamodb_fails_is_to_be_repeated(
    world: World, clock: TestClock, held: str, look: Looking, operation: str
) -> None:
    clock.pass_time(MINUTE)
    world.zonos.release(held)
    world.aws.fail(operation, about='"OrdersTable"')
    with pytest.raises(AwsUnavailable):
        look()
    assert world.failures() == {}


def test_an_order_that_changes_while_it_expires_is_looked_at_again_at_once(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    def another_writer() -> None:
        world.dynamodb.update_item(
            TableName="OrdersTable",
            Key={"order_id": {"S": held}},
            UpdateExpression="ADD revision :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    world.aws.before("UpdateItem", another_writer, about="REVIEW_EXPIRED")
    clock.pass_time(30 * DAY)
    result = look()
    assert (result.outcome, result.wait_seconds) == ("waiting", 1)


def test_an_expiry_that_is_throttled_is_to_be_repeated(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    world.aws.fail("UpdateItem", THROTTLED, about="REVIEW_EXPIRED")
    clock.pass_time(30 * DAY)
    with pytest.raises(AwsUnavailable):
        look()
    assert (world.failures(), noted(world, held)["outcome"]) == ({}, "started")


def test_an_expiry_that_is_refused_for_good_ends_the_loop_all_the_same(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    world.aws.fail("UpdateItem", DENIED, about="REVIEW_EXPIRED")
    clock.pass_time(30 * DAY)
    result = look()
    assert (result.outcome, result.done, noted(world, held)["outcome"]) == ("expired", True, "expired")
    failure = world.failures()[held]
    assert (failure.error, failure.strikes) == ("AwsRefused: write the order: AccessDeniedException", 1)


def test_a_write_that_is_refused_for_good_is_recorded_and_the_review_still_ends(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    world.aws.fail("UpdateItem", DENIED, about='"OrdersTable"')
    clock.pass_time(HOUR)
    world.zonos.hold(held)
    result = look()
    assert (result.outcome, result.failure) == ("waiting", world.failures()[held].error)
    assert world.failures()[held].error.startswith("AwsRefused: ")
    clock.pass_time(30 * DAY)
    assert look().outcome == "expired"


def test_an_expiry_that_could_not_be_noted_is_told_by_the_next_look(
    world: World, clock: TestClock, held: str, look: Looking
) -> None:
    world.aws.fail("UpdateItem", THROTTLED, about='{"S": "expired"}')
    clock.pass_time(30 * DAY)
    with pytest.raises(AwsUnavailable):
        look()
    world.aws.recover()
    result = look()
    assert (result.outcome, result.done, result.wait_seconds) == ("expired", True, 0)
    assert (noted(world, held)["outcome"], world.order(held)["revision"]) == ("expired", 2)
