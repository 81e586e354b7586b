"""The desk tells on one screen how everything stands, and changes nothing by it."""

from typing import Any

import pytest

from tests.integration.functions import Functions
from tests.world import World

HOUR = 3_600


def status(functions: Functions) -> dict[str, Any]:
    return functions.desk(status={})


def test_nothing_has_happened_yet(functions: Functions) -> None:
    assert status(functions) == {
        "reconciliation": {"last_run": None},
        "failures": {},
        "held": {},
        "waiting_for_hand_over": {"count": 0, "since_day": None, "orders": []},
        "number_unknown_to_zonos": {"count": 0, "orders": [], "failures": {}},
        "for_a_person": {},
    }


def test_a_clean_run_is_told(functions: Functions, world: World) -> None:
    functions.reconcile()
    world.clock.pass_time(5 * 60)

    told = status(functions)["reconciliation"]
    assert (told["outcome"], told["error"]) == ("clean", None)
    assert told["backlog"] == {"missing": 0, "due": 0, "left": 0}
    assert told["last_run"] == told["clean_since"]
    assert (told["minutes_since_clean"], told["watermark"]) == (5, world.watermark())


def test_an_outage_is_told_with_its_cause(functions: Functions, world: World) -> None:
    functions.reconcile()
    world.clock.pass_time(HOUR)
    world.zonos.break_down("status_500")
    functions.reconcile()

    told = status(functions)["reconciliation"]
    assert told["outcome"] == "unavailable"
    assert told["error"].startswith("ZonosUnavailable: ")
    assert told["backlog"] is None  # not known
    assert told["minutes_since_clean"] == 60
    assert told["last_run"] > told["clean_since"]


def test_held_orders_are_told_by_reason_with_age_and_next_look(functions: Functions, world: World) -> None:
    reviewed = world.zonos.pay("fraud_review")
    matched = world.zonos.pay("csl_match")
    functions.reconcile()
    day = world.order(reviewed)["held_day"]
    held = status(functions)["held"]

    assert held.keys() == {"FRAUD_REVIEW", "CSL_MATCH"}
    assert (held["FRAUD_REVIEW"]["count"], held["FRAUD_REVIEW"]["since_day"]) == (1, day)
    assert held["FRAUD_REVIEW"]["orders"][reviewed]["next_look"].endswith("Z")
    assert held["CSL_MATCH"]["orders"] == {matched: {"since_day": day, "next_look": None}}


def test_failures_are_told_by_cause(functions: Functions, world: World) -> None:
    bad = {world.zonos.pay() for _ in range(3)}
    world.zonos.pay()
    world.zonos.bad_orders = bad
    functions.reconcile()
    ((cause, failures),) = status(functions)["failures"].items()

    assert cause.startswith("ZonosUnavailable: ")
    assert (failures["count"], set(failures["orders"])) == (3, bad)
    assert failures["since"] <= failures["next_attempt"]


def test_what_waits_for_hand_over_and_for_zonos_is_told(functions: Functions, world: World) -> None:
    orders = [world.zonos.pay() for _ in range(2)]
    functions.reconcile()
    world.zonos.break_down("status_500")
    functions.desk(takeOver={"orderId": orders[0], "merchantOrderId": "M-1"})
    told = status(functions)

    assert told["waiting_for_hand_over"]["orders"] == [orders[1]]
    assert told["number_unknown_to_zonos"]["orders"] == [orders[0]]
    assert len(told["number_unknown_to_zonos"]["failures"]) == 1


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("csl_match", "CSL_MATCH"),
        ("odd", "UNKNOWN_STATUS"),
        ("bad", "KEEPS_FAILING"),
        ("expired", "REVIEW_EXPIRED"),
    ],
)
def test_what_needs_a_person_is_told(functions: Functions, world: World, kind: Any, why: str) -> None:
    order_id = world.zonos.pay("csl_match" if kind == "csl_match" else "pay")
    if kind == "odd":
        world.zonos.set_status(order_id, "IGLOBAL_SOMETHING_NEW")
    if kind == "bad":
        world.zonos.edit(order_id, orderId="999-7")
    if kind == "expired":
        world.zonos.hold(order_id)
    functions.reconcile()
    if kind == "expired":
        world.clock.pass_time(31 * 24 * HOUR)
        functions.recheck(order_id)
    world.clock.pass_time(2 * HOUR)

    assert status(functions)["for_a_person"] == {why: {"count": 1, "orders": [order_id]}}


@pytest.mark.parametrize("number", ["ours", "another system's"])
def test_an_order_that_was_cancelled_lately_although_somebody_has_it_needs_a_person(
    functions: Functions, world: World, number: str
) -> None:
    order_id, nobodys = world.zonos.pay(), world.zonos.pay()
    functions.reconcile()
    if number == "ours":
        functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})
    else:
        world.zonos.set_merchant_order_id(order_id, "X-1")
    for one in (order_id, nobodys):
        world.zonos.cancel(one)
    world.clock.pass_time(HOUR)
    functions.reconcile()
    wanted = {"CANCELLED_AFTER_TAKE_OVER": {"count": 1, "orders": [order_id]}}
    assert status(functions)["for_a_person"] == wanted
    world.clock.pass_time(8 * 24 * HOUR)
    assert status(functions)["for_a_person"] == {}


def test_wrong_credentials_need_a_person(functions: Functions, world: World) -> None:
    world.zonos.secret = "canary-another"
    functions.reconcile()
    assert status(functions)["for_a_person"].keys() == {"BAD_CREDENTIALS"}
    assert status(functions)["reconciliation"]["backlog"] is None


def test_a_run_that_had_no_time_for_all_tells_its_backlog(world: World) -> None:
    functions = Functions(world, IMPORT_CONCURRENCY="1")
    for _ in range(3):
        world.zonos.pay()
    world.each_call_takes = 200
    functions.reconcile()
    backlog = status(functions)["reconciliation"]["backlog"]
    assert (backlog["missing"], backlog["left"] > 0) == (3, True)


def test_at_most_twenty_orders_are_named(functions: Functions, world: World) -> None:
    for _ in range(25):
        world.zonos.pay("fraud_review")
    for _ in range(25):
        world.zonos.pay()
    for _ in range(25):
        world.zonos.pay("csl_match")
    functions.reconcile()
    told = status(functions)

    assert (told["held"]["FRAUD_REVIEW"]["count"], len(told["held"]["FRAUD_REVIEW"]["orders"])) == (25, 20)
    waiting = told["waiting_for_hand_over"]
    assert (waiting["count"], len(waiting["orders"])) == (25, 20)
    matched = told["for_a_person"]["CSL_MATCH"]
    assert (matched["count"], len(matched["orders"])) == (25, 20)


def test_telling_changes_nothing_and_asks_zonos_nothing(functions: Functions, world: World) -> None:
    world.zonos.pay("fraud_review")
    functions.reconcile()
    asked = world.zonos.calls()
    for operation in ("UpdateItem", "PutItem", "DeleteItem"):
        world.aws.fail(operation)

    assert status(functions) == status(functions)
    assert world.zonos.calls() == asked


def test_an_outage_is_nobodys_to_settle(functions: Functions, world: World) -> None:
    order_id = world.zonos.pay()
    functions.reconcile()
    world.zonos.bad_orders = {order_id}
    functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})
    world.clock.pass_time(2 * HOUR)

    assert len(status(functions)["number_unknown_to_zonos"]["failures"]) == 1
    assert status(functions)["for_a_person"] == {}


def test_a_number_that_zonos_refuses_is_for_a_person(functions: Functions, world: World) -> None:
    order_id = world.zonos.pay()
    functions.reconcile()
    world.zonos.answer_next("updateMerchantOrderId", 200, "application/json", b'{"error": "no such thing"}')
    functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})
    world.clock.pass_time(2 * HOUR)

    assert status(functions)["for_a_person"] == {"NUMBER_REFUSED": {"count": 1, "orders": [order_id]}}
