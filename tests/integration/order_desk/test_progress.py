"""Zonos is told how far the merchant got, unless the order is held, cancelled or Zonos's alone."""

from typing import Any

import pytest

from tests.integration.functions import Functions
from tests.world import World
from zonos_orders.zonos_writes import VENDOR_STATUSES

PREPARING = "VENDOR_PREPARING_ORDER"


def set_status(functions: Functions, status: str = PREPARING) -> dict[str, Any]:
    return functions.desk(setStatus={"orderId": "999-100", "status": status})


def set_tracking(functions: Functions, *numbers: str) -> dict[str, Any]:
    return functions.desk(setTracking={"orderId": "999-100", "trackingNumbers": list(numbers)})


@pytest.fixture
def functions(functions: Functions) -> Functions:
    functions.world.zonos.pay()
    functions.reconcile()
    return functions


@pytest.mark.parametrize(
    ("status", "disposition"),
    [
        ("VENDOR_PREPARING_ORDER", "FULFILLING"),
        ("VENDOR_SHIPMENT_READY", "FULFILLING"),
        ("VENDOR_LABELS_PRINTED_DATE", "FULFILLING"),
        ("VENDOR_CANCELLATION_REQUEST", "HELD"),
        ("VENDOR_END_OF_DAY_COMPLETE", "COMPLETED"),
    ],
)
def test_each_status_that_a_merchant_may_set_is_told_and_seen_at_once(
    functions: Functions, world: World, status: str, disposition: str
) -> None:
    answer = set_status(functions, status)

    assert (answer["told"], answer["reasons"], answer["disposition"]) == (True, [], disposition)
    assert world.zonos.details("999-100")["orderStatus"] == world.order("999-100")["zonos_status"] == status
    assert status in VENDOR_STATUSES


def test_a_status_that_is_so_already_is_not_told_again(functions: Functions, world: World) -> None:
    for status in (PREPARING, "VENDOR_CANCELLATION_REQUEST"):
        assert set_status(functions, status)["told"] is True
        told = world.zonos.calls("updateVendorOrderStatus")
        assert set_status(functions, status)["told"] is True
        assert world.zonos.calls("updateVendorOrderStatus") == told


def test_a_status_that_is_so_already_is_refused_all_the_same_while_the_order_is_held(
    functions: Functions, world: World
) -> None:
    assert set_status(functions)["told"] is True
    world.zonos.edit("999-100", cslListMatch=True)
    answer = set_status(functions)

    assert (answer["told"], answer["reasons"]) == (False, ["CSL_MATCH"])


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("IGLOBAL_LABELS_PROCESSING", "BLOCKED_BY_ZONOS"),
        ("IGLOBAL_ORDER_ON_HOLD", "ON_HOLD"),
        ("IGLOBAL_FRAUD_REVIEW", "FRAUD_REVIEW"),
        ("IGLOBAL_ORDER_CANCELLED", "CANCELLED"),
        ("VENDOR_CANCELLATION_REQUEST", "CANCELLATION_REQUESTED"),
        ("VENDOR_END_OF_DAY_COMPLETE", "BLOCKED_BY_ZONOS"),
    ],
)
def test_a_status_from_which_zonos_lets_no_merchant_go_is_refused_with_the_reason(
    functions: Functions, world: World, status: str, reason: str
) -> None:
    world.zonos.set_status("999-100", status)  # the table does not know it yet
    answer = set_status(functions)

    assert (answer["told"], answer["reasons"]) == (False, [reason])
    assert world.zonos.calls("updateVendorOrderStatus") == 0


def test_tracking_numbers_are_told(functions: Functions, world: World) -> None:
    answer = set_tracking(functions, "1Z-1", "1Z-2")

    assert (answer["told"], answer["reasons"]) == (True, [])
    assert world.zonos.order("999-100").tracking_number == "1Z-1, 1Z-2"


@pytest.mark.parametrize("status", ["IGLOBAL_LABELS_PROCESSING", "VENDOR_END_OF_DAY_COMPLETE"])
def test_tracking_numbers_come_late_as_a_rule(functions: Functions, world: World, status: str) -> None:
    world.zonos.set_status("999-100", status)
    assert set_tracking(functions, "1Z-1")["told"] is True


@pytest.mark.parametrize(
    ("change", "reason"), [("hold", "ON_HOLD"), ("cancel", "CANCELLED")], ids=["held", "cancelled"]
)
def test_tracking_numbers_of_an_order_that_must_not_leave_are_refused(
    functions: Functions, world: World, change: str, reason: str
) -> None:
    getattr(world.zonos, change)("999-100")
    answer = set_tracking(functions, "1Z-1")

    assert (answer["told"], answer["reasons"]) == (False, [reason])
    assert world.zonos.calls("setShipmentTracking") == 0


def test_what_zonos_does_not_confirm_was_not_told(functions: Functions, world: World) -> None:
    body = b'{"error": "something new"}'
    for operation in ("updateVendorOrderStatus", "setShipmentTracking"):
        world.zonos.answer_next(operation, 200, "application/json", body)
    for answer in (set_status(functions), set_tracking(functions, "1Z-1")):
        assert (answer["told"], answer["reasons"]) == (False, ["ZONOS_DID_NOT_SAY"])
        assert answer["error"].startswith("UnexpectedAnswer: ")
        assert "something new" not in str(answer)


def test_it_is_told_although_the_look_after_it_fails(functions: Functions, world: World) -> None:
    ordinary = world.zonos.details("999-100")

    def break_down() -> None:
        if world.zonos.calls("updateVendorOrderStatus"):
            world.zonos.break_down("status_500")

    world.aws.before("GetItem", break_down)
    answer = set_status(functions)

    assert (answer["told"], answer["disposition"]) == (True, "READY")  # as it was known last
    assert ordinary["orderStatus"] != world.zonos.details("999-100")["orderStatus"]
    world.aws.recover()
    world.zonos.recover()
    functions.reconcile()
    assert world.order("999-100")["disposition"] == "FULFILLING"


def test_an_order_that_is_not_there_is_not_told_of(functions: Functions, world: World) -> None:
    answer = functions.desk(setStatus={"orderId": "999-4711", "status": PREPARING})
    assert (answer["told"], answer["reasons"]) == (False, ["NOT_IMPORTED"])
    assert world.zonos.calls("updateVendorOrderStatus") == 0


def test_a_cancellation_that_is_met_on_the_way_is_counted(functions: Functions, world: World) -> None:
    functions.desk(takeOver={"orderId": "999-100", "merchantOrderId": "M-1"})
    world.clock.pass_time(60)
    world.zonos.cancel("999-100")

    assert set_status(functions)["reasons"] == ["CANCELLED"]
    assert functions.metrics["OrderCancelledAfterReady"] == 1
