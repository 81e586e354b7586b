"""A rotated secret is fetched afresh once, and a wrong one is given up."""

from collections.abc import Callable

import boto3
import pytest

from tests.integration.discreet import raises_discreetly
from tests.integration.zonos_client.scripts import (
    NEW,
    OLD,
    RotatedSecret,
    ScriptedTransport,
    answered,
    client_of,
    error,
    within,
)
from tests.world import STORE, TestClock, World
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import AwsUnavailable, BadCredentials
from zonos_orders.http_transport import HttpTransport
from zonos_orders.secret import ApiSecret
from zonos_orders.zonos_api import HttpAnswer, order_numbers
from zonos_orders.zonos_client import ZonosClient

# Out of Secrets Manager


@pytest.fixture
def deployed(world: World) -> ZonosClient:
    """A client with the secret out of Secrets Manager."""
    clock = Clock()
    secret = ApiSecret(lambda: boto3.client("secretsmanager"), "zonos", clock)
    return ZonosClient(HttpTransport(4), secret, STORE, world.simulator.url, clock)


def test_after_a_rotation_the_secret_is_fetched_afresh_once(deployed: ZonosClient, world: World) -> None:
    order_id = world.zonos.pay()
    deployed.order(order_id, within(5))
    world.zonos.secret = NEW
    world.secrets.put_secret_value(SecretId="zonos", SecretString=NEW)
    world.zonos.reset_calls()

    for _ in range(2):
        assert deployed.order(order_id, within(5)).order_id == order_id

    assert world.zonos.calls() == 3


def test_a_wrong_secret_costs_one_call(deployed: ZonosClient, world: World) -> None:
    order_id = world.zonos.pay()
    world.secrets.put_secret_value(SecretId="zonos", SecretString=OLD)

    with raises_discreetly(BadCredentials):
        deployed.order(order_id, within(5))

    assert world.zonos.calls() == 1


def test_a_wrong_secret_after_another_wrong_one_costs_two_calls(deployed: ZonosClient, world: World) -> None:
    order_id = world.zonos.pay()
    deployed.order(order_id, within(5))
    world.zonos.secret = "another one altogether"
    world.secrets.put_secret_value(SecretId="zonos", SecretString=NEW)
    world.zonos.reset_calls()

    with raises_discreetly(BadCredentials):
        deployed.order(order_id, within(5))

    assert world.zonos.calls() == 2


# Out of a script

ALL_CALLS: dict[str, Callable[[ZonosClient, Deadline], object]] = {
    "order": lambda client, deadline: client.order("999-1", deadline),
    "reference": lambda client, deadline: client.order_id_of_reference("cart-1", deadline),
    "orders": lambda client, deadline: client.orders(order_numbers(since_date="20260310"), deadline),
}


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=ALL_CALLS.keys())
@pytest.mark.parametrize("refusal", [error("Invalid security credentials"), HttpAnswer(401, {}, b"canary")])
def test_every_call_tries_a_rotated_secret_once(
    call: Callable[[ZonosClient, Deadline], object], refusal: HttpAnswer, clock: TestClock
) -> None:
    order = {"orderId": "999-1", "referenceId": "cart-1"}
    transport = ScriptedTransport(refusal, answered({"order": order, "orders": []}))

    call(client_of(transport, clock), Deadline.after(60, clock))

    assert transport.secrets() == [OLD, NEW]


@pytest.mark.parametrize(("fresh", "tried"), [(OLD, [OLD]), (NEW, [OLD, NEW])])
def test_a_secret_that_stays_wrong_is_given_up(fresh: str, tried: list[str], clock: TestClock) -> None:
    transport, secret = ScriptedTransport(error("Invalid security credentials")), RotatedSecret(fresh)

    with raises_discreetly(BadCredentials):
        client_of(transport, clock, secret).order("999-1", Deadline.after(60, clock))

    assert transport.secrets() == tried
    assert secret.refreshed == 1


def test_a_secret_that_cannot_be_fetched_afresh_is_tried_later(clock: TestClock) -> None:
    class Throttled(RotatedSecret):
        def refresh(self) -> str:
            raise AwsUnavailable("read the API secret: ThrottlingException")

    transport = ScriptedTransport(error("Invalid security credentials"))

    with raises_discreetly(AwsUnavailable):
        client_of(transport, clock, Throttled()).order("999-1", Deadline.after(60, clock))


def test_a_secret_that_is_missing_asks_zonos_nothing(clock: TestClock) -> None:
    class Missing(RotatedSecret):
        def current(self) -> str:
            raise BadCredentials("the API secret cannot be read from Secrets Manager")

    transport, secret = ScriptedTransport(answered()), Missing()

    with raises_discreetly(BadCredentials):
        client_of(transport, clock, secret).order("999-1", Deadline.after(60, clock))

    assert (transport.requests, secret.refreshed) == ([], 0)
