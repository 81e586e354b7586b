"""What Zonos sent is stored exactly: as a map where DynamoDB can hold it, else compressed."""

import json
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.documented_order import ANSWER_BYTES, PATHS, values_at
from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.orders_table.orders import NOW_MS, after, fetched, item_of, new
from tests.world import TestClock
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.order import Order
from zonos_orders.orders_table import OrdersTable
from zonos_orders.stored_order import StoredOrder
from zonos_orders.zonos_api import HttpAnswer, order_of, read_answer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANSWER = json.loads(ANSWER_BYTES, parse_float=Decimal, parse_int=Decimal)


@pytest.fixture(scope="module")
def complete_item(client: "DynamoDBClient") -> dict[str, Any]:
    """The item of the recorded answer, in DynamoDB's typed form."""
    content = order_of(read_answer(HttpAnswer(200, {}, ANSWER_BYTES)))
    order = Order.read(content, "999-99999", NOW_MS)
    OrdersTable(client, "OrdersTable", TestClock()).replace(0, new(order))
    return item_of(client, "999-99999")


@pytest.mark.parametrize("path", PATHS)
def test_every_documented_field_is_in_the_stored_item(complete_item: dict[str, Any], path: str) -> None:
    stored: list[Any] = [{"M": complete_item}]
    for key in path.split("."):
        name = key.removesuffix("[index]")
        stored = [typed["M"][name] for typed in stored]
        if key.endswith("[index]"):
            stored = [member for typed in stored for member in typed["L"]]

    sent = values_at(path, ANSWER)
    assert stored == [typed_form(value) for value in sent]
    assert sent


def typed_form(value: Any) -> dict[str, Any]:
    """What DynamoDB holds for a JSON value, written down independently of the package."""
    if isinstance(value, dict):
        return {"M": {name: typed_form(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"L": [typed_form(member) for member in value]}
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, Decimal) else {"S": value}


def nested(levels: int) -> Any:
    value: Any = "innermost"
    for n in range(levels):
        value = [value] if n % 2 else {"inner": value}
    return value


AS_A_MAP: Mapping[str, Mapping[str, Any]] = {
    "38 digits": {"n": Decimal("12345678901234567890.123456789012345678")},
    "38 digits, whole": {"n": 12345678901234567890123456789012345678},
    "as large as can be": {"n": Decimal("1E125")},
    "negative prices": {"items": [{"unitPrice": Decimal("-12.34")}]},
    "31 levels": {"n": nested(30)},
    "unknown keys": {"brandNew": {"a b": [None, True, False, "", [], {}]}},
    "emoji, right to left, NUL": {"name": "👩‍👩‍👧 שלום \x00"},
    "keys with dots and signs": {"a.b": 1, "#c": 2, ":d": 3, "e[0]": 4},
}
COMPRESSED: Mapping[str, Mapping[str, Any]] = {
    "39 digits": {"n": Decimal("123456789012345678901.123456789012345678")},
    "39 digits, whole": {"n": 123456789012345678901234567890123456789},
    "beyond the largest": {"n": Decimal("1E400")},
    "beyond the smallest": {"n": Decimal("1E-200")},
    "33 levels": {"n": nested(33)},
    "32 levels with the order": {"n": nested(31)},
    "half a surrogate pair": {"name": "\ud800"},
    "half a surrogate pair in a key": {"items": [{"\udfff": 1}]},
    "a key without a name": {"items": [{"": 1}]},
    "over 400 KB": {"items": [{"sku": f"SKU-{n}", "description": "x" * 60} for n in range(5000)]},
}


def stored_as(
    table: OrdersTable, client: "DynamoDBClient", order: StoredOrder, revision: int = 0
) -> dict[str, str]:
    """Write the order and read it back exactly; say under which name it is stored, and as what."""
    assert table.replace(revision, order) is order
    assert table.get("999-1") == order
    item = item_of(client)
    return {name: next(iter(item[name])) for name in ("order", "order_gz") if name in item}


@pytest.mark.parametrize("content", AS_A_MAP.values(), ids=AS_A_MAP.keys())
def test_what_dynamodb_can_hold_is_a_map(
    table: OrdersTable, client: "DynamoDBClient", content: Mapping[str, Any]
) -> None:
    assert stored_as(table, client, new(fetched(**content))) == {"order": "M"}


@pytest.mark.parametrize("content", COMPRESSED.values(), ids=COMPRESSED.keys())
def test_what_dynamodb_cannot_hold_is_compressed_and_exact(
    table: OrdersTable, client: "DynamoDBClient", content: Mapping[str, Any]
) -> None:
    assert stored_as(table, client, new(fetched(**content))) == {"order_gz": "B"}


@pytest.mark.parametrize("content", COMPRESSED.values(), ids=COMPRESSED.keys())
def test_an_order_that_fits_again_is_a_map_again(
    table: OrdersTable, client: "DynamoDBClient", content: Mapping[str, Any]
) -> None:
    small, large = fetched(), fetched(**content)
    first = new(small)
    second = after(first, large)
    third = after(second, small)

    assert stored_as(table, client, first, 0) == {"order": "M"}
    assert stored_as(table, client, second, 1) == {"order_gz": "B"}
    assert stored_as(table, client, third, 2) == {"order": "M"}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(content=st.dictionaries(st.text(max_size=4).filter(lambda key: key != "orderId"), json_values))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_stored_exactly(
    table: OrdersTable, client: "DynamoDBClient", content: dict[str, Any]
) -> None:
    client.delete_item(TableName="OrdersTable", Key={"order_id": {"S": "999-1"}})
    order = new(Order.read({"orderId": "999-1", **content}, "999-1", NOW_MS))

    table.replace(0, order)

    assert table.get("999-1") == order


@pytest.mark.parametrize("key", ["referenceId", "merchantOrderId", "orderStatus"])
@pytest.mark.parametrize(
    "value",
    ["\ud800" + CANARY, CANARY * 20_000, CANARY + "\x00", "👩‍👩‍👧"],
    ids=["half a pair", "huge", "NUL", "emoji"],
)
def test_an_odd_text_in_a_field_of_its_own_is_stored_or_quarantined(
    table: OrdersTable, key: str, value: str
) -> None:
    order = new(fetched(**{key: value}))
    quarantined = None
    try:
        table.replace(0, order)
    except UnexpectedAnswer as exc:
        quarantined = exc

    assert table.get("999-1") == (None if quarantined else order)
    assert CANARY not in repr(quarantined)


@pytest.mark.parametrize(
    "content",
    [
        {"note": random.Random(1).randbytes(500_000).hex() + CANARY},
        {"n": nested(400), CANARY: nested(5000)},
    ],
    ids=["too large, compressed even", "nested too deeply"],
)
def test_what_no_item_can_hold_is_quarantined(table: OrdersTable, content: dict[str, Any]) -> None:
    with raises_discreetly(UnexpectedAnswer):
        table.replace(0, new(fetched(**content)))

    assert table.get("999-1") is None
