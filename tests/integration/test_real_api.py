"""A look at a real account (`make run` with credentials) reads, and can do nothing else."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from tests.leaks.private import assert_nothing_private
from tests.sandbox.read_only import READS, ReadOnlyGate, ReadOnlyTransport, WouldWrite
from tests.sandbox.real_api import show_real_orders
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosUnavailable
from zonos_orders.http_transport import HttpTransport
from zonos_orders.zonos_api import Call, HttpAnswer, HttpRequest, build_request, order_detail
from zonos_orders.zonos_writes import (
    set_shipment_tracking,
    update_merchant_order_id,
    update_vendor_order_status,
)

WRITES = [
    update_merchant_order_id("999-100", "M-1"),
    update_vendor_order_status("999-100", "VENDOR_PREPARING_ORDER"),
    set_shipment_tracking("999-100", ["1Z"]),
]


class Refusing:
    """A Zonos that cannot be reached."""

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        raise ZonosUnavailable("the connection to Zonos failed (ConnectionError)")


@pytest.fixture
def simulator() -> Iterator[ZonosSimulator]:
    with ZonosSimulator(store_id=STORE, secret=SECRET) as simulator:
        yield simulator


def ask(url: str, call: Call) -> requests.Response:
    request = build_request(call, url, STORE, SECRET)
    return requests.post(request.url, data=request.body, headers=dict(request.headers), timeout=10)


def test_orders_are_shown_by_the_two_reading_calls_alone(simulator: ZonosSimulator) -> None:
    ids = [simulator.world.pay(), simulator.world.pay("fraud_review")]
    said: list[str] = []

    code = show_real_orders(STORE, SECRET, simulator.url, said.append)

    assert code == 0
    assert said[-1] == "2 orders imported, 2 listed; outcome: clean"
    assert all(order_id in said[1] for order_id in ids)
    assert {call.operation for call in simulator.world.call_log()} == {"orderDetail", "orderNumbers"}
    assert_nothing_private("what a look at a real account says", said)


def test_a_wrong_secret_is_said_and_points_to_the_doctor(simulator: ZonosSimulator) -> None:
    said: list[str] = []
    assert show_real_orders(STORE, "another canary", simulator.url, said.append) == 1
    assert "outcome: bad_credentials" in said[1]
    assert "Zonos refuses the store id or the secret" in said[2]
    assert "make doctor" in said[3]
    assert_nothing_private("what a look at a real account says", said)


@pytest.mark.parametrize("call", WRITES, ids=lambda call: call.path)
def test_no_writing_call_passes(simulator: ZonosSimulator, call: Call) -> None:
    simulator.world.pay()
    transport = ReadOnlyTransport(HttpTransport(1))
    with pytest.raises(WouldWrite):
        transport.post(build_request(call, simulator.url, STORE, SECRET), Deadline.after(5, Clock()))
    with closing(ReadOnlyGate(HttpTransport(1), simulator.url)) as gate:
        assert ask(gate.url, call).status_code == 403
    assert simulator.world.call_log() == []


def test_the_gate_hands_on_whatever_zonos_answers(simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay()
    with closing(ReadOnlyGate(HttpTransport(1), simulator.url)) as gate:
        found = ask(gate.url, order_detail(order_id=order_id))
        missing = ask(gate.url, order_detail(order_id="999-7"))
        simulator.world.break_down("rate_limited")
        busy = ask(gate.url, order_detail(order_id=order_id))
    assert (found.status_code, found.json()["order"]["orderId"]) == (200, order_id)
    assert (missing.status_code, list(missing.json())) == (400, ["error"])
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")


def test_the_gate_says_502_when_zonos_cannot_be_reached() -> None:
    with closing(ReadOnlyGate(Refusing(), "https://api.example")) as gate:
        assert ask(gate.url, order_detail(order_id="999-1")).status_code == 502


def test_the_calls_that_pass_are_the_documented_two() -> None:
    assert set(READS) == {"/v2/orderDetail", "/v1/orderNumbers"}
