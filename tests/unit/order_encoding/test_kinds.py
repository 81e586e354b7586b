"""A map where DynamoDB can hold it, else compressed JSON, else refused."""

import gzip
import json
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.order_encoding.exactness import NOW, encoded, exact, what_dynamodb_refuses
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.merge import merge
from zonos_orders.order import Order
from zonos_orders.order_encoding import ITEM_LIMIT_BYTES, decode_item, dump_json, encode_item
from zonos_orders.status import ShippingPolicy


def nested(levels: int) -> Any:
    """A map of so many levels, the outermost included."""
    value: Any = {"innermost": 1}
    for n in range(levels - 1):
        value = {"map": value} if n % 2 or n == levels - 2 else [value]
    return value


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
        {"nothing": [None] * 210_000},
        {"flags": [True] * 210_000},
        {"numbers": [7] * 140_000},
        {"empty lists": [[]] * 105_000},
        {"empty maps": [{}] * 105_000},
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
