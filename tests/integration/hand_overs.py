"""What tests of the numbers that Zonos is told do and look at, in a word each."""

import json

from tests.integration.runs import pay, run
from tests.world import World
from zonos_orders.clock import Deadline
from zonos_orders.reconciliation_table import Failure
from zonos_orders.wiring import Application

TELL = "updateMerchantOrderId"
REFUSAL = json.dumps({"error": "Could not update the order"}).encode()


def number(order_id: str) -> str:
    return f"M-{order_id}"


def take_over(application: Application, order_id: str, merchants: str = "", *, force: bool = False) -> None:
    deadline = Deadline.after(50, application.clock)
    merchants = merchants or number(order_id)
    assert application.order_desk.take_over(order_id, merchants, deadline, force=force).agreed


def taken_over(world: World, application: Application, times: int = 1) -> list[str]:
    """Orders that were taken over, and Zonos told."""
    orders = pay(world, times)
    run(application)
    for order_id in orders:
        take_over(application, order_id)
    return orders


def untold(world: World, application: Application, times: int = 1) -> list[str]:
    """Orders that were taken over while Zonos could not be told; it can again."""
    orders = pay(world, times)
    run(application)
    world.zonos.break_down("status_500", operation=TELL)
    for order_id in orders:
        take_over(application, order_id)
    world.zonos.recover()
    world.zonos.reset_calls()
    return orders


def refuse(world: World, times: int = 1) -> None:
    """Let Zonos refuse the next numbers that it is told."""
    for _ in range(times):
        world.zonos.answer_next(TELL, 200, "application/json", REFUSAL)


def numbers_at_zonos(world: World, orders: list[str]) -> dict[str, str]:
    return {order_id: world.zonos.order(order_id).merchant_order_id for order_id in orders}


def is_written_back(world: World, order_id: str) -> bool:
    return "write_back_day" not in world.order(order_id)


def records(world: World) -> dict[str, Failure]:
    return world.reconciliation_table.failures(kind="write_back")
