"""The system as it is deployed, over real HTTP: what a buyer's redirect and the schedule do to the table."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.__main__ import parameters
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.zonos_simulator import FaultKind, ZonosSimulator

BUYER_WAITS_SECONDS = 8


class Shop:
    """A deployed sandbox and the simulated Zonos in front of it."""

    def __init__(self, simulator: ZonosSimulator, sandbox: Sandbox) -> None:
        self.zonos = simulator.world
        self.checkout = f"{simulator.url}/checkout"
        self.sandbox = sandbox

    def redirect(self, order_id: str) -> requests.Response:
        return requests.get(f"{self.sandbox.page_url}?orderId={order_id}", timeout=15, allow_redirects=False)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with (
        ZonosSimulator() as simulator,
        Sandbox(parameters(simulator, "enabled"), simulator.world.secret) as sandbox,
    ):
        simulator.world.success_url = sandbox.page_url
        yield Shop(simulator, sandbox)


def test_a_buyer_walks_from_the_checkout_to_the_thank_you_page(shop: Shop) -> None:
    page = requests.post(shop.checkout, data={"kind": "pay"}, timeout=15)
    assert page.status_code == 200
    assert "is confirmed" in page.text
    assert page.headers["cache-control"] == "no-store"


def test_ten_closed_tabs_are_ten_orders_after_one_reconciliation(shop: Shop) -> None:
    before = {order["order_id"] for order in shop.sandbox.orders()}
    for _ in range(10):
        requests.post(shop.checkout, data={"kind": "close_tab"}, timeout=15).raise_for_status()
    shop.sandbox.fire_schedule()
    arrived = [order for order in shop.sandbox.orders() if order["order_id"] not in before]
    assert [order["imported_by"] for order in arrived] == ["reconcile"] * 10


def test_fifty_redirects_eight_at_once_make_one_order_and_then_no_call(shop: Shop) -> None:
    order_id = shop.zonos.pay("fraud_review")
    with ThreadPoolExecutor(8) as buyers:
        answers = list(buyers.map(shop.redirect, [order_id] * 50))
    assert {answer.status_code for answer in answers} == {200}
    order = shop.sandbox.order(order_id)
    assert order is not None
    assert (order["revision"], len(order["history"])) == (1, 1)
    loops = [e.name for e in shop.sandbox.executions() if e.name.startswith(f"{order_id}-")]
    assert loops == [f"{order_id}-1"]
    shop.zonos.release(order_id)  # so that its loop asks no more
    _wait_until_ready(shop, order_id)
    shop.zonos.reset_calls()
    assert shop.redirect(order_id).status_code == 200
    assert shop.zonos.calls() == 0


@pytest.mark.parametrize("fault", ["silence", "status_500", "drip", "html_502"])
def test_with_zonos_down_the_buyer_is_thanked_in_time_and_the_order_comes_later(
    shop: Shop, fault: FaultKind
) -> None:
    order_id = shop.zonos.pay()
    shop.zonos.break_down(fault)
    began = time.monotonic()
    answer = shop.redirect(order_id)
    took = time.monotonic() - began
    shop.zonos.recover()
    assert answer.status_code == 200
    assert "is being confirmed" in answer.text
    assert took < BUYER_WAITS_SECONDS
    assert shop.sandbox.order(order_id) is None
    shop.sandbox.fire_schedule()
    order = shop.sandbox.order(order_id)
    assert order is not None
    assert order["imported_by"] == "reconcile"
    assert shop.sandbox.reconciliation_item("failure", order_id) is None


def test_an_unknown_order_is_404_and_leaves_nothing_behind(shop: Shop) -> None:
    answer = shop.redirect("999-987654")
    assert answer.status_code == 404
    assert shop.sandbox.order("999-987654") is None
    assert shop.sandbox.reconciliation_item("failure", "999-987654") is None


def _wait_until_ready(shop: Shop, order_id: str) -> None:
    ends = time.monotonic() + 30
    while (shop.sandbox.order(order_id) or {})["disposition"] != "READY":
        assert time.monotonic() < ends, "the review loop should have released the order by now"
        time.sleep(0.1)
