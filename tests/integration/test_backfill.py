"""The backfill's function as its state machine invokes it: a plan, and slices that go on until done."""

from typing import Any

import pytest

from tests.broken_aws import THROTTLED
from tests.integration.functions import Functions
from tests.integration.runs import DAY, TODAY, days_ago, details_asked, pay
from tests.world import TestClock, World
from zonos_orders.errors import (
    AwsUnavailable,
    BadCredentials,
    InvalidInput,
    ZonosUnavailable,
)
from zonos_orders.instants import shift_day

SLICE = {"sinceDate": shift_day(TODAY, -3), "throughDate": TODAY}


def plan(functions: Functions, **window: Any) -> list[dict[str, Any]]:
    answer = functions.invoke("backfill_orders", {"plan": window})
    slices: list[dict[str, Any]] = answer["slices"]
    return slices


def invoke(
    functions: Functions, piece: dict[str, Any], so_far: dict[str, Any] | None = None, seconds: float = 300
) -> dict[str, Any]:
    event = {"slice": piece, "so_far": so_far or {}}
    answer: dict[str, Any] = functions.invoke("backfill_orders", event, seconds)
    return answer


def to_the_end(functions: Functions, piece: dict[str, Any], seconds: float = 300) -> dict[str, Any]:
    """Invoke again and again, as the state machine does."""
    answer = invoke(functions, piece, seconds=seconds)
    while not answer["done"]:
        answer = invoke(functions, answer["slice"], answer["so_far"], seconds)
    return answer


# The plan


def test_a_window_is_planned_in_slices_up_to_today(functions: Functions) -> None:
    slices = plan(functions, sinceDate=shift_day(TODAY, -5), throughDate="20991231")
    assert slices == [
        {"sinceDate": shift_day(TODAY, -5), "throughDate": shift_day(TODAY, -2)},
        {"sinceDate": shift_day(TODAY, -1), "throughDate": TODAY},
    ]
    assert plan(functions, sinceDate=shift_day(TODAY, -5)) == slices


def test_a_list_is_planned_in_pieces(functions: Functions) -> None:
    ids = [f"999-{n}" for n in range(1, 601)]
    assert plan(functions, orderIds=ids) == [
        {"orderIds": ids[:250]},
        {"orderIds": ids[250:500]},
        {"orderIds": ids[500:]},
    ]


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_window_in_the_future_is_refused(functions: Functions) -> None:
    with pytest.raises(InvalidInput, match="in the future"):
        plan(functions, sinceDate=shift_day(TODAY, 1))


def test_a_wrong_secret_ends_the_backfill_before_its_first_slice(functions: Functions) -> None:
    functions.world.zonos.secret = "another"
    with pytest.raises(BadCredentials):
        plan(functions, sinceDate="20240101")
    assert functions.metrics["BadCredentials"] == 1


def test_a_plan_waits_until_zonos_is_there(functions: Functions) -> None:
    functions.world.zonos.break_down("status_500")
    with pytest.raises(ZonosUnavailable):
        plan(functions, sinceDate="20240101")


# A slice


def test_a_slice_imports_its_days_and_says_what_it_did(functions: Functions) -> None:
    paid = pay(functions.world, 5)
    old = functions.world.zonos.pay(order_date=days_ago(functions.world, 20))
    assert invoke(functions, SLICE) == {
        "slice": SLICE,
        "so_far": {
            "invocations": 1,
            "listed": 5,
            "missing": 5,
            "imported": 5,
            "changed": 0,
            "failed": 0,
            "failed_orders": [],
        },
        "done": True,
        "wait_seconds": 0,
    }
    assert functions.world.order_ids() == set(paid) - {old}
    assert {functions.world.order(one)["imported_by"] for one in paid} == {"reconcile"}
    counted = functions.metrics
    assert (counted["BackfillSlicesDone"], counted["BackfillOrdersImported"]) == (1, 5)
    assert counted["OrderImported"] == 5


@pytest.mark.parametrize("since_inclusive", [True, False])
@pytest.mark.parametrize("through_inclusive", [True, False])
def test_the_first_and_the_last_day_are_whole_whatever_zonos_means_by_its_ends(
    functions: Functions, since_inclusive: bool, through_inclusive: bool
) -> None:
    world = functions.world
    world.zonos.since_inclusive, world.zonos.through_inclusive = since_inclusive, through_inclusive
    day = shift_day(TODAY, -8)
    paid = {world.zonos.pay(order_date=days_ago(world, age)) for age in (7.5, 8, 8.4)}
    to_the_end(functions, {"sinceDate": day, "throughDate": day})
    assert {one for one in paid if world.order(one)["order_day"] == day} <= world.order_ids()


def test_all_slices_of_a_window_import_every_order_of_it_once(functions: Functions) -> None:
    world = functions.world
    paid = [world.zonos.pay(order_date=days_ago(world, age)) for age in range(30)]
    for piece in plan(functions, sinceDate=shift_day(TODAY, -30)):
        assert to_the_end(functions, piece)["done"]
    assert world.order_ids() == set(paid)
    assert sorted(details_asked(world)) == sorted(paid)
    assert {world.order(one)["revision"] for one in paid} == {1}


def test_starting_it_again_asks_for_no_order(functions: Functions) -> None:
    pay(functions.world, 5)
    invoke(functions, SLICE)
    functions.world.zonos.reset_calls()
    again = invoke(functions, SLICE)
    assert (again["so_far"]["imported"], again["done"]) == (0, True)
    assert (functions.world.zonos.calls("orderDetail"), functions.world.zonos.calls()) == (0, 1)


def test_what_has_changed_at_zonos_is_fetched_again(functions: Functions, clock: TestClock) -> None:
    order_id, _ = pay(functions.world, 2)
    invoke(functions, SLICE)
    clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    assert invoke(functions, SLICE)["so_far"]["changed"] == 1
    assert functions.world.order(order_id)["disposition"] == "CANCELLED"


def test_more_orders_than_ten_a_day_are_looked_up_by_day(functions: Functions) -> None:
    paid = pay(functions.world, 70)
    invoke(functions, SLICE)
    functions.world.aws.fail("BatchGetItem")  # which would be many calls
    assert invoke(functions, SLICE)["so_far"]["missing"] == 0
    assert functions.world.order_ids() == set(paid)


def test_an_order_that_zonos_holds_gets_its_review_loop(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    invoke(functions, SLICE)
    assert functions.world.order(order_id)["hold_reasons"] == ["FRAUD_REVIEW"]
    assert functions.world.executions().keys() == {f"{order_id}-1"}


def test_an_order_that_was_erased_comes_back_without_its_personal_data(
    functions: Functions, clock: TestClock
) -> None:
    """From the record of its erasure, when the table was restored to an earlier day or emptied."""
    order_id = functions.world.zonos.pay()
    invoke(functions, SLICE)
    clock.pass_time(DAY)
    functions.supervise(erase={"orderId": order_id, "force": True})
    functions.world.dynamodb.delete_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
    assert invoke(functions, SLICE)["done"]
    assert "erased_at" in functions.world.order(order_id)


def test_orders_from_before_go_live_are_held(world: World) -> None:
    functions = Functions(world, SHIP_FROM_DATE=TODAY)
    old, new = world.zonos.pay(order_date=days_ago(world, 2)), world.zonos.pay()
    invoke(functions, SLICE)
    assert world.order(old)["hold_reasons"] == ["BEFORE_GO_LIVE"]
    assert world.order(new)["disposition"] == "READY"


def test_an_order_that_cannot_be_imported_is_on_record_and_the_slice_is_done(functions: Functions) -> None:
    good, bad = pay(functions.world, 2)
    functions.world.zonos.bad_orders = {bad}
    answer = invoke(functions, SLICE)
    assert answer["done"]
    assert (answer["so_far"]["failed"], answer["so_far"]["failed_orders"]) == (1, [bad])
    assert (functions.world.order_ids(), set(functions.world.failures())) == ({good}, {bad})
    assert functions.metrics["ImportFailed"] == functions.metrics["BackfillOrdersFailed"] == 1

    functions.world.zonos.reset_calls()
    assert invoke(functions, SLICE)["done"]  # it is left to its pause
    assert functions.world.zonos.calls("orderDetail") == 0


def test_a_slice_that_is_too_much_for_an_invocation_goes_on_in_the_next(world: World) -> None:
    functions = Functions(world, IMPORT_CONCURRENCY="1")
    paid = pay(world, 20)
    world.each_call_takes = 10
    first = invoke(functions, SLICE, seconds=120)
    assert not first["done"]
    assert 0 < first["so_far"]["imported"] < 20
    last = to_the_end(functions, SLICE, seconds=120)
    assert (world.order_ids(), len(details_asked(world))) == (set(paid), 20)
    assert last["so_far"]["invocations"] > 1


def test_the_counts_of_all_invocations_are_added_up(world: World) -> None:
    functions = Functions(world, IMPORT_CONCURRENCY="1")
    pay(world, 20)
    world.each_call_takes = 10
    counts = to_the_end(functions, SLICE, seconds=120)["so_far"]
    assert (counts["imported"], counts["missing"], counts["listed"]) == (20, 20, 20)


def test_a_list_imports_what_is_missing_of_it_and_records_no_number_that_was_made_up(
    functions: Functions,
) -> None:
    stored, missing = pay(functions.world, 2)
    functions.reconcile(orderIds=[stored])
    functions.world.zonos.reset_calls()
    answer = invoke(functions, {"orderIds": [stored, missing, "999-4711"]})
    assert answer["done"]
    assert answer["so_far"]["failed_orders"] == ["999-4711"]
    assert sorted(details_asked(functions.world)) == sorted([missing, "999-4711"])
    assert functions.world.failures() == {}


# Trouble


def test_zonos_being_down_fails_the_invocation_and_is_no_orders_fault(functions: Functions) -> None:
    paid = pay(functions.world, 40)
    functions.world.zonos.break_down("status_500", operation="orderDetail")
    with pytest.raises(ZonosUnavailable):
        invoke(functions, SLICE)
    functions.world.zonos.recover()
    assert to_the_end(functions, SLICE)["done"]
    assert (functions.world.order_ids(), functions.world.failures()) == (set(paid), {})


def test_a_zonos_that_fails_after_some_orders_is_left_alone_for_a_minute(world: World) -> None:
    functions = Functions(world, IMPORT_CONCURRENCY="1")
    first, *others = pay(world, 10)
    world.zonos.bad_orders = set(others)
    answer = invoke(functions, SLICE)
    assert (answer["done"], answer["wait_seconds"]) == (False, 60)
    assert world.order_ids() == {first}


def test_an_order_that_a_later_invocation_imports_has_not_failed(world: World) -> None:
    functions = Functions(world, IMPORT_CONCURRENCY="1")
    _, *others = pay(world, 10)
    world.zonos.bad_orders = set(others)
    first = invoke(functions, SLICE)
    assert (first["done"], first["so_far"]["failed"]) == (False, 5)
    world.zonos.bad_orders = {others[-1]}  # it is back, but for one order
    last = invoke(functions, first["slice"], first["so_far"])
    counts = last["so_far"]
    assert (last["done"], counts["imported"], counts["failed"]) == (True, 9, 1)
    assert counts["failed_orders"] == [others[-1]]
    assert counts["imported"] + counts["failed"] == counts["missing"]


def test_a_slice_that_only_finds_what_is_stored_does_not_go_on_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = Functions(world, IMPORT_CONCURRENCY="1")
    pay(world, 9)
    to_the_end(functions, SLICE)
    monkeypatch.setattr("zonos_orders.orders_table.OrdersTable.statuses_of", lambda *_: {})
    world.each_call_takes = 4
    with pytest.raises(ZonosUnavailable, match="no order came through"):
        invoke(functions, SLICE, seconds=60)
    assert len(details_asked(world)) > 9  # it was not Zonos


def test_a_list_that_does_not_come_fails_the_invocation(functions: Functions) -> None:
    functions.world.zonos.break_down("status_500")
    with pytest.raises(ZonosUnavailable):
        invoke(functions, SLICE)


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        (SLICE, f"{SLICE['sinceDate']} to {TODAY}"),
        ({"orderIds": ["999-100", "999-101"]}, "999-100 and 1 more"),
    ],
)
def test_whatever_ends_an_invocation_for_a_slice_is_counted_and_named(
    functions: Functions, piece: dict[str, Any], name: str
) -> None:
    """A backfill that tolerates failures would end well, and nobody would know."""
    functions.world.aws.fail("Query", about='"failure"')
    with pytest.raises(AwsUnavailable):
        invoke(functions, piece)
    assert functions.metrics["BackfillSliceFailed"] == 1
    (line,) = [one for one in functions.lines if one.get("message") == "A slice did not come on"]
    assert (line["slice"], line["error"].partition(":")[0]) == (name, "AwsUnavailable")


def test_a_secret_that_is_changed_in_the_middle_stops_the_slice(functions: Functions) -> None:
    pay(functions.world, 40)
    refused = b'{"error": "Invalid security credentials"}'
    for _ in range(40):
        functions.world.zonos.answer_next("orderDetail", 400, "application/json", refused)
    with pytest.raises(BadCredentials):
        invoke(functions, SLICE)
    assert functions.metrics["BadCredentials"] == 1
    assert "BackfillSlicesDone" not in functions.metrics
    assert len(details_asked(functions.world)) <= 2 * 16


def test_a_slice_whose_every_order_meets_a_wrong_secret_is_not_done(functions: Functions) -> None:
    pay(functions.world, 1)
    refused = b'{"error": "Invalid security credentials"}'
    for _ in range(2):
        functions.world.zonos.answer_next("orderDetail", 400, "application/json", refused)
    with pytest.raises(BadCredentials):
        invoke(functions, SLICE)
    assert "BackfillSlicesDone" not in functions.metrics


def test_failures_that_cannot_be_recorded_fail_the_invocation(functions: Functions) -> None:
    _, bad = pay(functions.world, 2)
    functions.world.zonos.bad_orders = {bad}
    functions.world.aws.fail("UpdateItem", THROTTLED, about='"failure"')
    with pytest.raises(AwsUnavailable):
        invoke(functions, SLICE)


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_an_input_that_is_not_understood_says_what_is(functions: Functions) -> None:
    with pytest.raises(InvalidInput, match=r'expected \{"sinceDate"'):
        functions.invoke("backfill_orders", {"plan": {"from": "20240101"}})
