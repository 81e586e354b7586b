"""Writers of one order that wait before each of their steps, so that a test says who goes next."""

from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet

from tests.integration.orders_table.orders import NOW_MS
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable, WriteContention
from zonos_orders.import_order import Imported
from zonos_orders.order import Order
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reviews import Reviews
from zonos_orders.stored_order import StoredOrder
from zonos_orders.zonos_client import ZonosClient

ORDER_ID = "999-1"


def wait() -> None:
    """Let the running writer stop here until it is its turn again."""
    hub = getcurrent().parent
    assert hub is not None, "only writers wait"
    hub.switch()


class Writer:
    """One writer at work. `result`: what it returned in the end, None while it works or when it gave up."""

    def __init__(self, work: Callable[[], Imported | None]) -> None:
        self.result: Imported | None = None
        self._work = work
        self._greenlet = greenlet(self._run)
        self.go_on()

    @property
    def is_done(self) -> bool:
        return bool(self._greenlet.dead)

    def go_on(self) -> None:
        """Take one step: learn, fetch, write, or what follows."""
        self._greenlet.switch()

    def die(self) -> None:
        """End before the next step."""
        self._greenlet.throw()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except (AwsUnavailable, WriteContention):  # what a writer may give up with
            return


class SteppedTable(OrdersTable):
    """The real adapter, waiting before each call. `learned` stands for what an index said."""

    learned: Callable[[], StoredOrder | None] | None = None

    def get(self, order_id: str) -> StoredOrder | None:
        wait()
        return self.learned() if self.learned else super().get(order_id)

    def replace(self, revision: int, order: StoredOrder) -> StoredOrder | None:
        wait()
        return super().replace(revision, order)


class MovingOrder(ZonosClient):
    """One order at Zonos, which moves on while others look: each state of it has the next `version`."""

    def __init__(self) -> None:
        self.content: dict[str, Any] = {"orderId": ORDER_ID, "orderDate": NOW_MS, "version": 0}

    def moves(self, status: str, status_changed_at: int | None, **content: Any) -> None:
        version = self.content["version"] + 1
        dated = {} if status_changed_at is None else {"orderStatusDate": status_changed_at}
        kept = {"orderId": ORDER_ID, "orderDate": NOW_MS, "orderStatus": status, "version": version}
        self.content = kept | dated | content

    def order(self, order_id: str, deadline: Deadline) -> Order:
        wait()
        return Order.read(dict(self.content), order_id, NOW_MS)


class StartedReviews(Reviews):
    """The loops that were started, by generation."""

    def __init__(self) -> None:
        self.generations: list[int] = []

    def start(self, order_id: str, generation: int) -> bool:
        wait()
        self.generations.append(generation)
        return True
