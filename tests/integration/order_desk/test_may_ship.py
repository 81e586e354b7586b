"""Whether a parcel may leave is said from what is stored and from a look at Zonos of this moment."""

from typing import Any

import pytest

from tests.integration.functions import Functions
from tests.world import World

PREPARING = "VENDOR_PREPARING_ORDER"


def may_ship(functions: Functions, order_id: str = "999-100") -> tuple[bool, list[str]]:
    answer = functions.desk(mayShip={"orderId": order_id})
    return answer["may_ship"], answer["reasons"]


@pytest.fixture
def functions(functions: Functions) -> Functions:
    functions.world.zonos.pay()
    functions.reconcile()
    return functions


def test_a_ready_order_may_be_shipped(functions: Functions, world: World) -> None:
    assert may_ship(functions) == (True, [])
    assert world.zonos.calls("orderDetail") == 2  # the import, and the look


@pytest.mark.parametrize(
    ("status", "reasons"),
    [
        ("IGLOBAL_ORDER_CANCELLED", ["CANCELLED"]),
        ("IGLOBAL_ORDER_CANCELED", ["CANCELLED"]),
        ("IGLOBAL_ORDER_ON_HOLD", ["ON_HOLD"]),
        ("IGLOBAL_FRAUD_REVIEW", ["FRAUD_REVIEW"]),
        ("VENDOR_CANCELLATION_REQUEST", ["CANCELLATION_REQUESTED"]),
        ("IGLOBAL_SOMETHING_NEW", ["UNKNOWN_STATUS"]),
        ("VENDOR_END_OF_DAY_COMPLETE", ["COMPLETED"]),
    ],
)
def test_what_zonos_has_changed_a_moment_ago_counts(
    functions: Functions, world: World, status: str, reasons: list[str]
) -> None:
    assert world.order("999-100")["disposition"] == "READY"
    world.zonos.set_status("999-100", status)

    assert may_ship(functions) == (False, reasons)
    assert world.order("999-100")["zonos_status"] == status  # the look is written down


def test_a_restricted_party_found_after_the_import_counts(functions: Functions, world: World) -> None:
    world.zonos.edit("999-100", cslListMatch=True)
    assert may_ship(functions) == (False, ["CSL_MATCH"])


def test_an_order_that_is_being_prepared_may_leave_when_it_was_taken_over_here(
    functions: Functions, world: World
) -> None:
    world.zonos.set_status("999-100", PREPARING)
    assert may_ship(functions) == (False, ["TAKEN_OVER_ELSEWHERE"])

    world.zonos.release("999-100")
    functions.reconcile()
    functions.desk(takeOver={"orderId": "999-100", "merchantOrderId": "M-1"})
    world.zonos.set_status("999-100", PREPARING)
    assert may_ship(functions) == (True, [])


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited", "not_yet"])
def test_it_may_not_while_zonos_cannot_be_asked(functions: Functions, world: World, fault: Any) -> None:
    world.zonos.break_down(fault)
    answer = functions.desk(mayShip={"orderId": "999-100"})

    assert (answer["may_ship"], answer["reasons"]) == (False, ["ZONOS_DID_NOT_SAY"])
    assert answer["error"]
    assert world.order("999-100")["disposition"] == "READY"


def test_it_may_not_when_zonos_answers_with_an_older_state(functions: Functions, world: World) -> None:
    world.zonos.edit("999-100", orderStatusDate=world.clock.now_ms() - 3_600_000)
    assert may_ship(functions) == (False, ["ZONOS_DID_NOT_SAY"])


def test_an_order_that_is_not_there_may_not_be_shipped(functions: Functions, world: World) -> None:
    asked = world.zonos.calls()
    assert may_ship(functions, "999-4711") == (False, ["NOT_IMPORTED"])
    assert world.zonos.calls() == asked


def test_an_order_that_comes_into_review_is_watched(functions: Functions, world: World) -> None:
    world.zonos.hold("999-100")
    may_ship(functions)
    assert world.executions().keys() == {"999-100-1"}
