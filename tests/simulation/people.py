"""The people who decide about single orders: they clear, release and erase, and not always the right ones."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from zonos_orders.clock import Deadline
from zonos_orders.order_supervisor import OrderSupervisor

if TYPE_CHECKING:
    from tests.simulation.simulation import Deployment

PRINCIPAL = "arn:aws:iam::123456789012:user/monday"
Act = Callable[[OrderSupervisor, Deadline], object]


def clear(order_id: str, revision: int | None = None) -> Act:
    return lambda supervisor, deadline: supervisor.clear(order_id, PRINCIPAL, deadline, revision)


def release(*order_ids: str) -> Act:
    return lambda supervisor, deadline: supervisor.release(order_ids, PRINCIPAL, deadline)


def erase(order_id: str, *, force: bool = False) -> Act:
    return lambda supervisor, _: supervisor.erase(order_id, PRINCIPAL, force=force)


def decide_something(deployment: "Deployment", random: Random) -> None:
    """Decide about an order that is held for it, or about any."""
    orders = deployment.orders
    act = random.choice((clear, release, erase))
    wanted = {clear: "CSL_MATCH", release: "BEFORE_GO_LIVE"}.get(act, "")
    held = [key[0] for key, item in orders.items() if {"S": wanted} in item["hold_reasons"]["L"]]
    order_id = random.choice(held or [key[0] for key in orders] or ["999-4711"])
    if act is clear and held and random.random() < _MOVED:  # and the table does not know it yet
        deployment.zonos.edit(order_id)
    if act is erase:
        deployment.supervise(erase(order_id, force=random.random() < _FORCED))
    else:
        deployment.supervise(act(order_id))
    if act is clear and held:  # another address, which nobody has cleared
        later = deployment.scheduler.now + _HALF_A_DAY
        deployment.scheduler.at(later, partial(deployment.zonos.edit, order_id))


_FORCED = 0.3
_MOVED = 0.3
_HALF_A_DAY = 43_200
