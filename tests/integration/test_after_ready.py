"""An order that Zonos cancels or holds after it was READY is told: someone may be packing it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.integration.functions import Functions
from tests.integration.runs import DAY, days_ago, list_once
from zonos_orders.clock import Deadline

CANCELLED, HELD = "OrderCancelledAfterReady", "OrderHeldAfterReady"
READY, ON_HOLD, REVIEW = "IGLOBAL_ORDER_IN_PROCESS", "IGLOBAL_ORDER_ON_HOLD", "IGLOBAL_FRAUD_REVIEW"
CANCEL, PREPARING, DONE = (
    "IGLOBAL_ORDER_CANCELLED",
    "VENDOR_PREPARING_ORDER",
    "VENDOR_END_OF_DAY_COMPLETE",
)


def told(functions: Functions) -> tuple[float, float]:
    return functions.metrics.get(CANCELLED, 0), functions.metrics.get(HELD, 0)


def live(functions: Functions, statuses: Sequence[str], **details: Any) -> str:
    """Let an order go through statuses, each seen by a run."""
    order_id = functions.world.zonos.pay(details=details)
    for status in statuses:
        functions.world.clock.pass_time(60)
        functions.world.zonos.set_status(order_id, status)
        functions.reconcile()
    return order_id


@pytest.mark.parametrize(
    ("statuses", "cancelled", "held"),
    [
        ([READY, CANCEL], 1, 0),
        ([PREPARING, CANCEL], 1, 0),
        ([DONE, CANCEL], 1, 0),
        ([READY, ON_HOLD, CANCEL], 1, 1),
        ([READY, REVIEW, ON_HOLD, CANCEL], 1, 1),
        ([REVIEW, CANCEL], 0, 0),
        ([REVIEW, READY, CANCEL], 1, 0),
        ([CANCEL], 0, 0),
        ([READY, CANCEL, "IGLOBAL_ORDER_CANCELED"], 1, 0),
        ([READY, CANCEL, ON_HOLD, CANCEL], 1, 0),
        ([READY, CANCEL, READY, CANCEL], 2, 0),
        ([READY, ON_HOLD, READY], 0, 1),
        ([PREPARING, ON_HOLD], 0, 1),
    ],
)
def test_what_becomes_of_an_order_after_it_was_ready_is_counted_once(
    functions: Functions, statuses: list[str], cancelled: int, held: int
) -> None:
    live(functions, statuses)
    assert told(functions) == (cancelled, held)


def test_an_order_that_was_taken_over_elsewhere_may_be_packed_although_it_was_never_ready_here(
    functions: Functions,
) -> None:
    live(functions, [REVIEW, CANCEL], merchantOrderId="M-1")
    assert told(functions) == (1, 0)


@pytest.mark.parametrize("number", ["", "M-1"])
def test_an_edit_of_a_cancelled_order_is_no_second_cancellation(functions: Functions, number: str) -> None:
    order_id = live(functions, [READY, CANCEL], merchantOrderId=number)
    functions.world.zonos.edit(order_id)
    functions.reconcile(orderIds=[order_id])
    assert (functions.metrics["OrderChanged"], *told(functions)) == (2, 1, 0)


def test_a_dry_run_tells_nothing(functions: Functions) -> None:
    order_id = live(functions, [READY])
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    functions.reconcile(orderIds=[order_id], dryRun=True)
    assert told(functions) == (0, 0)


def test_the_log_names_the_order_and_what_became_of_it(functions: Functions) -> None:
    order_id = live(functions, [READY, ON_HOLD, READY, CANCEL])
    lines = [line for line in functions.lines if line.get("message") == "An order needs a person"]
    assert [(line["order_id"], line["news"]) for line in lines] == [(order_id, HELD), (order_id, CANCELLED)]


def test_it_is_told_although_its_writer_did_not_live_to_tell_anything(functions: Functions) -> None:
    order_id = live(functions, [READY])
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    desk = functions.world.application().order_desk
    assert not desk.may_ship(order_id, Deadline.after(30, functions.world.clock)).agreed
    assert told(functions) == (0, 0)
    functions.redirect("orderId=999-4711")  # whatever comes next
    assert told(functions) == (1, 0)


def test_it_is_told_although_the_bus_is_down(functions: Functions) -> None:
    order_id = live(functions, [READY])
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    functions.world.aws.fail("PutEvents")
    with pytest.raises(AssertionError):
        functions.reconcile()
    assert told(functions) == (1, 0)


# How soon


LOOKS: dict[str, Callable[[Functions, str], Any]] = {
    "mayShip": lambda functions, order_id: functions.desk(mayShip={"orderId": order_id}),
    "recheck": lambda functions, order_id: functions.recheck(order_id),
    "clear": lambda functions, order_id: functions.supervise(clear={"orderId": order_id}),
    "release": lambda functions, order_id: functions.supervise(release={"orderIds": [order_id]}),
}


@pytest.mark.parametrize("function", LOOKS)
def test_whoever_looks_first_tells_it(functions: Functions, function: str) -> None:
    order_id = live(functions, [READY, REVIEW] if function == "recheck" else [READY])
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    LOOKS[function](functions, order_id)
    assert told(functions)[0] == 1
    assert [line["order_id"] for line in functions.lines if line.get("news") == CANCELLED] == [order_id]


@pytest.mark.parametrize("function", ["mayShip", "clear", "release"])
def test_whoever_sees_a_hold_or_a_match_first_tells_it(functions: Functions, function: str) -> None:
    order_id = live(functions, [READY])
    functions.world.zonos.edit(order_id, cslListMatch=True)
    LOOKS[function](functions, order_id)
    assert (functions.metrics["RestrictedPartyMatch"], told(functions)[1]) == (1, 1)


@pytest.mark.parametrize("function", ["clear", "release"])
def test_what_the_look_has_found_is_told_although_nothing_could_be_read_after_it(
    functions: Functions, function: str
) -> None:
    order_id = live(functions, [READY])
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    functions.world.aws.before("UpdateItem", lambda: functions.world.aws.fail("GetItem"))
    LOOKS[function](functions, order_id)
    assert (functions.metrics["SupervisorFailed"], told(functions)[0]) == (1, 1)


def test_a_recent_cancellation_is_noticed_by_the_next_run(functions: Functions) -> None:
    live(functions, [READY])
    order_id = functions.world.zonos.pay(completed_at=days_ago(functions.world, 2))
    functions.reconcile()
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    functions.reconcile()
    assert told(functions)[0] == 1


def test_an_older_cancellation_is_noticed_by_the_first_run_of_the_next_day(functions: Functions) -> None:
    zonos, clock = functions.world.zonos, functions.world.clock
    order_id = zonos.pay(completed_at=days_ago(functions.world, 20))
    functions.reconcile()
    clock.pass_time(60)
    zonos.cancel(order_id)
    functions.reconcile()
    assert told(functions)[0] == 0  # it is not in the list of two days
    clock.pass_time(DAY)
    functions.reconcile()
    assert told(functions)[0] == 1


def test_a_cancellation_that_no_list_shows_is_noticed_by_the_refresh(functions: Functions) -> None:
    functions = Functions(functions.world, REFRESH_CALLS_PER_RUN="1")
    order_id = live(functions, [READY])
    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(order_id)
    list_once(functions.world, {"id": order_id})
    functions.reconcile()
    assert told(functions)[0] == 1
