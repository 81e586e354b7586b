"""Zonos's `order` map in DynamoDB's types: a map where it can be one, else compressed, exact always."""

import gzip
import json
import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_complete_order_sample import DOCUMENTED_PATHS, SAMPLES
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.merge import merge
from zonos_orders.order import Order, order_of
from zonos_orders.order_encoding import ITEM_LIMIT_BYTES, decode_item, dump_json, encode_item
from zonos_orders.status import HoldReason, ShippingPolicy
from zonos_orders.zonos_api import HttpAnswer, read_answer

NOW = 1_772_539_200_000  # 2026-03-03T12:00:00Z
SAMPLE = read_answer(HttpAnswer(200, {}, (SAMPLES / "complete_order.json").read_bytes()))


def encoded(order: Any, **attributes: Any) -> dict[str, Any]:
    return encode_item({"order_id": "999-1", **attributes, "order": order})


def nested(levels: int) -> Any:
    """A map of so many levels, the outermost included."""
    value: Any = {"innermost": 1}
    for n in range(levels - 1):
        value = {"map": value} if n % 2 or n == levels - 2 else [value]
    return value


def exact(value: Any) -> Any:
    """A value in which nothing equals anything else: true is not 1 here, while 1.0 is the number 1."""
    if isinstance(value, Mapping):
        return {key: exact(member) for key, member in value.items()}
    if isinstance(value, list):
        return [exact(member) for member in value]
    if isinstance(value, bool) or value is None:
        return f"constant {value}"
    return ("text", value) if isinstance(value, str) else ("number", Decimal(value))


def what_dynamodb_refuses(typed: Mapping[str, Any], level: int = 0) -> Iterator[str]:
    """AWS, "Constraints in Amazon DynamoDB": what an attribute value may not be."""
    ((kind, value),) = typed.items()
    if kind == "N":
        number = Decimal(value).copy_abs()
        if number and not Decimal("1E-130") <= number < Decimal("1E126"):
            yield f"magnitude of {value}"
        if len(Decimal(value).as_tuple().digits) > 38:
            yield f"digits of {value}"
    if kind == "S":
        yield from [] if is_utf8(value) else ["text that is not UTF-8"]
    if kind in "LM" and level >= 32:
        yield "more than 32 levels"
    if kind == "L":
        for member in value:
            yield from what_dynamodb_refuses(member, level + 1)
    if kind == "M":
        for key, member in value.items():
            yield from [] if key and is_utf8(key) else ["name of an attribute"]
            yield from what_dynamodb_refuses(member, level + 1)


def is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


# --- which of the two


@pytest.mark.parametrize(
    "order",
    [
        {"orderId": "999-1"},
        {"grandTotal": Decimal("636.27"), "unitPrice": Decimal("-5.00"), "quantity": 0},
        {"n": int("9" * 38), "d": Decimal("0." + "3" * 38), "negative": -int("9" * 38)},
        {"trailing zeros": Decimal("1.5000"), "zero": Decimal("-0.0")},
        {"largest": Decimal("9.9999999999999999999999999999999999999E125"), "negative": Decimal("-1E125")},
        {"smallest": Decimal("1E-130"), "negative": Decimal("-1E-130")},
        {"text": "", "list": [], "map": {}, "null": None, "true": True, "false": False},
        {"emoji": "😀", "RTL": "עברית", "NUL": "\x00", "name": "Ada María", "ключ": "значение"},
        {"items": [{"quantity": n, "unitPrice": Decimal("9.99")} for n in range(1000)]},
        nested(31),
    ],
)
def test_what_dynamodb_can_hold_is_stored_as_a_map(order: dict[str, Any]) -> None:
    item = encoded(order)

    assert item.keys() == {"order_id", "order"}
    assert list(what_dynamodb_refuses(item["order"])) == []
    assert exact(decode_item(item)["order"]) == exact(order)


@pytest.mark.parametrize(
    "order",
    [
        {"39 digits": int("1" * 39)},
        {"39 digits": Decimal("0." + "3" * 39)},
        {"39 digits": Decimal("-1." + "3" * 38)},
        {"39 digits, the last a zero": Decimal("1." + "3" * 37 + "0")},
        {"too large": Decimal("1E400")},
        {"too large": Decimal("1E126")},
        {"too large": Decimal("-9.9E126")},
        {"too large": 10**126},
        {"too small": Decimal("1E-400")},
        {"too small": Decimal("1E-131")},
        {"too small": Decimal("-9.9E-131")},
        {"too small": Decimal("1E-140")},
        {"beyond every decimal context": Decimal("1E999999999999999999")},
        {"zero with an exponent": Decimal("0E-200")},
        {"": "empty key"},
        {"deep": [{"": "empty key"}]},
        {"lone surrogate": "\ud800"},
        {"lone surrogate": [{"x": "a\udfff"}]},
        {"lone \ud800": "in a key"},
        {"long": "a" * 400_001},
        {"long": "é" * 200_001},
        {"a" * 400_001: "a long key"},
        {"items": [{"description": "a" * 100, "n": n} for n in range(5000)]},
        nested(32),
        nested(200),
    ],
    ids=lambda order: dump_json(order)[:40],
)
def test_what_dynamodb_cannot_hold_is_compressed_json(order: dict[str, Any]) -> None:
    item = encoded(order)

    assert item.keys() == {"order_id", "order_gz"}
    assert item["order_gz"].keys() == {"B"}
    assert exact(json.loads(gzip.decompress(item["order_gz"]["B"]), parse_float=Decimal)) == exact(order)
    assert exact(decode_item(item)) == exact({"order_id": "999-1", "order": order})


def test_the_same_order_is_compressed_to_the_same_bytes() -> None:
    assert encoded({"": 1}) == encoded({"": 1})


def test_the_rest_of_the_item_counts_as_well() -> None:
    text = "a" * (ITEM_LIMIT_BYTES - 1000)

    assert "order" in encoded({"text": text})
    assert "order_gz" in encoded({"text": text}, history=["x" * 1000])


@pytest.mark.parametrize("size", range(390_000, 415_000, 5_000))
def test_an_item_stays_within_400_kb_however_it_is_counted(size: int) -> None:
    many = {f"key-{n:06}": Decimal(n) for n in range(size // 16)}
    text = {"text": "é" * (size // 2)}

    for order in (many, text):
        assert aws_size(encoded(order, reference_id="cart-7")) <= 400 * 1024


def aws_size(item: Mapping[str, Any]) -> int:
    """AWS, "DynamoDB item sizes and formats": names and values, numbers at their largest."""

    def size_of(typed: Mapping[str, Any]) -> int:
        ((kind, value),) = typed.items()
        sizes: dict[str, Any] = {
            "S": lambda: len(value.encode()),
            "N": lambda: min(21, len(value) // 2 + 2),
            "B": lambda: len(value),
            "M": lambda: 3 + sum(1 + len(k.encode()) + size_of(v) for k, v in value.items()),
            "L": lambda: 3 + sum(1 + size_of(v) for v in value),
        }
        return int(sizes[kind]())

    return sum(len(name) + size_of(typed) for name, typed in item.items())


def test_an_order_too_large_even_compressed_is_refused() -> None:
    noise = random.Random(1).randbytes(500_000).hex()

    with pytest.raises(UnexpectedAnswer, match="too large"):
        encoded({"noise": noise})


def test_an_order_whose_other_attributes_leave_no_room_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="too large"):
        encoded({"orderId": "1"}, reference_id="x" * 410_000)


@pytest.mark.parametrize("levels", [2_000, 20_000])
def test_an_order_nested_too_deeply_for_anything_is_refused(levels: int) -> None:
    order: dict[str, Any] = {}
    for _ in range(levels):
        order = {"a": order}

    with pytest.raises(UnexpectedAnswer, match="nested too deeply"):
        encoded(order)


@pytest.mark.parametrize("key", ["orderStatus", "referenceId", "merchantOrderId"])
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_character_in_what_the_rules_read_is_stored_or_quarantined(key: str, text: str) -> None:
    fetched = Order.read({"orderId": "999-1", key: text}, "999-1", NOW)
    order = merge(None, fetched, ShippingPolicy(None), NOW, "reconcile").order
    try:
        item = encode_item(order.attributes)
    except UnexpectedAnswer:
        return

    assert [list(what_dynamodb_refuses(typed)) for typed in item.values()] == [[]] * len(item)
    assert decode_item(item)["order"] == fetched.content


# --- the other attributes


def test_the_other_attributes_have_the_types_of_the_contract() -> None:
    item = {
        "order_id": "999-1",
        "revision": 1,
        "disposition": "HELD",
        "hold_reasons": (HoldReason.CSL_MATCH, HoldReason.TEST_ORDER),
        "status_changed_at": NOW,
        "test_order": True,
        "history": [{"zonos_status": "", "seen_by": "recheck", "status_changed_at": NOW}],
        "order": {"orderId": "1"},
    }

    assert encode_item(item) == {
        "order_id": {"S": "999-1"},
        "revision": {"N": "1"},
        "disposition": {"S": "HELD"},
        "hold_reasons": {"L": [{"S": "CSL_MATCH"}, {"S": "TEST_ORDER"}]},
        "status_changed_at": {"N": "1772539200000"},
        "test_order": {"BOOL": True},
        "history": {
            "L": [
                {
                    "M": {
                        "zonos_status": {"S": ""},
                        "seen_by": {"S": "recheck"},
                        "status_changed_at": {"N": "1772539200000"},
                    }
                }
            ]
        },
        "order": {"M": {"orderId": {"S": "1"}}},
    }


def test_an_item_without_an_order_is_decoded_as_it_is() -> None:
    assert decode_item({"order_id": {"S": "999-1"}, "revision": {"N": "3"}}) == {
        "order_id": "999-1",
        "revision": 3,
    }


# --- exact JSON


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '""',
        "null",
        '{"a":1,"b":[true,false,null],"c":{"d":[]}}',
        "[1.50,-0.0,0.10,-5,100000000000000000000000000000000000000000]",
        "[1E+400,1E-400,1.0E+5]",
        '"a\\u0000\\"\\\\\\n\\ud800"',
        '{"":{"":""}}',
    ],
)
def test_json_is_written_as_it_was_read(text: str) -> None:
    assert dump_json(json.loads(text, parse_float=Decimal)) == text


# Half characters included: JSON can escape them, though never two that make a whole one.
texts = st.text(st.characters(exclude_categories=()), max_size=8).map(
    lambda text: json.loads(json.dumps(text))
)
decimals = st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"),
    st.integers(-(10**40), 10**40) | st.integers(-99, 99),
    st.integers(-180, 180) | st.integers(-3, 3),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | decimals | texts,
    lambda members: st.lists(members, max_size=4) | st.dictionaries(texts, members, max_size=4),
    max_leaves=12,
)


@given(values)
def test_any_json_value_is_written_exactly(value: Any) -> None:
    assert exact(json.loads(dump_json(value), parse_float=Decimal)) == exact(value)


@given(st.dictionaries(texts, values, max_size=4))
def test_any_order_comes_back_exactly_and_dynamodb_takes_it(order: dict[str, Any]) -> None:
    item = encoded(order)

    assert exact(decode_item(item)["order"]) == exact(order)
    assert len(item.keys() & {"order", "order_gz"}) == 1
    assert "order" not in item or list(what_dynamodb_refuses(item["order"])) == []


@given(decimals)
def test_any_number_comes_back_exactly_and_dynamodb_takes_it(number: Decimal) -> None:
    item = encoded({"number": number})

    assert exact(decode_item(item)["order"]["number"]) == exact(number)
    assert "order" not in item or list(what_dynamodb_refuses(item["order"])) == []


# --- the documented order

ROUND_TRIP = decode_item(
    encode_item(
        merge(
            None, Order.read(order_of(SAMPLE), "999-99999", NOW), ShippingPolicy(None), NOW, "reconcile"
        ).order.attributes
    )
)


def values_at(path: str, answer: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = [answer]
    for key in path.split("."):
        found = [value[key.removesuffix("[index]")] for value in found]
        if key.endswith("[index]"):
            found = [element for value in found for element in value]
    return found


@pytest.mark.parametrize("path", DOCUMENTED_PATHS)
def test_the_stored_sample_order_holds_the_exact_value_of_each_documented_path(path: str) -> None:
    sent, stored = values_at(path, SAMPLE), values_at(path, ROUND_TRIP)

    assert sent
    assert exact(stored) == exact(sent)


def test_the_sample_order_is_stored_whole_as_a_map() -> None:
    item = encoded(order_of(SAMPLE))

    assert "order" in item
    assert exact(ROUND_TRIP["order"]) == exact(SAMPLE["order"])
    assert list(what_dynamodb_refuses(item["order"])) == []
