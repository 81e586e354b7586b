"""The protocol of the Zonos Checkout REST API, with literals: requests out, answers and errors in."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from zonos_orders.errors import (
    BadCredentials,
    InvalidInput,
    OrderNotFound,
    ReferenceNotUnique,
    RequestRejected,
    UnexpectedAnswer,
    ZonosError,
    ZonosTooSlow,
    ZonosUnavailable,
    describe,
)
from zonos_orders.order import order_of
from zonos_orders.zonos_api import (
    Call,
    HttpAnswer,
    HttpRequest,
    build_request,
    order_detail,
    order_numbers,
    read_answer,
)

SECRET = "correct-horse-battery-staple"
MIB = 1024 * 1024


def answered(status: int, body: str | bytes, **headers: str) -> HttpAnswer:
    raw = body.encode() if isinstance(body, str) else body
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def error_of(answer: HttpAnswer) -> ZonosError:
    with pytest.raises(ZonosError) as raised:
        read_answer(answer)
    return raised.value


# --- requests


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
            32 * MIB,
        ),
        (
            order_numbers(since_order_id="999-100", statuses=True),
            "/v1/orderNumbers",
            {"sinceOrderId": "999-100", "statuses": True},
            32 * MIB,
        ),
        (
            order_numbers(since_date="20260101"),
            "/v1/orderNumbers",
            {"sinceDate": "20260101"},
            32 * MIB,
        ),
        (
            order_numbers(since_date="20260101", through_date="20260131", statuses=True),
            "/v1/orderNumbers",
            {"sinceDate": "20260101", "throughDate": "20260131", "statuses": True},
            32 * MIB,
        ),
        (
            order_numbers(since_date="20260101", through_date="20260101"),
            "/v1/orderNumbers",
            {"sinceDate": "20260101", "throughDate": "20260101"},
            32 * MIB,
        ),
        (
            order_numbers(missing_merchant_order_id=True),
            "/v1/orderNumbers",
            {"missingMerchantOrderId": True},
            32 * MIB,
        ),
        (
            order_numbers(since_date="20260101", missing_merchant_order_id=True),
            "/v1/orderNumbers",
            {"sinceDate": "20260101", "missingMerchantOrderId": True},
            32 * MIB,
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


# --- good answers


def test_a_good_answer_is_its_json_object_with_exact_numbers() -> None:
    body = '{"order": {"grandTotal": 636.27, "many": 0.1000000000000000000000000000000000000001, "n": 1}}'
    order = order_of(read_answer(answered(200, body)))

    assert order == {
        "grandTotal": Decimal("636.27"),
        "many": Decimal("0.1000000000000000000000000000000000000001"),
        "n": 1,
    }


@pytest.mark.parametrize("error", ["null", '""', "false"])
def test_an_error_key_that_says_nothing_is_no_error_beside_an_order(error: str) -> None:
    assert read_answer(answered(200, f'{{"error": {error}, "order": {{"orderId": "1"}}}}'))["order"]


def test_text_is_utf_8_whatever_the_label_says() -> None:
    body = '{"order": {"name": "Ada María 😀"}}'.encode()
    answer = answered(200, body, content_type="application/json; charset=ISO-8859-1")

    assert read_answer(answer) == {"order": {"name": "Ada María 😀"}}


def test_html_with_a_json_label_is_not_believed() -> None:
    answer = answered(200, "<html>Welcome</html>", content_type="application/json")

    assert type(error_of(answer)) is UnexpectedAnswer


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1E400", Decimal("1E400")),
        ("-0.0", Decimal("-0.0")),
        ("12345678901234567890123456789012345678901", 12345678901234567890123456789012345678901),
        ("1." + "3" * 60, Decimal("1." + "3" * 60)),
    ],
)
def test_no_number_is_rounded(number: str, value: object) -> None:
    assert read_answer(answered(200, f'{{"n": {number}}}'))["n"] == value


def test_an_empty_object_is_no_order() -> None:
    with pytest.raises(UnexpectedAnswer):
        order_of(read_answer(answered(200, "{}")))


# --- errors by text. ’ and ', either case, any placeholder, whatever stands around it.

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


# --- errors by status


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, BadCredentials),
        (403, BadCredentials),
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


# --- bodies that are no answer

NO_OBJECT: Mapping[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n",
    "null": b"null",
    "a list": b"[]",
    "a list of orders": b'[{"orderId": "1"}]',
    "a text": b'""',
    "a number": b"7",
    "true": b"true",
    "HTML": b"<html><body>Ada</body></html>",
    "cut off in a text": b'{"order": {"name": "Ad',
    "cut off before the end": b'{"order": {"name": "Ada"}',
    "something after the end": b'{"order": {}} {"order": {}}',
    "NaN": b'{"order": {"grandTotal": NaN}}',
    "Infinity": b'{"order": {"grandTotal": Infinity}}',
    "-Infinity": b'{"order": {"grandTotal": -Infinity}}',
    "latin-1": '{"order": {"name": "Marí"}}'.encode("latin-1"),
    "a lone continuation byte": b'{"order": {"name": "\x80"}}',
    "UTF-16": '{"order": {}}'.encode("utf-16"),
    "gzip": b"\x1f\x8b\x08\x00\x00",
    "a control character in a text": b'{"order": {"name": "\x00"}}',
    "single quotes": b"{'order': {}}",
    "100,000 levels of lists": b"[" * 100_000 + b"]" * 100_000,
    "100,000 levels of maps": b'{"order":' * 100_000 + b"1" + b"}" * 100_000,
    "an endless opening": b"[" * 1_000_000,
    "a whole number of 5,000 digits": b'{"order": {"grandTotal": ' + b"9" * 5000 + b"}}",
    "an exponent beyond every decimal": b'{"order": {"grandTotal": 1E99999999999999999999}}',
    "an exponent below every decimal": b'{"order": {"grandTotal": 1E-99999999999999999999}}',
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NO_OBJECT.items()])
def test_a_body_that_is_no_readable_object_is_unexpected(body: bytes) -> None:
    raised = error_of(answered(200, body, content_type="application/json"))

    assert type(raised) is UnexpectedAnswer
    assert "Ada" not in describe(raised)


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NO_OBJECT.items()])
def test_with_a_server_error_such_a_body_still_means_later(body: bytes) -> None:
    assert type(error_of(answered(502, body))) is ZonosUnavailable


def test_a_deeply_nested_error_is_no_crash() -> None:
    body = b'{"error":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}"

    assert type(error_of(answered(400, body))) is UnexpectedAnswer
