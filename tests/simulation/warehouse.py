"""The merchant's own systems: they take orders over as docs/order-desk.md shows, and die where it hurts."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulation.processes import Process
from zonos_orders.order_desk import DeskAnswer

if TYPE_CHECKING:
    from tests.simulation.simulation import Deployment

_GONE = {"CANCELLED", "COMPLETED"}


class Warehouse:
    """One system with its own numbers: the same order always gets the same one. It outlives its crashes."""

    def __init__(self, deployment: "Deployment", mark: str) -> None:
        self._deployment = deployment
        self._mark = mark
        self.reserved: set[str] = set()
        self.released: set[str] = set()

    def work(self, ended: Callable[[Process, Any], object] = lambda *_: None) -> None:
        """Ask for every order that is listed, or was reserved and is neither released nor dropped."""
        deployment = self._deployment
        listed = {order_id for (order_id,), item in deployment.orders.items() if "to_ship_day" in item}
        for order_id in sorted(self.reserved | listed):
            self.reserved.add(order_id)
            if deployment.faults.happens("warehouse killed"):
                return

            def answered(process: Process, answer: Any, order_id: str = order_id) -> None:
                self._answered(order_id, answer)
                ended(process, answer)

            deployment.take_over(order_id, self.number(order_id), answered)

    def number(self, order_id: str) -> str:
        return f"{self._mark}-{order_id}"

    def _answered(self, order_id: str, answer: Any) -> None:
        deployment = self._deployment
        if not isinstance(answer, DeskAnswer) or deployment.faults.happens("warehouse killed"):
            return  # it stays reserved
        disposition = answer.order.disposition if answer.order else ""
        if answer.agreed and disposition in ("READY", "FULFILLING"):
            self.reserved.discard(order_id)
            self.released.add(order_id)
        elif not answer.agreed or disposition in _GONE:
            self.reserved.discard(order_id)


def ask_around(deployment: "Deployment", random: Random) -> None:
    """Some other system of the merchant's asks the desk about an order, or tells of its progress."""
    order_id = random.choice([key[0] for key in deployment.orders] or ["999-4711"])
    status = random.choice(("VENDOR_PREPARING_ORDER", "VENDOR_END_OF_DAY_COMPLETE"))
    ask = random.choice(
        (
            partial(deployment.may_ship, order_id),
            partial(deployment.set_status, order_id, status),
            partial(deployment.set_tracking, order_id),
        )
    )
    ask()
