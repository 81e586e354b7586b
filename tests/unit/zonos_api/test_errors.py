"""The error table of the Zonos Checkout REST API, with literals: by text, then by status."""

import json

import pytest

from tests.unit.zonos_api.answers import SECRET, answered, error_of
from zonos_orders.errors import (
    BadCredentials,
    OrderNotFound,
    ReferenceNotUnique,
    RequestRejected,
    UnexpectedAnswer,
    ZonosError,
    ZonosTooSlow,
    ZonosUnavailable,
    describe,
)

# By text: ’ and ', either case, any id filled in, whatever stands around it.

ERRORS: list[tuple[int, str, type[ZonosError]]] = [
    (400, "orderId: 999-99999 is not a valid orderId", OrderNotFound),
    (400, "Could not find an order with orderId: 999-99999", OrderNotFound),
    (400, "No order found with orderId: 99999", OrderNotFound),
    (400, "No order found with referenceId: cart-7 for storeId: 999", OrderNotFound),
    (400, "referenceId: cart-7 for storeId: 999 has been duplicated", ReferenceNotUnique),
    (400, "Couldn’t retrieve order with referenceId: cart-7", ReferenceNotUnique),
    (400, "Couldn't retrieve order with referenceId: cart-7", ReferenceNotUnique),
    (400, "Invalid security credentials", BadCredentials),
    (400, "Invalid post body", RequestRejected),
    (400, "Parameter orderId or referenceId is required", RequestRejected),
    (400, "Cannot specify both Parameters orderId and referenceId", RequestRejected),
    (400, "Parameter store required", RequestRejected),
    (200, "could not parse input", RequestRejected),
    (200, "Parameter orderId is required to processUpdateMerchantOrderId", RequestRejected),
    (200, "Parameter merchantOrderId is required to updateMerchantOrderId.", RequestRejected),
    (200, "Could not retrieve order to updateMerchantOrderId for orderId: 99999", OrderNotFound),
    (500, "Couldn’t process order details", ZonosUnavailable),
    (500, "Couldn't process order details", ZonosUnavailable),
]
LEAK = "Ada Lovelace, ada@example.com, 4111 1111 1111 1111"


@pytest.mark.parametrize(("status", "text", "error"), ERRORS)
def test_each_documented_error_says_what_to_do(status: int, text: str, error: type[ZonosError]) -> None:
    assert type(error_of(answered(status, json.dumps({"error": text})))) is error


@pytest.mark.parametrize(("status", "text", "error"), ERRORS)
def test_an_error_is_known_in_either_case_and_unescaped(
    status: int, text: str, error: type[ZonosError]
) -> None:
    for spelling in (text.upper(), text.lower(), text.title(), f"  {text}. \n"):
        body = json.dumps({"error": spelling}, ensure_ascii=False)

        assert type(error_of(answered(status, body))) is error


@pytest.mark.parametrize(("status", "text", "error"), ERRORS)
def test_an_error_text_decides_also_with_http_200(status: int, text: str, error: type[ZonosError]) -> None:
    assert type(error_of(answered(200, json.dumps({"error": text})))) is error
    assert type(error_of(answered(200, json.dumps({"error": text, "order": {"orderId": "1"}})))) is error


@pytest.mark.parametrize(("status", "text", "error"), ERRORS)
def test_no_message_repeats_what_zonos_wrote(status: int, text: str, error: type[ZonosError]) -> None:
    raised = error_of(answered(status, json.dumps({"error": f"{text} {LEAK} {SECRET}"})))

    for said in (str(raised), repr(raised), describe(raised), repr(raised.args)):
        assert "Ada" not in said
        assert "4111" not in said
        assert SECRET not in said
        assert "cart-7" not in said
        assert "99999" not in said


@pytest.mark.parametrize(
    "error", ['["Invalid security credentials"]', '{"message": "Invalid security credentials"}']
)
def test_an_error_is_recognised_inside_a_list_or_a_map(error: str) -> None:
    assert type(error_of(answered(400, f'{{"error": {error}}}'))) is BadCredentials


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, UnexpectedAnswer),
        (400, UnexpectedAnswer),
        (401, BadCredentials),
        (429, ZonosUnavailable),
        (500, ZonosUnavailable),
    ],
)
@pytest.mark.parametrize("text", ['"Something new"', "7", "true", '{"a": 1}', "[1]"])
def test_of_an_unknown_error_text_only_the_status_counts(
    status: int, error: type[ZonosError], text: str
) -> None:
    assert type(error_of(answered(status, f'{{"error": {text}}}'))) is error


# By status


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, BadCredentials),
        (403, UnexpectedAnswer),
        (406, RequestRejected),
        (408, ZonosUnavailable),
        (415, RequestRejected),
        (429, ZonosUnavailable),
        (500, ZonosUnavailable),
        (502, ZonosUnavailable),
        (503, ZonosUnavailable),
        (504, ZonosUnavailable),
        (599, ZonosUnavailable),
        (200, UnexpectedAnswer),
        (204, UnexpectedAnswer),
        (301, UnexpectedAnswer),
        (302, UnexpectedAnswer),
        (307, UnexpectedAnswer),
        (400, UnexpectedAnswer),
        (404, UnexpectedAnswer),
        (418, UnexpectedAnswer),
        (600, UnexpectedAnswer),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><html><body><h1>Ada Lovelace</h1></body></html>",
        "",
        "Ada Lovelace",
        '["Ada Lovelace"]',
    ],
)
def test_a_page_instead_of_an_answer_is_judged_by_its_status(
    status: int, error: type[ZonosError], body: str
) -> None:
    raised = error_of(answered(status, body, content_type="text/html"))

    assert type(raised) is error
    assert "Ada" not in describe(raised)


@pytest.mark.parametrize("status", [201, 302, 400, 404, 500])
def test_an_order_with_another_status_than_200_is_no_answer(status: int) -> None:
    error_of(answered(status, '{"order": {"orderId": "999-1"}}'))


@pytest.mark.parametrize("status", [408, 429, 500, 503])
@pytest.mark.parametrize(
    "body", ["<html></html>", '{"error": "Couldn’t process order details"}', '{"error": "?"}']
)
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("120", 120.0),
        ("999999", 999_999.0),
        ("9999999", None),
        ("-1", None),
        ("1.5", None),
        ("7\n", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
    ],
)
def test_the_pause_that_zonos_asks_for_is_kept_when_it_is_in_seconds(
    status: int, body: str, header: str, seconds: float | None
) -> None:
    raised = error_of(answered(status, body, retry_after=header))

    assert isinstance(raised, ZonosUnavailable)
    assert not isinstance(raised, ZonosTooSlow)
    assert raised.retry_after == seconds


def test_zonos_need_not_ask_for_a_pause() -> None:
    raised = error_of(answered(503, ""))

    assert isinstance(raised, ZonosUnavailable)
    assert raised.retry_after is None
