"""The three handlers: exact answers, and a wrong deployment that fails at its start."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.functions import FUNCTIONS, HTML, JSON, Functions
from tests.sandbox.zonos_simulator import Purchase
from tests.world import LambdaContext, World
from zonos_orders.errors import AwsUnavailable, InvalidInput
from zonos_orders.settings import WrongSetting


@pytest.mark.parametrize(
    ("kind", "state", "sentence"),
    [
        ("pay", "confirmed", "Your order 999-100 is confirmed."),
        ("fraud_review", "confirming", "Your order 999-100 is being confirmed."),
    ],
)
def test_the_buyer_is_thanked(functions: Functions, kind: Purchase, state: str, sentence: str) -> None:
    functions.world.zonos.pay(kind)
    page = functions.redirect("orderId=999-100")
    assert (page["statusCode"], page["headers"]["content-type"]) == (200, HTML)
    assert sentence in page["body"]
    as_json = functions.redirect("orderId=999-100", accept=JSON)
    assert (as_json["statusCode"], as_json["headers"]["content-type"]) == (200, JSON)
    assert json.loads(as_json["body"]) == {"orderId": "999-100", "state": state}


def test_an_unknown_order_and_another_stores_get_the_same_page(functions: Functions) -> None:
    page = functions.redirect("orderId=999-4711")
    assert page["statusCode"] == 404
    assert "We do not know this order number yet" in page["body"]
    assert "4711" not in page["body"]
    other = functions.redirect("orderId=998-100")
    assert (other["statusCode"], other["body"]) == (404, page["body"])
    assert (page["headers"].pop("refresh"), other["headers"].pop("refresh")) == (
        "15;url=?orderId=999-4711&look=1",
        "15;url=?orderId=998-100&look=1",
    )
    assert other["headers"] == page["headers"]


def test_the_page_speaks_the_buyers_language_and_looks_like_the_shop(world: World) -> None:
    functions = Functions(world, SHOP_NAME="Alpine Merino", ALLOWED_ORIGIN="https://shop.example")
    world.zonos.pay()
    event = {"rawQueryString": "orderId=100", "headers": {"accept": HTML, "accept-language": "de-CH"}}
    page = functions.invoke("success_redirect", event)
    assert page["headers"]["content-language"] == "de"
    assert "Ihre Bestellung 999-100 ist bestätigt." in page["body"]
    assert "Alpine Merino" in page["body"]
    as_json = functions.redirect("orderId=100", JSON)
    assert as_json["headers"]["access-control-allow-origin"] == "https://shop.example"


def test_a_buyer_whose_page_looks_again_is_counted_once(functions: Functions) -> None:
    functions.world.aws.fail("GetItem")
    for look in ("", "&look=1", "&look=2", "&look=3"):
        functions.redirect(f"orderId=999-100{look}")
    assert (functions.metrics["RedirectFailed"], functions.metrics["RedirectLookedAgain"]) == (1, 3)


def test_looking_again_at_a_stored_order_costs_no_call_to_zonos(functions: Functions) -> None:
    functions.world.zonos.pay("fraud_review")
    functions.redirect("orderId=100")
    functions.world.zonos.reset_calls()
    for look in range(1, 5):
        assert "being confirmed" in functions.redirect(f"orderId=999-100&look={look}")["body"]
    assert functions.world.zonos.calls() == 0


def test_an_unknown_order_as_json(functions: Functions) -> None:
    answer = functions.redirect("orderId=998-100", JSON)
    assert (answer["statusCode"], json.loads(answer["body"])) == (404, {"error": "unknown order"})


NO_ORDER = [
    "",
    "orderId",
    "orderId=",
    "orderid=999-100",
    "orderId=999-100&orderId=999-101",
    "orderId=999-100,999-100",
    "orderId=%zz",
    "orderId=999-100%0A",
    "orderId=999-100%00",
    "orderId=%D9%A1%D9%A2",
    "orderId=%EF%BC%91",
    "orderId=<script>alert(1)</script>",
    "orderId=%24%7BjnDi%7D",
    "orderId=" + "9" * 5000,
    "orderId=-100",
    "orderId=0",
    "&".join(f"key{n}={n}" for n in range(500)),
]


def test_what_names_no_order_is_refused_and_never_echoed(functions: Functions) -> None:
    page = functions.redirect("")
    assert (page["statusCode"], page["headers"]["content-type"]) == (400, HTML)
    assert "This address names no order" in page["body"]
    assert [query for query in NO_ORDER if functions.redirect(query) != page] == []
    assert (functions.world.zonos.calls(), functions.metrics) == (0, {"RedirectInvalid": 1 + len(NO_ORDER)})


def test_what_names_no_order_is_refused_as_json(functions: Functions) -> None:
    answer = functions.redirect("orderId=<b>", JSON)
    assert (answer["statusCode"], json.loads(answer["body"])) == (400, {"error": "invalid orderId"})


def test_other_keys_and_the_same_order_twice_do_no_harm(functions: Functions) -> None:
    functions.world.zonos.pay()
    query = "&".join([f"utm_{n}=x" for n in range(300)]) + "&orderId=999-100&orderId=999-100"
    assert functions.redirect(query)["statusCode"] == 200


def test_every_answer_carries_the_security_headers(functions: Functions) -> None:
    functions.world.zonos.pay()
    for query in ("orderId=100", "orderId=4711", ""):
        headers = functions.redirect(query)["headers"]
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert (headers["x-frame-options"], headers["vary"]) == ("DENY", "accept, accept-language")


@pytest.mark.parametrize("event", [{}, {"headers": None, "rawQueryString": None}])
def test_an_event_without_query_or_headers_is_refused(functions: Functions, event: dict[str, Any]) -> None:
    assert functions.invoke("success_redirect", event)["statusCode"] == 400


@pytest.fixture
def forwarding(world: World) -> Functions:
    return Functions(world, THANK_YOU_URL="https://shop.example/thanks?lang=en%20GB#top")


def test_the_buyer_is_forwarded_to_the_shops_own_page(forwarding: Functions) -> None:
    forwarding.world.zonos.pay("fraud_review")
    answer = forwarding.redirect("orderId=100")
    assert (answer["statusCode"], answer["body"], answer["headers"]["cache-control"]) == (303, "", "no-store")
    location = urlsplit(answer["headers"]["location"])
    assert (location.netloc, location.path, location.fragment) == ("shop.example", "/thanks", "top")
    assert location.query.startswith("lang=en%20GB&")
    assert parse_qs(location.query)["orderId"] == ["999-100"]
    assert parse_qs(location.query)["state"] == ["confirming"]


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [("orderId=4711", HTML, 404), ("orderId=x", HTML, 400), ("orderId=100", JSON, 200)],
)
def test_only_a_buyer_with_an_order_is_forwarded(
    forwarding: Functions, query: str, accept: str, status: int
) -> None:
    forwarding.world.zonos.pay()
    assert forwarding.redirect(query, accept)["statusCode"] == status


def test_the_buyer_is_thanked_although_zonos_is_down(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.world.zonos.break_down("html_502")
    answer = functions.redirect("orderId=100", JSON)
    assert (answer["statusCode"], json.loads(answer["body"])["state"]) == (200, "confirming")


# The answers of the other two


def test_the_scheduled_run_answers_with_counts_only(functions: Functions) -> None:
    functions.world.zonos.pay()
    answer = functions.reconcile()
    assert (answer["outcome"], answer["imported_new"], answer["recovered"]) == ("clean", 1, 1)
    assert "orders" not in answer
    json.dumps(answer)


@pytest.mark.parametrize("event", [{"sinceDate": "2026-01-01"}, {"dryRun": True}, {"orderIds": []}, {"x": 1}])
def test_a_payload_that_is_not_understood_is_refused_with_what_is_expected(
    functions: Functions, event: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput, match=r"expected \{\}"):
        functions.reconcile(**event)
    assert functions.world.zonos.calls() == 0


def test_a_look_that_fails_is_raised_under_the_name_that_the_state_machine_retries(
    functions: Functions,
) -> None:
    functions.world.aws.fail("GetItem")
    with pytest.raises(AwsUnavailable):
        functions.recheck("999-100")


def test_the_lease_is_held_in_the_name_of_the_invocation(functions: Functions) -> None:
    functions.world.aws.fail("DeleteItem")
    functions.reconcile()
    key = {"kind": {"S": "lease"}, "id": {"S": "reconcile"}}
    lease = functions.world.dynamodb.get_item(TableName="ReconciliationTable", Key=key)["Item"]
    assert lease["owner"]["S"] == LambdaContext.aws_request_id


@pytest.mark.parametrize("function", ["reconcile_orders", "recheck_order"])
def test_no_pause_that_zonos_asks_for_outlasts_the_invocation(functions: Functions, function: str) -> None:
    world = functions.world
    order_id = world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    world.zonos.break_down("rate_limited", seconds=8)
    began = world.clock.now_ms()
    look = {"order_id": order_id, "execution_name": f"{order_id}-1"}
    functions.invoke(function, look if function == "recheck_order" else {}, seconds=7)
    assert world.clock.now_ms() - began < 7000


# A wrong deployment


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ZONOS_API_URL", "http://api.iglobalstores.com"),
        ("SHIP_FROM_DATE", "2026-01-01"),
        ("IMPORT_CONCURRENCY", "many"),
    ],
)
def test_a_wrong_setting_fails_at_start_and_is_named(world: World, variable: str, value: str) -> None:
    for function in FUNCTIONS:
        with pytest.raises(WrongSetting, match=f"{variable} is wrong"):
            world.handler(function, **{variable: value})


def test_a_missing_setting_fails_at_start_and_is_named(world: World) -> None:
    del world.env["ORDERS_TABLE"]
    for function in FUNCTIONS:
        with pytest.raises(WrongSetting, match="ORDERS_TABLE is missing"):
            world.handler(function)
