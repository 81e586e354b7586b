"""The protocol of the Zonos Checkout REST API, inwards: exact bodies, and what is no answer."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from tests.unit.zonos_api.answers import answered, error_of
from zonos_orders.errors import UnexpectedAnswer, ZonosUnavailable, describe
from zonos_orders.zonos_api import order_of, read_answer

# Good answers


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


# Bodies that are no answer

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
