"""The protocol of the Zonos Checkout REST API, outwards: calls and requests."""

import json
from typing import Any

import pytest

from tests.unit.zonos_api.answers import SECRET, answered
from zonos_orders.errors import InvalidInput
from zonos_orders.zonos_api import Call, HttpRequest, build_request, order_detail, order_numbers

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("call", "path", "parameters", "limit"),
    [
        (order_detail(order_id="999-99999"), "/v2/orderDetail", {"orderId": "999-99999"}, 5 * MIB),
        (order_detail(reference_id="cart-7"), "/v2/orderDetail", {"referenceId": "cart-7"}, 5 * MIB),
        (
            order_detail(order_id="999-1", reference_id=""),
            "/v2/orderDetail",
            {"orderId": "999-1"},
            5 * MIB,
        ),
        (
            order_numbers(since_order_id="999-100"),
            "/v1/orderNumbers",
            {"sinceOrderId": "999-100"},
            96 * MIB,
        ),
        (
            order_numbers(since_order_id="999-100", statuses=True),
            "/v1/orderNumbers",
            {"sinceOrderId": "999-100", "statuses": True},
            96 * MIB,
        ),
        (
            order_numbers(since_date="20260101"),
            "/v1/orderNumbers",
            {"sinceDate": "20260101"},
            96 * MIB,
        ),
        (
            order_numbers(since_date="20260101", through_date="20260131", statuses=True),
            "/v1/orderNumbers",
            {"sinceDate": "20260101", "throughDate": "20260131", "statuses": True},
            96 * MIB,
        ),
        (
            order_numbers(since_date="20260101", through_date="20260101"),
            "/v1/orderNumbers",
            {"sinceDate": "20260101", "throughDate": "20260101"},
            96 * MIB,
        ),
        (
            order_numbers(missing_merchant_order_id=True),
            "/v1/orderNumbers",
            {"missingMerchantOrderId": True},
            96 * MIB,
        ),
        (
            order_numbers(since_date="20260101", missing_merchant_order_id=True),
            "/v1/orderNumbers",
            {"sinceDate": "20260101", "missingMerchantOrderId": True},
            96 * MIB,
        ),
    ],
)
def test_a_call_says_what_is_asked_and_how_much_may_be_answered(
    call: Call, path: str, parameters: dict[str, Any], limit: int
) -> None:
    assert call == Call(path, limit, parameters)


@pytest.mark.parametrize(
    "ids", [{}, {"order_id": "", "reference_id": ""}, {"order_id": "999-1", "reference_id": "cart-7"}]
)
def test_an_order_is_asked_for_by_exactly_one_of_its_ids(ids: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="exactly one"):
        order_detail(**ids)


@pytest.mark.parametrize(
    "combination",
    [
        {},
        {"statuses": True},
        {"since_order_id": "", "since_date": ""},
        {"since_order_id": "999-1", "since_date": "20260101"},
        {"since_order_id": "999-1", "missing_merchant_order_id": True},
        {"since_order_id": "999-1", "through_date": "20260101"},
        {"since_order_id": "999-1", "since_date": "20260101", "missing_merchant_order_id": True},
        {"through_date": "20260101"},
        {"through_date": "20260101", "missing_merchant_order_id": True},
        {"since_date": "20260102", "through_date": "20260101"},
        {"since_date": "2026-01-01"},
        {"since_date": "20260230"},
        {"since_date": "20260101\n"},
        {"since_date": "\uff12\uff10\uff12\uff16\uff10\uff11\uff10\uff11"},
        {"since_date": "20260101", "through_date": "20260132"},
    ],
)
def test_a_contradictory_listing_is_refused_before_the_network(combination: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        order_numbers(**combination)


def test_a_request_is_a_json_post_with_the_credentials_in_its_body() -> None:
    request = build_request(
        order_detail(order_id="999-99999"), "https://api.iglobalstores.com", "999", SECRET
    )

    assert request.url == "https://api.iglobalstores.com/v2/orderDetail"
    assert request.body == (
        b'{"store": "999", "secret": "correct-horse-battery-staple", "orderId": "999-99999"}'
    )
    assert request.headers == {"Accept": "application/json", "Content-Type": "application/json"}
    assert request.max_answer_bytes == 5 * MIB


def test_the_store_is_sent_under_the_key_that_every_client_uses() -> None:
    request = build_request(order_numbers(since_date="20260101"), "https://zonos.example", "999", SECRET)

    assert json.loads(request.body) == {"store": "999", "secret": SECRET, "sinceDate": "20260101"}


def test_an_address_with_a_slash_at_its_end_is_the_same_address() -> None:
    request = build_request(order_detail(order_id="999-1"), "https://zonos.example/api/", "999", SECRET)

    assert request.url == "https://zonos.example/api/v2/orderDetail"


@pytest.mark.parametrize("text", ["cart 'ü\"\n\x00😀", "\ud800"])
def test_whatever_a_reference_holds_arrives_at_zonos(text: str) -> None:
    request = build_request(order_detail(reference_id=text), "https://zonos.example", "999", SECRET)

    assert json.loads(request.body)["referenceId"] == text


def test_the_secret_is_in_no_repr() -> None:
    call = order_detail(order_id="999-1")
    request = build_request(call, "https://zonos.example", "999", SECRET)
    kept: tuple[Call, HttpRequest] = (call, request)

    assert SECRET not in repr(kept)
    assert SECRET not in str(kept)
    assert SECRET not in request.url


def test_an_answers_body_is_in_no_repr() -> None:
    assert "Ada" not in repr(answered(200, '{"order": {"name": "Ada"}}'))
