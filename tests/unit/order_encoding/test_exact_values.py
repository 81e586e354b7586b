"""Whatever is encoded comes back exactly, and the other attributes have the contract's types."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.order_encoding.exactness import NOW, encoded, exact, what_dynamodb_refuses
from zonos_orders.order_encoding import decode_item, dump_json, encode_item
from zonos_orders.status import HoldReason

# The other attributes


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


# Exact JSON


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
