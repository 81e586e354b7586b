"""The simulated Zonos breaks down on demand, and recovers."""

import time
from threading import Thread

import pytest
import requests

from tests.integration.eventually import eventually
from tests.integration.zonos_simulator.calls import SECRET, StillClock, call, listed, raw_call
from tests.sandbox.zonos_simulator import FaultKind, ZonosSimulator


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "beginning"),
    [
        (
            "status_500",
            500,
            "application/json",
            '{"error": "Couldn\u2019t process order details"}',
        ),
        ("html_502", 502, "text/html; charset=utf-8", "<html>"),
        ("rate_limited", 429, "application/json", '{"error": '),
    ],
)
def test_a_wrong_answer_is_given_until_recovery(
    zonos: ZonosSimulator, kind: FaultKind, status: int, content_type: str, beginning: str
) -> None:
    zonos.world.pay()
    zonos.world.break_down(kind, seconds=7)
    broken = call(zonos, "/v2/orderDetail", orderId=100)
    zonos.world.recover()

    assert (broken.status_code, broken.headers["Content-Type"]) == (status, content_type)
    assert broken.content.decode().startswith(beginning)
    assert broken.headers.get("Retry-After") == ("7" if kind == "rate_limited" else None)
    assert call(zonos, "/v2/orderDetail", orderId=100).status_code == 200


def test_a_fault_can_concern_one_operation_only(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.break_down("status_500", operation="orderDetail")

    assert call(zonos, "/v1/orderDetail", orderId=100).status_code == 500
    assert call(zonos, "/v1/orderNumbers", sinceOrderId=1).status_code == 200


def test_silence_is_answered_after_recovery(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.break_down("silence")
    with pytest.raises(requests.ReadTimeout):
        call(zonos, "/v2/orderDetail", timeout=0.2, orderId=100)

    answers: list[int] = []
    waiting = Thread(
        target=lambda: answers.append(call(zonos, "/v2/orderDetail", orderId=100).status_code), daemon=True
    )
    waiting.start()
    eventually(lambda: zonos.world.calls("orderDetail") == 2)
    zonos.world.recover()
    waiting.join(timeout=5)

    assert answers == [200]


@pytest.mark.parametrize("kind", ["silence", "drip", "slow"])
def test_stopping_ends_every_open_connection_at_once(clock: StillClock, kind: FaultKind) -> None:
    simulator = ZonosSimulator(secret=SECRET, clock=clock)
    simulator.start()
    simulator.world.break_down(kind, seconds=60)
    with raw_call(simulator) as connection:
        eventually(simulator.world.calls)
        started = time.monotonic()
        simulator.stop()
        while connection.recv(4096):
            pass

    assert time.monotonic() - started < 2
    with pytest.raises(requests.ConnectionError):
        call(simulator, "/v2/orderDetail", timeout=1)


def test_a_dripping_answer_comes_byte_by_byte_from_its_first_line_on(zonos: ZonosSimulator) -> None:
    zonos.world.break_down("drip")
    with raw_call(zonos) as connection:
        assert connection.recv(4096) == b"H"
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(4096)
        zonos.world.recover()
        connection.settimeout(5)
        rest = b""
        while b"required" not in rest:
            rest += connection.recv(4096)

    assert rest.startswith(b"TTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("reason", ["fault", "latency"])
def test_a_slow_answer_is_late_and_right(zonos: ZonosSimulator, reason: str) -> None:
    zonos.world.pay()
    if reason == "fault":
        zonos.world.break_down("slow", seconds=0.15)
    else:
        zonos.world.latency_ms = 150
    started = time.monotonic()
    answer = call(zonos, "/v2/orderDetail", orderId=100)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.15


def test_a_new_order_is_listed_before_its_detail_is_known(zonos: ZonosSimulator, clock: StillClock) -> None:
    zonos.world.pay()
    clock.now += 60
    zonos.world.break_down("not_yet", seconds=10)
    zonos.world.pay()

    answer = call(zonos, "/v2/orderDetail", orderId="999-101")
    assert answer.json() == {"error": "Could not find an order with orderId: 999-101"}
    assert call(zonos, "/v2/orderDetail", orderId="999-100").status_code == 200
    assert listed(zonos, sinceOrderId=100) == ["999-100", "999-101"]
    clock.now += 10
    assert call(zonos, "/v2/orderDetail", orderId="999-101").status_code == 200


def test_a_canned_answer_is_given_once(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.answer_next("orderDetail", 200, "text/html", b"<p>maintenance</p>")
    zonos.world.answer_next("orderDetail", 418, "application/json", b"null")

    answers = [call(zonos, "/v2/orderDetail", orderId=100) for _ in range(3)]

    assert [(answer.status_code, answer.content[:4]) for answer in answers] == [
        (200, b"<p>m"),
        (418, b"null"),
        (200, b'{"or'),
    ]


def test_a_stopped_simulator_starts_again_with_its_address_and_orders(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    address = zonos.url
    zonos.stop()
    zonos.start()

    assert zonos.url == address
    assert listed(zonos, sinceOrderId=1) == ["999-100"]


def test_the_call_log_counts_calls_and_holds_no_secret(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    call(zonos, "/v2/orderDetail", orderId="999-100")
    call(zonos, "/v1/orderDetail", referenceId="cart-100")
    call(zonos, "/v1/orderNumbers", sinceOrderId=1)

    logged = [(entry.version, entry.operation, entry.order_id) for entry in zonos.world.call_log()]
    assert logged == [("v2", "orderDetail", "999-100"), ("v1", "orderDetail", ""), ("v1", "orderNumbers", "")]
    assert (zonos.world.calls("orderDetail"), zonos.world.calls()) == (2, 3)
    assert SECRET not in str(zonos.world.call_log())
    zonos.world.reset_calls()
    assert zonos.world.calls() == 0
