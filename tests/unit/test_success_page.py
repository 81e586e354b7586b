"""The answer to a success redirect: codes, headers, JSON, the merchant's own page, and what is never said."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.confirm_order import Confirmation, State
from zonos_orders.errors import InvalidInput, InvalidOrderId
from zonos_orders.order_id import canonical_order_id
from zonos_orders.shop import Shop
from zonos_orders.success_page import (
    REFRESH_PAUSES,
    PageRequest,
    SuccessPage,
    order_id_in,
    read_page_request,
)

SHOP = "https://shop.example/thanks"
OWN = SuccessPage.of(Shop())
FORWARDING = SuccessPage.of(Shop(), SHOP)
answer, refusal = OWN.answer, OWN.refusal
PAGE, JSON = PageRequest("orderId=999-1"), PageRequest("orderId=999-1", wants_json=True)
CONFIRMED, CONFIRMING = Confirmation(State.CONFIRMED, "999-1"), Confirmation(State.CONFIRMING, "999-1")
UNKNOWN = Confirmation(State.UNKNOWN)
FAILED = Confirmation(State.CONFIRMING, "999-1", failure="ZonosUnavailable: 4711")
ANSWERS: dict[str, dict[str, Any]] = {
    f"{name} {kind}": pages.answer(request, confirmation)
    for kind, pages, request in (("page", OWN, PAGE), ("JSON", OWN, JSON), ("redirect", FORWARDING, PAGE))
    for name, confirmation in {
        "confirmed": CONFIRMED,
        "confirming": CONFIRMING,
        "unknown": UNKNOWN,
        "failed": FAILED,
    }.items()
} | {"refusal page": refusal(PAGE), "refusal JSON": refusal(JSON)}
HOSTILE = [
    "<script>alert(1)</script>",
    "999-1<b>",
    "'\"><img src=x onerror=alert(1)>",
    "${7*7}{{7*7}}{order_id}",
    "x\r\nset-cookie: a=b",
    "x\x00",
    "😀",
    "٣٤٥",
    "\uff19\uff19\uff19",
    "Ada Lovelace",
    "A" * 5000,
]


# --- what is answered


@pytest.mark.parametrize(
    ("confirmation", "code", "said"),
    [
        (CONFIRMED, 200, "Your order 999-1 is confirmed."),
        (CONFIRMING, 200, "Your order 999-1 is being confirmed."),
        (FAILED, 200, "Your order 999-1 is being confirmed."),
        (UNKNOWN, 404, "We do not know this order number yet"),
    ],
)
def test_the_page_says_how_the_order_stands(confirmation: Confirmation, code: int, said: str) -> None:
    page = answer(PAGE, confirmation)

    assert page["statusCode"] == code
    assert page["headers"]["content-type"] == "text/html; charset=utf-8"
    assert page["body"].startswith("<!doctype html>\n")
    assert said in page["body"]
    assert ("Thank you" in page["body"]) == (code == 200)


@pytest.mark.parametrize(
    ("confirmation", "code", "body"),
    [
        (CONFIRMED, 200, {"orderId": "999-1", "state": "confirmed"}),
        (CONFIRMING, 200, {"orderId": "999-1", "state": "confirming"}),
        (FAILED, 200, {"orderId": "999-1", "state": "confirming"}),
        (UNKNOWN, 404, {"error": "unknown order"}),
    ],
)
def test_who_asks_for_json_gets_the_state(
    confirmation: Confirmation, code: int, body: dict[str, str]
) -> None:
    response = answer(JSON, confirmation)

    assert response["statusCode"] == code
    assert response["headers"]["content-type"] == "application/json"
    assert json.loads(response["body"]) == body


def test_a_query_without_a_usable_order_id_is_a_bad_request() -> None:
    page, as_json = refusal(PAGE), refusal(JSON)

    assert page["statusCode"] == as_json["statusCode"] == 400
    assert page["headers"]["content-type"] == "text/html; charset=utf-8"
    assert "your order is safe" in page["body"]
    assert json.loads(as_json["body"]) == {"error": "invalid orderId"}


@pytest.mark.parametrize("said", ["yet", "your order is safe", "will be confirmed", "contact the shop"])
def test_an_unknown_number_reassures_the_buyer_and_says_whom_to_ask(said: str) -> None:
    assert said in answer(PAGE, UNKNOWN)["body"]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
        ("vary", "accept, accept-language"),
        ("x-robots-tag", "noindex"),
    ],
)
def test_every_answer_carries_the_security_headers(name: str, header: str, value: str) -> None:
    assert ANSWERS[name]["headers"][header] == value


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_may_run_a_script_or_be_framed(name: str) -> None:
    policy = ANSWERS[name]["headers"]["content-security-policy"].split("; ")

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not [directive for directive in policy if "script" in directive]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("word", ["fraud", "review", "hold", "held", "4711", "unavailable"])
def test_no_answer_tells_what_is_between_the_shop_and_zonos(name: str, word: str) -> None:
    said = ANSWERS[name]["body"] + ANSWERS[name]["headers"].get("location", "")

    assert word not in said.lower()


def test_an_answer_repeats_nothing_but_the_canonical_number() -> None:
    request = PageRequest("orderId=0001&utm_source=%3Cb%3E&name=Ada")

    assert answer(request, CONFIRMED) == answer(PAGE, CONFIRMED)


# --- looking again


@pytest.mark.parametrize("confirmation", [CONFIRMING, FAILED, UNKNOWN])
def test_a_page_that_waits_looks_again_by_itself_with_growing_pauses_and_then_no_more(
    confirmation: Confirmation,
) -> None:
    query, refreshes = "utm_source=zonos&orderId=999-1", []
    while "refresh" in (headers := answer(PageRequest(query), confirmation)["headers"]):
        pause, query = headers["refresh"].split(";url=?")
        refreshes.append((int(pause), query))

    assert refreshes == [(pause, f"orderId=999-1&look={n + 1}") for n, pause in enumerate(REFRESH_PAUSES)]
    assert sorted(REFRESH_PAUSES) == list(REFRESH_PAUSES)


@pytest.mark.parametrize(
    "look", ["4", "99", "-1", "01", "1.0", "", " 1", "\u0661", "1&look=2", "x" * 5000, "%00", "1%0d%0ax:y"]
)
def test_a_count_that_the_page_did_not_make_ends_the_looking(look: str) -> None:
    response = answer(PageRequest(f"orderId=999-1&look={look}"), CONFIRMING)

    again = "refresh" in response["headers"]
    assert again == (look == "1&look=2")
    assert ("looks again by itself" in response["body"]) == again
    assert '<a href="">Look again now</a>' in response["body"]


@pytest.mark.parametrize("name", ["confirmed page", "refusal page", "confirming JSON", "confirming redirect"])
def test_what_has_nothing_to_wait_for_does_not_look_again(name: str) -> None:
    assert "refresh" not in ANSWERS[name]["headers"]
    assert "Look again" not in ANSWERS[name]["body"]


def test_the_number_in_the_address_to_look_at_is_written_as_an_address() -> None:
    response = answer(PageRequest("orderId=%0d%0a%22%3E999"), UNKNOWN)

    assert response["headers"]["refresh"] == "15;url=?orderId=%0D%0A%22%3E999&look=1"


def test_the_pages_for_an_unknown_number_differ_in_nothing_but_where_to_look_again() -> None:
    pages = [answer(PageRequest(f"orderId={order_id}"), UNKNOWN) for order_id in ("999-4711", "998-1")]

    assert pages[0]["body"] == pages[1]["body"]
    assert [page["headers"].pop("refresh") for page in pages] == [
        "15;url=?orderId=999-4711&look=1",
        "15;url=?orderId=998-1&look=1",
    ]
    assert pages[0] == pages[1]


# --- who may read the JSON form


def test_only_the_shops_own_pages_may_read_the_json_form() -> None:
    shared = SuccessPage.of(Shop(), allowed_origin="https://shop.example")
    name = "access-control-allow-origin"

    assert shared.answer(JSON, CONFIRMED)["headers"][name] == "https://shop.example"
    assert shared.answer(JSON, UNKNOWN)["headers"][name] == "https://shop.example"
    assert shared.refusal(JSON)["headers"][name] == "https://shop.example"
    assert name not in shared.answer(PAGE, CONFIRMED)["headers"]
    assert name not in answer(JSON, CONFIRMED)["headers"]


# --- the merchant's own page


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://shop.example", "https://shop.example?orderId=999-1&state=confirmed"),
        (SHOP, "https://shop.example/thanks?orderId=999-1&state=confirmed"),
        (f"{SHOP}?", "https://shop.example/thanks?orderId=999-1&state=confirmed"),
        (f"{SHOP}?lang=en", "https://shop.example/thanks?lang=en&orderId=999-1&state=confirmed"),
        (f"{SHOP}#top", "https://shop.example/thanks?orderId=999-1&state=confirmed#top"),
        (
            f"{SHOP}?q=a+b&e=%C3%A9%20&flag&x=&q=2#/route?no",
            "https://shop.example/thanks?q=a+b&e=%C3%A9%20&flag&x=&q=2&orderId=999-1&state=confirmed#/route?no",
        ),
        ("http://localhost:8080/t", "http://localhost:8080/t?orderId=999-1&state=confirmed"),
    ],
)
def test_the_buyer_is_sent_on_with_the_pages_own_query_and_fragment_kept(url: str, location: str) -> None:
    response = SuccessPage.of(Shop(), url).answer(PAGE, CONFIRMED)

    assert response["statusCode"] == 303
    assert response["headers"]["location"] == location
    assert response["body"] == ""


def test_the_state_goes_along() -> None:
    location = FORWARDING.answer(PAGE, FAILED)["headers"]["location"]

    assert parse_qsl(urlsplit(location).query) == [("orderId", "999-1"), ("state", "confirming")]


@pytest.mark.parametrize(
    ("request_", "confirmation", "code"),
    [
        (PAGE, UNKNOWN, 404),
        (JSON, CONFIRMED, 200),
        (JSON, UNKNOWN, 404),
    ],
)
def test_only_a_thanked_buyer_is_sent_on(
    request_: PageRequest, confirmation: Confirmation, code: int
) -> None:
    response = FORWARDING.answer(request_, confirmation)

    assert response["statusCode"] == code
    assert "location" not in response["headers"]


def test_a_bad_request_is_not_sent_on() -> None:
    assert FORWARDING.refusal(PAGE) == refusal(PAGE)


# --- what is asked


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, PageRequest("")),
        ({"rawQueryString": None, "headers": None}, PageRequest("")),
        ({"rawQueryString": "orderId=1&a=b", "headers": {}}, PageRequest("orderId=1&a=b")),
        ({"rawQueryString": "a=1", "queryStringParameters": {"orderId": "1,2"}}, PageRequest("a=1")),
        ({"headers": {"accept": "application/json"}}, PageRequest("", wants_json=True)),
        ({"headers": {"accept": "Application/JSON;q=0.9"}}, PageRequest("", wants_json=True)),
        ({"headers": {"accept": "application/json, text/plain, */*"}}, PageRequest("", wants_json=True)),
        ({"headers": {"accept": "text/html,application/json;q=0.9"}}, PageRequest("")),
        ({"headers": {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}}, PageRequest("")),
        ({"headers": {"accept": "*/*"}}, PageRequest("")),
        ({"headers": {"content-type": "application/json"}}, PageRequest("")),
        ({"headers": {"accept-language": "de-AT,de;q=0.9"}}, PageRequest("", language="de")),
        ({"headers": {"accept-language": None}}, PageRequest("")),
    ],
)
def test_an_http_api_event_is_read(event: dict[str, Any], expected: PageRequest) -> None:
    assert read_page_request(event) == expected


@pytest.mark.parametrize(
    ("raw_query", "value"),
    [
        ("orderId=999-99999", "999-99999"),
        ("orderId=0099999", "0099999"),
        ("utm_source=zonos&orderId=999-1&utm_medium=x", "999-1"),
        ("orderId=999%2D1", "999-1"),
        ("order%49d=999-1", "999-1"),
        ("orderId=999-1&orderId=999-1", "999-1"),
        ("orderId=999-1&orderid=2&ORDERID=3&xorderId=4", "999-1"),
        ("orderId=a,b", "a,b"),
        ("orderId=", ""),
        ("orderId", ""),
        ("orderId=%zz", "%zz"),
        ("&&orderId=1&&=&a", "1"),
        ("a=%zz&%=%&%00=%FF&orderId=1", "1"),
        ("&".join(f"k{n}={n}" for n in range(900)) + "&orderId=1", "1"),
        ("&".join(["orderId=1"] * 900), "1"),
    ],
)
def test_the_order_id_is_read_from_the_raw_query(raw_query: str, value: str) -> None:
    assert order_id_in(raw_query) == value


@pytest.mark.parametrize(
    "raw_query",
    [
        "",
        "&",
        "utm_source=zonos",
        "orderid=999-1",
        "ORDERID=999-1",
        "orderId[]=999-1",
        "a=orderId=1",
        "orderId=999-1&orderId=999-2",
        "orderId=999-1&orderId=1",
        "orderId=999-1&orderId=",
        "orderId=999-1&orderId",
        "&".join(f"orderId={n}" for n in range(900)),
        "&".join(f"k{n}={n}" for n in range(900)),
    ],
)
def test_a_query_that_names_no_order_or_several_is_refused(raw_query: str) -> None:
    with pytest.raises(InvalidOrderId) as refused:
        order_id_in(raw_query)

    assert str(refused.value) == "the query names no order, or several"


@pytest.mark.parametrize("text", [pytest.param(text, id=f"hostile {n}") for n, text in enumerate(HOSTILE)])
def test_a_hostile_order_id_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(InvalidOrderId) as refused:
        canonical_order_id(order_id_in(f"orderId={text}"), "999")
    request = PageRequest(f"orderId={text}")

    assert text not in str(refused.value)
    assert refusal(request) == refusal(PAGE)
    assert refusal(PageRequest(request.raw_query, wants_json=True)) == refusal(JSON)


@given(st.text(max_size=60) | st.text("orderId=&%0123456789-abcdef;+", max_size=60).map("orderId={}".format))
def test_no_query_makes_the_reading_fail(raw_query: str) -> None:
    try:
        order_id = canonical_order_id(order_id_in(raw_query), "999")
    except InvalidInput:
        return

    assert order_id.startswith("999-")
