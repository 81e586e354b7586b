"""The client: against the simulated Zonos over real HTTP, and against transports that follow a script."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.zonos_simulator import FaultKind, Purchase, ZonosSimulator
from tests.world import SECRET, STORE, TestClock, World
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import (
    AnswerTooLarge,
    AwsUnavailable,
    BadCredentials,
    OrderNotFound,
    ReferenceNotUnique,
    RequestRejected,
    UnexpectedAnswer,
    ZonosError,
    ZonosOrdersError,
    ZonosTooSlow,
    ZonosUnavailable,
    describe,
)
from zonos_orders.http_transport import HttpTransport
from zonos_orders.listing import Listing
from zonos_orders.secret import ApiSecret
from zonos_orders.zonos_api import HttpAnswer, HttpRequest, order_numbers
from zonos_orders.zonos_client import ZonosClient

OLD, NEW = "canary-old-3f9c", "canary-new-81d2"
BUYER = "canary-buyer@example.com"
NOW_MS = 1_795_000_000_000


@contextmanager
def raises_discreetly(error: type[ZonosOrdersError]) -> Iterator[None]:
    """Expect exactly this error, with a text that a log may hold."""
    with pytest.raises(error) as caught:
        yield
    assert type(caught.value) is error
    for said in (repr(caught.value), describe(caught.value)):
        assert "canary" not in said
        assert SECRET not in said
        assert "example.com" not in said


# Against the simulated Zonos


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


def within(seconds: float) -> Deadline:
    return Deadline.after(seconds, Clock())


def test_an_order_is_fetched_complete(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay(details={"email": BUYER, "brandNew": {"a": [1.10, None]}})

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
    simulator.world.pay(details={"orderId": order_id, "email": BUYER})

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


@pytest.mark.parametrize("fault", ["silence", "drip", "slow"])
def test_a_zonos_that_is_too_slow_is_asked_once(
    zonos: ZonosClient, simulator: ZonosSimulator, fault: FaultKind
) -> None:
    order_id = simulator.world.pay()
    simulator.world.break_down(fault)

    with raises_discreetly(ZonosTooSlow):
        zonos.order(order_id, within(0.3))

    assert simulator.world.calls() == 1


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited"])
def test_a_zonos_that_is_down_is_asked_within_the_deadline_only(
    zonos: ZonosClient, simulator: ZonosSimulator, fault: FaultKind
) -> None:
    order_id = simulator.world.pay()
    simulator.world.break_down(fault)
    deadline = within(0.15)  # shorter than the shortest pause

    with raises_discreetly(ZonosUnavailable):
        zonos.order(order_id, deadline)

    assert deadline.remaining() > 0
    assert simulator.world.calls() == 1


def test_a_zonos_that_recovers_is_asked_again(zonos: ZonosClient, simulator: ZonosSimulator) -> None:
    order_id = simulator.world.pay()
    simulator.world.answer_next("orderDetail", 503, "text/html", b"<html>down</html>")

    assert zonos.order(order_id, within(5)).order_id == order_id
    assert simulator.world.calls() == 2


@pytest.fixture
def deployed(world: World) -> ZonosClient:
    """A client with the secret out of Secrets Manager."""
    clock = Clock()
    secret = ApiSecret("zonos", clock)
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


# Against a script

Step = HttpAnswer | ZonosError


class ScriptedTransport:
    """Gives the next answer, or raises the next error, of a script; the last one again and again."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[HttpRequest] = []

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        assert deadline.remaining() > 0
        self.requests.append(request)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        return step

    def secrets(self) -> list[str]:
        return [json.loads(request.body)["secret"] for request in self.requests]


class RotatedSecret:
    """Remembers the old secret until it is told to refresh."""

    def __init__(self, fresh: str = NEW) -> None:
        self._value = OLD
        self._fresh = fresh
        self.refreshed = 0

    def current(self) -> str:
        return self._value

    def refresh(self) -> str:
        self.refreshed += 1
        self._value = self._fresh
        return self._value


@pytest.fixture
def clock() -> TestClock:
    return TestClock(NOW_MS)


def client_of(transport: ScriptedTransport, clock: Clock, secret: Any = None) -> ZonosClient:
    return ZonosClient(transport, secret or RotatedSecret(), STORE, "https://zonos.invalid/", clock)


def answered(body: object = None, status: int = 200, **headers: str) -> HttpAnswer:
    if body is None:
        body = {"order": {"orderId": "999-1", "email": BUYER}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, named, json.dumps(body, ensure_ascii=False).encode())


def error(text: str, status: int = 400) -> HttpAnswer:
    return answered({"error": text}, status)


BROKE = ZonosUnavailable("the connection to Zonos failed (ConnectionError)")
DOWN: dict[str, Step] = {
    "500 as documented": error("Couldn’t process order details", 500),
    "500 as documented, in a 200": error("Couldn't process order details", 200),
    "500 HTML": HttpAnswer(500, {}, b"<html>canary</html>"),
    "502": HttpAnswer(502, {}, b""),
    "503": HttpAnswer(503, {}, b"null"),
    "504": HttpAnswer(504, {}, b"[]"),
    "429": error("Too many requests", 429),
    "408": HttpAnswer(408, {}, b""),
    "connection": BROKE,
}


@pytest.mark.parametrize("step", DOWN.values(), ids=DOWN.keys())
def test_what_may_pass_is_tried_three_times_with_growing_pauses(step: Step, clock: TestClock) -> None:
    transport = ScriptedTransport(step)

    with raises_discreetly(ZonosUnavailable):
        client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert len(transport.requests) == 3
    # Twice a pause, each with jitter, and none after the last attempt.
    assert 0.2 + 0.4 <= (clock.now_ms() - NOW_MS) / 1000 <= 0.4 + 0.8


@pytest.mark.parametrize("step", DOWN.values(), ids=DOWN.keys())
def test_what_has_passed_is_no_failure(step: Step, clock: TestClock) -> None:
    transport = ScriptedTransport(step, step, answered())

    assert client_of(transport, clock).order("999-1", Deadline.after(60, clock)).order_id == "999-1"


def test_the_pauses_differ_between_callers() -> None:
    pauses = set()
    for _ in range(20):
        clock = TestClock(NOW_MS)
        client_of(ScriptedTransport(BROKE, answered()), clock).order("999-1", Deadline.after(60, clock))
        pauses.add(clock.now_ms())

    assert len(pauses) > 5


@pytest.mark.parametrize("seconds", [0.05, 0.19, 0.5, 0.61, 1.2])
def test_no_pause_reaches_beyond_the_deadline(clock: TestClock, seconds: float) -> None:
    deadline = Deadline.after(seconds, clock)

    with raises_discreetly(ZonosUnavailable):
        client_of(ScriptedTransport(BROKE), clock).order("999-1", deadline)

    assert deadline.remaining() > 0


@pytest.mark.parametrize("status", [429, 503])
def test_zonos_may_ask_for_a_longer_pause(clock: TestClock, status: int) -> None:
    transport = ScriptedTransport(answered({}, status, retry_after="7"), answered())

    client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert clock.now_ms() == NOW_MS + 7000


@pytest.mark.parametrize("retry_after", ["60", "999999"])
def test_a_pause_beyond_the_deadline_is_not_begun(clock: TestClock, retry_after: str) -> None:
    transport = ScriptedTransport(answered({}, 429, retry_after=retry_after))

    with raises_discreetly(ZonosUnavailable):
        client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert len(transport.requests) == 1
    assert clock.now_ms() == NOW_MS


@pytest.mark.parametrize(
    "retry_after", ["0", "-5", "1e9", "nan", "soon", "Wed, 18 Nov 2026 00:00:00 GMT", "\u0667"]
)
def test_any_other_wish_is_not_obeyed(clock: TestClock, retry_after: str) -> None:
    transport = ScriptedTransport(answered({}, 429, retry_after=retry_after), answered())

    client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    assert 0.2 <= (clock.now_ms() - NOW_MS) / 1000 <= 0.4


FINAL: dict[str, tuple[Step, type[ZonosError]]] = {
    "no such order": (error(f"Could not find an order with orderId: {BUYER}"), OrderNotFound),
    "no valid id": (error(f"orderId: {BUYER} is not a valid orderId"), OrderNotFound),
    "our mistake": (error("Invalid post body"), RequestRejected),
    "undocumented 400": (error(f"canary {BUYER}"), UnexpectedAnswer),
    "404 HTML": (HttpAnswer(404, {}, b"<html>canary</html>"), UnexpectedAnswer),
    "406 HTML": (HttpAnswer(406, {}, b"<html>canary</html>"), RequestRejected),
    "415 HTML": (HttpAnswer(415, {}, b"<html>canary</html>"), RequestRejected),
    "a redirect": (HttpAnswer(302, {"location": "https://canary.invalid"}, b""), UnexpectedAnswer),
    "200 with an error": (error(f"canary {BUYER}", 200), UnexpectedAnswer),
    "200 HTML": (HttpAnswer(200, {}, b"<html>canary</html>"), UnexpectedAnswer),
    "200 cut off": (HttpAnswer(200, {}, b'{"order": {"email": "canary'), UnexpectedAnswer),
    "200 not UTF-8": (HttpAnswer(200, {}, b'{"order": {"name": "canary \xe9"}}'), UnexpectedAnswer),
    "null": (HttpAnswer(200, {}, b"null"), UnexpectedAnswer),
    "a list": (HttpAnswer(200, {}, b"[]"), UnexpectedAnswer),
    "empty": (answered({}), UnexpectedAnswer),
    "an empty order": (answered({"order": {}}), UnexpectedAnswer),
    "an order that is a list": (answered({"order": [BUYER]}), UnexpectedAnswer),
    "too large": (AnswerTooLarge("the answer is larger than its limit"), AnswerTooLarge),
    "too slow": (ZonosTooSlow("Zonos did not answer in time"), ZonosTooSlow),
}


@pytest.mark.parametrize(("step", "expected"), FINAL.values(), ids=FINAL.keys())
def test_what_will_not_pass_is_asked_once(step: Step, expected: type[ZonosError], clock: TestClock) -> None:
    transport, secret = ScriptedTransport(step), RotatedSecret()

    with raises_discreetly(expected):
        client_of(transport, clock, secret).order("999-1", Deadline.after(60, clock))

    assert len(transport.requests) == 1
    assert secret.refreshed == 0
    assert clock.now_ms() == NOW_MS


ALL_CALLS: dict[str, Callable[[ZonosClient, Deadline], object]] = {
    "order": lambda client, deadline: client.order("999-1", deadline),
    "reference": lambda client, deadline: client.order_id_of_reference("cart-1", deadline),
    "orders": lambda client, deadline: client.orders(order_numbers(since_date="20260310"), deadline),
}


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=ALL_CALLS.keys())
@pytest.mark.parametrize("refusal", [error("Invalid security credentials"), HttpAnswer(403, {}, b"canary")])
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


def test_what_is_sent_holds_the_credentials_and_shows_none_of_them(clock: TestClock) -> None:
    transport = ScriptedTransport(answered())

    client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    (request,) = transport.requests
    assert request.url == "https://zonos.invalid/v2/orderDetail"
    assert json.loads(request.body) == {"store": STORE, "secret": OLD, "orderId": "999-1"}
    assert "canary" not in repr(request)
    assert "canary" not in repr(answered())


def test_a_list_is_cleaned(clock: TestClock) -> None:
    entries = [
        {"id": "999-2", "orderStatus": "IGLOBAL_FRAUD_REVIEW"},
        {"id": 2},
        {"id": "0003", "someNewKey": "VENDOR_SHIPMENT_READY"},
        "4",
        5,
        {"id": "998-6"},
        {"id": None},
        None,
        {},
    ]
    transport = ScriptedTransport(answered({"orders": entries}))

    listing = client_of(transport, clock).orders(
        order_numbers(since_order_id="999-1"), Deadline.after(60, clock)
    )

    assert listing == Listing(
        {
            "999-2": "IGLOBAL_FRAUD_REVIEW",
            "999-3": "VENDOR_SHIPMENT_READY",
            "999-4": None,
            "999-5": None,
        },
        unreadable=3,
        foreign=1,
    )
