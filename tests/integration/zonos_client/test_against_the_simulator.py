"""The client against the simulated Zonos, over real HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.zonos_client.scripts import within
from tests.sandbox.zonos_simulator import FaultKind, Purchase, ZonosSimulator
from tests.world import SECRET, STORE
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import (
    OrderNotFound,
    ReferenceNotUnique,
    UnexpectedAnswer,
    ZonosError,
    ZonosTooSlow,
    ZonosUnavailable,
)
from zonos_orders.http_transport import HttpTransport
from zonos_orders.listing import Listing
from zonos_orders.zonos_api import order_numbers
from zonos_orders.zonos_client import ZonosClient


class FixedSecret:
    """The secret, as remembered and as fetched."""

    def current(self) -> str:
        return SECRET

    def refresh(self) -> str:
        return SECRET


@pytest.fixture
def simulator() -> Iterator[ZonosSimulator]:
    with ZonosSimulator(store_id=STORE, secret=SECRET) as simulator:
        yield simulator


@pytest.fixture
def zonos(simulator: ZonosSimulator) -> ZonosClient:
    return ZonosClient(HttpTransport(4), FixedSecret(), STORE, simulator.url, Clock())


def test_an_order_is_fetched_complete(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay(details={"email": CANARY, "brandNew": {"a": [1.10, None]}})

    order = zonos.order(order_id, within(5))

    sent = json.loads(json.dumps(simulator.world.details(order_id)), parse_float=Decimal)
    assert order.content == sent
    assert order.content["brandNew"] == {"a": [Decimal("1.1"), None]}
    assert (order.order_id, order.zonos_status) == (order_id, "IGLOBAL_ORDER_IN_PROCESS")
    assert order.contract_changes == ()


def test_an_order_is_asked_for_once_by_its_id_on_v2(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay()

    zonos.order(order_id, within(5))

    (call,) = simulator.world.call_log()
    assert (call.version, call.operation, call.order_id) == ("v2", "orderDetail", order_id)


def test_an_unknown_order_is_asked_for_once(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    with raises_discreetly(OrderNotFound):
        zonos.order("999-424242", within(5))

    assert simulator.world.calls() == 1


@pytest.mark.parametrize("order_id", [100, "100", "0100", "999-100", "999-0100"])
def test_the_answer_may_spell_the_order_id_otherwise(
    zonos: ZonosClient, simulator: ZonosSimulator, order_id: object
) -> None:
    simulator.world.pay(details={"orderId": order_id})

    assert zonos.order("999-100", within(5)).order_id == "999-100"


def test_the_answer_may_name_the_order_id_as_listings_do(
    zonos: ZonosClient, simulator: ZonosSimulator
) -> None:
    simulator.world.pay(details={"orderId": None, "id": 100})

    order = zonos.order("999-100", within(5))

    assert order.order_id == "999-100"
    assert order.contract_changes == ("orderId",)


@pytest.mark.parametrize(
    "order_id", ["999-101", 101, "998-100", "canary", True, 100.5, [], "", 0, 10**30, None]
)
def test_an_answer_about_another_order_is_refused(
    zonos: ZonosClient, simulator: ZonosSimulator, order_id: object
) -> None:
    simulator.world.pay(details={"orderId": order_id, "email": CANARY})

    with raises_discreetly(UnexpectedAnswer):
        zonos.order("999-100", within(5))

    assert simulator.world.calls() == 1


def test_an_order_is_found_by_its_reference(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    simulator.world.pay(reference_id="cart-7", details={"orderId": 100})

    assert zonos.order_id_of_reference("cart-7", within(5)) == "999-100"


def test_a_reference_may_come_back_as_a_number(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay(reference_id="7", details={"referenceId": 7})

    assert zonos.order_id_of_reference("7", within(5)) == order_id


@pytest.mark.parametrize(
    "details",
    [{"referenceId": "cart-8"}, {"referenceId": None}, {"orderId": "998-100"}, {"orderId": None}],
)
def test_an_answer_about_another_reference_is_refused(
    zonos: ZonosClient, simulator: ZonosSimulator, details: dict[str, Any]
) -> None:
    simulator.world.pay(reference_id="cart-7", details=details)

    with raises_discreetly(UnexpectedAnswer):
        zonos.order_id_of_reference("cart-7", within(5))


def test_a_reference_that_names_no_single_order(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    for _ in range(2):
        simulator.world.pay(reference_id="twice")

    with raises_discreetly(ReferenceNotUnique):
        zonos.order_id_of_reference("twice", within(5))
    with raises_discreetly(OrderNotFound):
        zonos.order_id_of_reference("never", within(5))


def test_the_orders_since_a_day_are_listed_with_their_statuses(
    zonos: ZonosClient, simulator: ZonosSimulator
) -> None:
    kinds: dict[int, Purchase] = {9: "pay", 10: "fraud_review", 11: "pay"}
    for day, kind in kinds.items():
        simulator.world.pay(kind, completed_at=datetime(2026, 3, day, 12, tzinfo=UTC))

    listing = zonos.orders(order_numbers(since_date="20260310", statuses=True), within(5))

    assert listing == Listing({"999-101": "IGLOBAL_FRAUD_REVIEW", "999-102": "IGLOBAL_ORDER_IN_PROCESS"})


def test_no_orders_are_an_empty_list(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    assert zonos.orders(order_numbers(since_date="20260310"), within(5)) == Listing({})


def test_a_failure_is_no_empty_list(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    simulator.world.break_down("html_502")

    with raises_discreetly(ZonosUnavailable):
        zonos.orders(order_numbers(since_date="20260310"), within(0.1))


def assert_asked_once(
    zonos: ZonosClient,
    simulator: ZonosSimulator,
    fault: FaultKind,
    error: type[ZonosError],
    deadline: Deadline,
) -> None:
    """Ask a Zonos with this fault for an order: the error comes of one call."""
    order_id = simulator.world.pay()
    simulator.world.break_down(fault)

    with raises_discreetly(error):
        zonos.order(order_id, deadline)

    assert simulator.world.calls() == 1


@pytest.mark.parametrize("fault", ["silence", "drip", "slow"])
def test_a_zonos_that_is_too_slow_is_asked_once(
    zonos: ZonosClient, simulator: ZonosSimulator, fault: FaultKind
) -> None:
    assert_asked_once(zonos, simulator, fault, ZonosTooSlow, within(0.3))


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited"])
def test_a_zonos_that_is_down_is_asked_within_the_deadline_only(
    zonos: ZonosClient, simulator: ZonosSimulator, fault: FaultKind
) -> None:
    deadline = within(0.15)  # shorter than the shortest pause

    assert_asked_once(zonos, simulator, fault, ZonosUnavailable, deadline)

    assert deadline.remaining() > 0


def test_a_zonos_that_recovers_is_asked_again(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay()
    simulator.world.answer_next("orderDetail", 503, "text/html", b"<html>down</html>")

    assert zonos.order(order_id, within(5)).order_id == order_id
    assert simulator.world.calls() == 2
