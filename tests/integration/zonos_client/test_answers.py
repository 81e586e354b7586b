"""What is sent, what is read out of an answer, and what is final."""

import json

import pytest

from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.zonos_client.scripts import (
    NOW_MS,
    OLD,
    RotatedSecret,
    ScriptedTransport,
    Step,
    answered,
    client_of,
    error,
)
from tests.world import STORE, TestClock
from zonos_orders.clock import Deadline
from zonos_orders.errors import (
    AnswerTooLarge,
    OrderNotFound,
    RequestRejected,
    UnexpectedAnswer,
    ZonosError,
    ZonosTooSlow,
)
from zonos_orders.listing import Listing
from zonos_orders.zonos_api import HttpAnswer, order_numbers


def test_what_is_sent_holds_the_credentials_and_shows_none_of_them(clock: TestClock) -> None:
    transport = ScriptedTransport(answered())

    client_of(transport, clock).order("999-1", Deadline.after(60, clock))

    (request,) = transport.requests
    assert request.url == "https://zonos.invalid/v2/orderDetail"
    assert json.loads(request.body) == {"store": STORE, "secret": OLD, "orderId": "999-1"}
    assert "canary" not in repr(request)
    assert "canary" not in repr(answered())


FINAL: dict[str, tuple[Step, type[ZonosError]]] = {
    "no such order": (error(f"Could not find an order with orderId: {CANARY}"), OrderNotFound),
    "no valid id": (error(f"orderId: {CANARY} is not a valid orderId"), OrderNotFound),
    "our mistake": (error("Invalid post body"), RequestRejected),
    "undocumented 400": (error(f"canary {CANARY}"), UnexpectedAnswer),
    "404 HTML": (HttpAnswer(404, {}, b"<html>canary</html>"), UnexpectedAnswer),
    "406 HTML": (HttpAnswer(406, {}, b"<html>canary</html>"), RequestRejected),
    "415 HTML": (HttpAnswer(415, {}, b"<html>canary</html>"), RequestRejected),
    "a redirect": (HttpAnswer(302, {"location": "https://canary.invalid"}, b""), UnexpectedAnswer),
    "200 with an error": (error(f"canary {CANARY}", 200), UnexpectedAnswer),
    "200 HTML": (HttpAnswer(200, {}, b"<html>canary</html>"), UnexpectedAnswer),
    "200 cut off": (HttpAnswer(200, {}, b'{"order": {"email": "canary'), UnexpectedAnswer),
    "200 not UTF-8": (HttpAnswer(200, {}, b'{"order": {"name": "canary \xe9"}}'), UnexpectedAnswer),
    "null": (HttpAnswer(200, {}, b"null"), UnexpectedAnswer),
    "a list": (HttpAnswer(200, {}, b"[]"), UnexpectedAnswer),
    "empty": (answered({}), UnexpectedAnswer),
    "an empty order": (answered({"order": {}}), UnexpectedAnswer),
    "an order that is a list": (answered({"order": [CANARY]}), UnexpectedAnswer),
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
