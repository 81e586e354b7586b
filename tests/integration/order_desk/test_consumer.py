"""The warehouse of docs/order-desk.md ships every order once, wherever it is killed."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.__main__ import parameters
from tests.sandbox.sam_template import ROOT
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE

(EXAMPLE,) = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs/order-desk.md").read_text(encoding="utf-8"), re.DOTALL
)
PLACES = ["before", "after"]


class Killed(BaseException):
    """The consumer's process is no more."""


class Life:
    """One run of the consumer, killed before or after the `nth` thing that it does to the world."""

    def __init__(self, nth: int | None = None, place: str = "before") -> None:
        self._nth = nth
        self._place = place
        self.done = 0

    def touched(self, place: str) -> None:
        self.done += place == "before"
        if (self.done, place) == (self._nth, self._place):
            raise Killed


class Watched:
    """An object whose calls count as things done to the world."""

    def __init__(self, thing: Any, life: Life) -> None:
        self._thing = thing
        self._life = life

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self._life.touched("before")
            result = getattr(self._thing, name)(*arguments, **named)
            self._life.touched("after")
            return result

        return call


class Warehouse:
    """The merchant's own system: it keeps the three rules that the page names, and outlives every crash."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self.shipped: Counter[str] = Counter()

    def reserve(self, order_id: str) -> str:
        if not self.shipped[order_id]:
            self._open.add(order_id)
        return f"M-{order_id}"

    def reserved(self) -> set[str]:
        return set(self._open)

    def release(self, number: str) -> None:
        order_id = number.removeprefix("M-")
        if order_id in self._open:
            self._open.remove(order_id)
            self.shipped[order_id] += 1

    def drop(self, number: str) -> None:
        self._open.discard(number.removeprefix("M-"))


class Shop:
    """A sandbox with a warehouse behind it."""

    def __init__(self, sandbox: Sandbox, simulator: ZonosSimulator) -> None:
        self.sandbox = sandbox
        self.zonos = simulator.world
        self.warehouse = Warehouse()
        outputs = sandbox.stack.outputs
        self._program = EXAMPLE
        for name in ("OrdersTableName", "OrderDeskFunctionName"):
            assert f"<{name}>" in EXAMPLE
            self._program = self._program.replace(f"<{name}>", outputs[name])

    def run(self, life: Life) -> bool:
        """Run the page's program; False when it was killed."""

        class Boto3:
            @staticmethod
            def client(service: str) -> Any:
                return Watched(self.sandbox.client(service), life)

        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "boto3", Boto3)
            patch.setitem(sys.modules, "warehouse", Watched(self.warehouse, life))
            try:
                exec(self._program, {})
            except Killed:
                return False
        return True


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with (
        ZonosSimulator(store_id=STORE, secret=SECRET) as simulator,
        Sandbox(parameters(simulator, "disabled"), SECRET) as sandbox,
    ):
        yield Shop(sandbox, simulator)


def test_it_is_twenty_lines() -> None:
    assert len([line for line in EXAMPLE.splitlines() if line.strip()]) <= 20


def test_every_order_is_shipped_once_wherever_the_consumer_is_killed(shop: Shop) -> None:
    probe = Life()
    orders = {shop.zonos.pay(), shop.zonos.pay()}
    shop.sandbox.fire_schedule()
    assert shop.run(probe)

    for nth in range(1, probe.done + 1):
        for place in PLACES:
            orders |= {shop.zonos.pay(), shop.zonos.pay()}
            shop.sandbox.fire_schedule()
            assert not shop.run(Life(nth, place)), f"not killed {place} step {nth}"
            assert shop.run(Life())
            assert shop.warehouse.shipped == Counter(orders), f"killed {place} step {nth}"

    assert probe.done >= 8
    items = {item["order_id"]: item for item in shop.sandbox.orders()}
    for order_id in orders:
        number = shop.zonos.details(order_id)["merchantOrderId"]
        assert number == items[order_id]["merchant_order_id"] == f"M-{order_id}"
        assert "to_ship_day" not in items[order_id]


def killed_after_the_reservation(shop: Shop) -> str:
    """An order for which the warehouse has a number, and that is not taken over."""
    order_id = shop.zonos.pay()
    shop.sandbox.fire_schedule()
    shop.run(Life(3, "after"))
    assert order_id in shop.warehouse.reserved()
    return order_id


def test_an_order_that_is_cancelled_before_it_is_taken_over_is_not_shipped(shop: Shop) -> None:
    order_id = killed_after_the_reservation(shop)
    shop.zonos.cancel(order_id)
    shop.sandbox.fire_schedule()
    shop.run(Life())

    assert shop.warehouse.shipped[order_id] == 0
    assert order_id not in shop.warehouse.reserved()


def test_an_order_that_is_held_before_it_is_taken_over_is_shipped_once_it_is_released(shop: Shop) -> None:
    order_id = killed_after_the_reservation(shop)
    shop.zonos.hold(order_id)
    shop.sandbox.fire_schedule()
    shop.run(Life())
    assert (shop.warehouse.shipped[order_id], shop.warehouse.reserved()) == (0, set())

    shop.zonos.release(order_id)
    shop.sandbox.fire_schedule()
    shop.run(Life())
    assert shop.warehouse.shipped[order_id] == 1


def killed_after_the_take_over(shop: Shop) -> str:
    """An order that is taken over, and that the warehouse does not know of yet."""
    order_id = shop.zonos.pay()
    shop.sandbox.fire_schedule()
    lives = 0
    while "taken_over_at" not in (shop.sandbox.order(order_id) or {}):
        lives += 1
        shop.run(Life(lives, "after"))
    assert shop.warehouse.shipped[order_id] == 0
    return order_id


@pytest.mark.parametrize("status", ["IGLOBAL_LABELS_PROCESSING", "VENDOR_PREPARING_ORDER"])
def test_an_order_in_preparation_is_shipped_by_whoever_took_it_over(shop: Shop, status: str) -> None:
    order_id = killed_after_the_take_over(shop)
    shop.zonos.set_status(order_id, status)
    shop.sandbox.fire_schedule()
    for _ in range(2):
        shop.run(Life())

    assert shop.warehouse.shipped[order_id] == 1
    assert order_id not in shop.warehouse.reserved()


def test_an_order_that_is_held_after_it_was_taken_over_waits_until_it_is_released(shop: Shop) -> None:
    order_id = killed_after_the_take_over(shop)
    shop.zonos.hold(order_id)
    shop.sandbox.fire_schedule()
    shop.run(Life())
    assert shop.warehouse.shipped[order_id] == 0

    shop.zonos.release(order_id)
    shop.sandbox.fire_schedule()
    shop.run(Life())
    assert shop.warehouse.shipped[order_id] == 1
