"""The Orders table on a simulated DynamoDB: exact storage, one winner per state, typed failures."""

import json
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, Self

import boto3
import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.core.models import botocore_stubber

from tests.world import TestClock, create_table
from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.errors import AwsError, AwsRefused, AwsUnavailable, UnexpectedAnswer, describe
from zonos_orders.merge import expire_review, merge, raise_generation
from zonos_orders.order import Order, order_of
from zonos_orders.orders_table import HeldOrder, OrdersTable
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.zonos_api import HttpAnswer, read_answer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SAMPLES = Path(__file__).parents[1] / "samples"
PATHS = (SAMPLES / "documented_paths.txt").read_text(encoding="utf-8").splitlines()
SAMPLE_BYTES = (SAMPLES / "complete_order.json").read_bytes()
CANARY = "canary-buyer@example.com"
NOW_MS = 1_795_000_000_000
SHIP_ALL = ShippingPolicy(ship_from_ms=None)


class UnreliableLine:
    """The line between a client and the simulated DynamoDB, with a fault for each of the next requests.

    `lost_answer`: the request takes effect and its answer never comes. `lost_request`: nothing arrives.
    `throttled`: DynamoDB refuses to look at it. The client's own retries pass through here as well.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self.faults: deque[Literal["lost_answer", "lost_request", "throttled"]] = deque()
        self.writes = 0
        self._events: Any = client.meta.events

    def __enter__(self) -> Self:
        self._events.unregister("before-send", botocore_stubber)
        self._events.register("before-send.dynamodb", self._send)
        self._events.register("before-send.dynamodb.UpdateItem", self._note_write)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._events.unregister("before-send.dynamodb.UpdateItem", self._note_write)
        self._events.unregister("before-send.dynamodb", self._send)
        self._events.register("before-send", botocore_stubber)

    def _note_write(self, **_kwargs: Any) -> None:
        self.writes += 1

    def _send(self, request: Any, **kwargs: Any) -> AWSResponse | None:
        fault = self.faults.popleft() if self.faults else None
        if fault == "throttled":
            return aws_answer(request.url, 400, "ThrottlingException")
        if fault == "lost_request":
            raise ReadTimeoutError(endpoint_url=request.url)
        answered = botocore_stubber(request=request, **kwargs)
        if fault == "lost_answer":
            raise ReadTimeoutError(endpoint_url=request.url)
        return answered


def aws_answer(url: str, status: int, code: str) -> AWSResponse:
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": f"{code}: {CANARY}"}).encode()

    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield body

    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(url, status, headers, Raw())


@pytest.fixture(scope="module")
def client() -> "Iterator[DynamoDBClient]":
    """Made once, as everything in it takes its time; `table` empties the table."""
    with mock_aws():
        client = boto3.client("dynamodb", config=CLIENT_CONFIG)
        create_table(client, "OrdersTable")
        yield client


@pytest.fixture
def clock() -> TestClock:
    return TestClock(NOW_MS)


@pytest.fixture
def table(client: "DynamoDBClient", clock: TestClock) -> OrdersTable:
    for item in client.scan(TableName="OrdersTable", ProjectionExpression="order_id")["Items"]:
        client.delete_item(TableName="OrdersTable", Key=item)
    return OrdersTable(client, "OrdersTable", clock)


@contextmanager
def raises_discreetly(error: type[Exception]) -> Iterator[None]:
    """Expect exactly this error, with a text that a log may hold."""
    with pytest.raises(error) as caught:
        yield
    assert type(caught.value) is error
    assert CANARY not in repr(caught.value)
    assert CANARY not in describe(caught.value)


def fetched(order_id: str = "999-1", status: str = "IGLOBAL_ORDER_IN_PROCESS", **content: Any) -> Order:
    content = {
        "orderId": order_id,
        "orderStatus": status,
        "orderStatusDate": NOW_MS - 1000,
        "orderDate": NOW_MS - 5000,
        "email": CANARY,
        **content,
    }
    return Order.read(content, order_id, NOW_MS)


def new(order: Order | None = None) -> StoredOrder:
    return merge(None, order or fetched(), SHIP_ALL, NOW_MS, "reconcile").order


def after(stored: StoredOrder, order: Order, policy: ShippingPolicy = SHIP_ALL) -> StoredOrder:
    return merge(stored, order, policy, NOW_MS + 1, "recheck").order


def item_of(client: "DynamoDBClient", order_id: str = "999-1") -> dict[str, Any]:
    """The item in DynamoDB's typed form."""
    answer = client.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
    return dict(answer["Item"])


def another_writer_sets(client: "DynamoDBClient", **attributes: Any) -> None:
    client.update_item(
        TableName="OrdersTable",
        Key={"order_id": {"S": "999-1"}},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in attributes),
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )


# One state replaces another


def test_an_order_that_is_not_there(table: OrdersTable) -> None:
    assert table.get("999-1") is None


def test_a_new_order_is_read_back_as_it_was_written(table: OrdersTable) -> None:
    order = new()

    assert table.replace(0, order) is order
    assert table.get("999-1") == order


def test_the_item_is_the_public_contract(table: OrdersTable, client: "DynamoDBClient") -> None:
    table.replace(0, new(fetched(referenceId="cart-1", merchantOrderId="12-1")))

    assert {name: next(iter(value)) for name, value in item_of(client).items()} == {
        "order_id": "S",
        "revision": "N",
        "zonos_status": "S",
        "disposition": "S",
        "hold_reasons": "L",
        "status_changed_at": "N",
        "order_date": "N",
        "order_day": "S",
        "test_order": "BOOL",
        "reference_id": "S",
        "merchant_order_id": "S",
        "imported_at": "S",
        "imported_by": "S",
        "updated_at": "S",
        "updated_by": "S",
        "fetched_at": "N",
        "history": "L",
        "order": "M",
    }


def test_a_second_import_of_a_new_order_changes_nothing_and_learns_what_stands(table: OrdersTable) -> None:
    first = new()
    table.replace(0, first)

    assert table.replace(0, new(fetched(status="IGLOBAL_FRAUD_REVIEW"))) == first
    assert table.get("999-1") == first


def test_the_next_state_replaces_the_one_it_was_made_from(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    second = after(first, fetched())

    assert table.replace(1, second) is second
    assert table.get("999-1") == second
    assert second.revision == 2


def test_of_two_writers_from_the_same_state_the_second_learns_of_the_first(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    released = after(first, fetched())
    cancelled = after(first, fetched(status="IGLOBAL_ORDER_CANCELLED"))

    assert table.replace(1, released) is released
    assert table.replace(1, cancelled) == released
    assert table.get("999-1") == released


def test_a_state_made_from_an_order_that_is_gone_writes_nothing(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))

    assert table.replace(1, after(first, fetched())) is None
    assert table.get("999-1") is None


# What others keep on the item


def test_what_other_writers_keep_on_an_order_survives(table: OrdersTable, client: "DynamoDBClient") -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    others = {
        "taken_over_at": {"S": "2026-11-18T00:00:00.000Z"},
        "parcels": {"NS": ["1", "2"]},
        "label": {"B": b"\x00\x01"},
    }
    another_writer_sets(client, **others)
    stored = table.get("999-1")
    assert stored is not None

    table.replace(1, after(stored, fetched()))

    item = item_of(client)
    assert item["zonos_status"] == {"S": "IGLOBAL_ORDER_IN_PROCESS"}
    assert {name: item[name] for name in others} == others


def test_what_another_writer_set_between_the_read_and_the_write_survives(
    table: OrdersTable, client: "DynamoDBClient"
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    another_writer_sets(client, taken_over_at={"S": "2026-11-18T00:00:00.000Z"})

    table.replace(1, after(first, fetched()))

    assert item_of(client)["taken_over_at"] == {"S": "2026-11-18T00:00:00.000Z"}


def test_an_attribute_that_the_next_state_lacks_is_taken_away(
    table: OrdersTable, client: "DynamoDBClient"
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW", referenceId="cart-1"))
    table.replace(0, first)
    expired = expire_review(first, NOW_MS, "recheck")
    table.replace(1, expired)
    assert {"reference_id", "held_day", "review_expired_at"} <= item_of(client).keys()

    table.replace(2, after(expired, fetched(status="VENDOR_PREPARING_ORDER", orderDate=None)))

    assert (
        not {"reference_id", "held_day", "review_expired_at", "order_date", "order_day"}
        & item_of(client).keys()
    )


# Our own write, its answer lost


@pytest.fixture
def line(client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[UnreliableLine]:
    # The client repeats as it is configured to, but without its pauses.
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    with UnreliableLine(client) as line:
        yield line


@pytest.mark.parametrize("email", [CANARY, CANARY * 30_000], ids=["as a map", "compressed"])
def test_our_own_write_met_again_after_a_lost_answer_is_success(
    table: OrdersTable, line: UnreliableLine, email: str
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW", email=email, grandTotal=Decimal("10.00")))
    second = after(first, fetched(email=email, grandTotal=Decimal("1E+1")))
    for revision, order in enumerate((first, second)):
        line.faults.append("lost_answer")

        assert table.replace(revision, order) is order
        assert table.get("999-1") == order
    assert line.writes == 4


def test_our_own_write_is_known_again_beside_what_others_keep(
    table: OrdersTable, client: "DynamoDBClient", line: UnreliableLine
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    another_writer_sets(client, taken_over_at={"S": "2026-11-18T00:00:00.000Z"})
    second = after(first, fetched())
    line.faults.append("lost_answer")

    assert table.replace(1, second) is second


def test_a_write_of_others_is_not_taken_for_our_own(
    table: OrdersTable,
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)

    # The same revision: with other attributes, and with the same ones of another value.
    for other in (fetched(status="VENDOR_PREPARING_ORDER"), fetched(status="IGLOBAL_FRAUD_REVIEW", email="")):
        assert table.replace(0, new(other)) == first


def test_a_write_that_never_arrived_is_repeated(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.append("lost_request")
    order = new()

    assert table.replace(0, order) is order
    assert table.get("999-1") == order


def test_a_write_whose_every_answer_is_lost_may_be_repeated(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.extend(["lost_answer"] * 2)
    order = new()

    with raises_discreetly(AwsUnavailable):
        table.replace(0, order)

    assert line.writes == 2
    assert table.replace(0, order) is order


def test_a_throttled_write_is_repeated_and_then_given_up(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.append("throttled")
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    assert table.replace(0, first) is first

    line.faults.extend(["throttled"] * 3)
    with raises_discreetly(AwsUnavailable):
        table.replace(1, after(first, fetched()))
    assert table.get("999-1") == first


# Exact storage


@pytest.fixture(scope="module")
def complete_item(client: "DynamoDBClient") -> dict[str, Any]:
    """The item of the recorded answer, in DynamoDB's typed form."""
    content = order_of(read_answer(HttpAnswer(200, {}, SAMPLE_BYTES)))
    order = Order.read(content, "999-99999", NOW_MS)
    OrdersTable(client, "OrdersTable", TestClock()).replace(0, new(order))
    return item_of(client, "999-99999")


ANSWER = json.loads(SAMPLE_BYTES, parse_float=Decimal, parse_int=Decimal)


@pytest.mark.parametrize("path", PATHS)
def test_every_documented_field_is_in_the_stored_item(complete_item: dict[str, Any], path: str) -> None:
    stored: list[Any] = [{"M": complete_item}]
    sent: list[Any] = [ANSWER]
    for key in path.split("."):
        name = key.removesuffix("[index]")
        stored = [typed["M"][name] for typed in stored]
        sent = [value[name] for value in sent]
        if key.endswith("[index]"):
            stored = [member for typed in stored for member in typed["L"]]
            sent = [member for value in sent for member in value]

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


@pytest.mark.parametrize("content", AS_A_MAP.values(), ids=AS_A_MAP.keys())
def test_what_dynamodb_can_hold_is_a_map(
    table: OrdersTable, client: "DynamoDBClient", content: Mapping[str, Any]
) -> None:
    order = new(fetched(**content))

    table.replace(0, order)

    assert table.get("999-1") == order
    item = item_of(client)
    assert "M" in item["order"]
    assert "order_gz" not in item


@pytest.mark.parametrize("content", COMPRESSED.values(), ids=COMPRESSED.keys())
def test_what_dynamodb_cannot_hold_is_compressed_and_exact(
    table: OrdersTable, client: "DynamoDBClient", content: Mapping[str, Any]
) -> None:
    order = new(fetched(**content))

    table.replace(0, order)

    assert table.get("999-1") == order
    item = item_of(client)
    assert "B" in item["order_gz"]
    assert "order" not in item


@pytest.mark.parametrize("content", COMPRESSED.values(), ids=COMPRESSED.keys())
def test_an_order_that_fits_again_is_a_map_again(
    table: OrdersTable, client: "DynamoDBClient", content: Mapping[str, Any]
) -> None:
    small, large = fetched(), fetched(**content)
    first = new(small)
    second = after(first, large)
    third = after(second, small)
    kinds = []

    for revision, order in enumerate((first, second, third)):
        assert table.replace(revision, order) is order
        assert table.get("999-1") == order
        kinds.append(item_of(client).keys() & {"order", "order_gz"})

    assert kinds == [{"order"}, {"order_gz"}, {"order"}]


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


# Looking


def put_orders(table: OrdersTable, *orders: Order) -> None:
    for order in orders:
        table.replace(0, new(order))


def test_the_statuses_of_a_day_are_those_of_its_orders(table: OrdersTable) -> None:
    midnight = 1_794_960_000_000  # 2026-11-18T00:00:00Z
    put_orders(
        table,
        fetched("999-1", orderDate=midnight - 1),
        fetched("999-2", orderDate=midnight),
        fetched("999-3", "IGLOBAL_FRAUD_REVIEW", orderDate=midnight + 86_399_999),
        fetched("999-4", orderDate=midnight + 86_400_000),
        fetched("999-5", orderDate=None),
    )

    assert table.statuses_of_day("20261118") == {
        "999-2": "IGLOBAL_ORDER_IN_PROCESS",
        "999-3": "IGLOBAL_FRAUD_REVIEW",
    }
    assert table.statuses_of_day("20261120") == {}


def test_a_day_of_many_pages_is_read_to_its_end(table: OrdersTable, client: "DynamoDBClient") -> None:
    orders = [fetched(f"999-{n}") for n in range(1, 6)]
    put_orders(table, *orders)
    day = str(new().attributes["order_day"])

    with one_a_page(client, "Query"):
        statuses = table.statuses_of_day(day)

    assert set(statuses) == {order.order_id for order in orders}


def test_the_statuses_of_named_orders(table: OrdersTable) -> None:
    put_orders(table, fetched("999-1"), fetched("999-2", "IGLOBAL_ORDER_ON_HOLD"))

    assert table.statuses_of(iter(["999-1", "999-2", "999-3"])) == {
        "999-1": "IGLOBAL_ORDER_IN_PROCESS",
        "999-2": "IGLOBAL_ORDER_ON_HOLD",
    }


def test_an_order_that_is_named_twice_is_looked_up_once(table: OrdersTable) -> None:
    """DynamoDB refuses a BatchGetItem with the same key twice."""
    put_orders(table, fetched("999-1"))

    assert table.statuses_of(["999-1", "999-2", "999-1"]).keys() == {"999-1"}


def test_no_orders_are_looked_up_without_a_call(table: OrdersTable, client: "DynamoDBClient") -> None:
    with Stubber(client):
        assert table.statuses_of([]) == {}


def test_more_orders_than_one_call_takes_are_looked_up(table: OrdersTable) -> None:
    stored = [f"999-{n}" for n in (1, 100, 101, 200, 201)]
    put_orders(table, *map(fetched, stored))

    assert set(table.statuses_of(f"999-{n}" for n in range(1, 251))) == set(stored)


def batch_answer(found: list[int], unprocessed: list[int]) -> dict[str, Any]:
    keys = [{"order_id": {"S": f"999-{n}"}} for n in unprocessed]
    return {
        "Responses": {
            "OrdersTable": [{"order_id": {"S": f"999-{n}"}, "zonos_status": {"S": "S"}} for n in found]
        },
        "UnprocessedKeys": {"OrdersTable": {"Keys": keys}} if keys else {},
    }


def test_keys_that_were_left_unprocessed_are_asked_for_again(
    table: OrdersTable, client: "DynamoDBClient", clock: TestClock
) -> None:
    with Stubber(client) as stubber:
        stubber.add_response("batch_get_item", batch_answer([1], [2, 3]))
        stubber.add_response("batch_get_item", batch_answer([], [2, 3]))
        stubber.add_response(
            "batch_get_item",
            batch_answer([2, 3], []),
            {"RequestItems": {"OrdersTable": {"Keys": [{"order_id": {"S": f"999-{n}"}} for n in (2, 3)]}}},
        )

        assert set(table.statuses_of(["999-1", "999-2", "999-3"])) == {"999-1", "999-2", "999-3"}
        stubber.assert_no_pending_responses()
    assert clock.now_ms() > NOW_MS


def test_keys_that_are_left_unprocessed_for_ever_are_given_up(
    table: OrdersTable, client: "DynamoDBClient", clock: TestClock
) -> None:
    with Stubber(client) as stubber:
        for _ in range(6):
            stubber.add_response("batch_get_item", batch_answer([], [1]))

        with raises_discreetly(AwsUnavailable):
            table.statuses_of(["999-1"])
        stubber.assert_no_pending_responses()
    assert clock.now_ms() < NOW_MS + 5000


def test_the_held_orders_and_why(table: OrdersTable) -> None:
    review = new(fetched("999-2", "IGLOBAL_FRAUD_REVIEW", cslListMatch=True))
    put_orders(
        table,
        fetched("999-1"),
        fetched("999-3", "IGLOBAL_ORDER_CANCELLED"),
        fetched("999-4", testOrder=True),
    )
    table.replace(0, review)
    table.replace(1, raise_generation(review, NOW_MS, "reconcile"))

    assert sorted(table.held(), key=lambda held: held.order_id) == [
        HeldOrder("999-2", ("FRAUD_REVIEW", "CSL_MATCH"), 2),
        HeldOrder("999-4", ("TEST_ORDER",), 0),
    ]


def test_an_order_that_was_released_is_held_no_more(table: OrdersTable) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    assert [held.order_id for held in table.held()] == ["999-1"]

    table.replace(1, after(first, fetched()))

    assert list(table.held()) == []


def test_held_orders_of_many_pages_are_read_to_the_end(table: OrdersTable, client: "DynamoDBClient") -> None:
    put_orders(table, *[fetched(f"999-{n}", "IGLOBAL_FRAUD_REVIEW") for n in range(1, 6)])

    with one_a_page(client, "Scan"):
        held_ids = {held.order_id for held in table.held()}

    assert held_ids == {f"999-{n}" for n in range(1, 6)}


@contextmanager
def one_a_page(client: "DynamoDBClient", operation: str) -> Iterator[None]:
    """Let every page of the operation hold one item."""

    def limit(params: dict[str, Any], **_kwargs: Any) -> None:
        params["Limit"] = 1

    event = f"provide-client-params.dynamodb.{operation}"
    client.meta.events.register(event, limit)
    yield
    client.meta.events.unregister(event, limit)


# Failures of AWS

CALLS: Mapping[str, Callable[[OrdersTable], object]] = {
    "get_item": lambda table: table.get("999-1"),
    "update_item": lambda table: table.replace(0, new()),
    "query": lambda table: table.statuses_of_day("20261118"),
    "batch_get_item": lambda table: table.statuses_of(["999-1"]),
    "scan": lambda table: list(table.held()),
}
# All that botocore's standard mode itself finds worth repeating, and what DynamoDB documents as such.
TRANSIENT = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "InternalServerError",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
REFUSED = {
    "AccessDeniedException",
    "ItemCollectionSizeLimitExceededException",
    "ResourceNotFoundException",
    "ValidationException",
    "",
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 400, AwsUnavailable),
        ("SomethingUndocumented", 500, AwsUnavailable),
        ("SomethingUndocumented", 503, AwsUnavailable),
        ("ValidationException", 400, AwsRefused),
    ],
)
def test_every_call_says_whether_it_is_worth_repeating(
    table: OrdersTable,
    client: "DynamoDBClient",
    operation: str,
    code: str,
    status: int,
    error: type[AwsError],
) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error(operation, code, f"because of {CANARY}", status)

        with raises_discreetly(error):
            CALLS[operation](table)


@pytest.mark.parametrize(
    ("code", "error"),
    [(code, AwsUnavailable) for code in sorted(TRANSIENT)] + [(code, AwsRefused) for code in sorted(REFUSED)],
)
def test_an_error_code_says_what_can_be_done(
    table: OrdersTable, client: "DynamoDBClient", code: str, error: type[AwsError]
) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error("update_item", code, CANARY)

        with raises_discreetly(error):
            table.replace(0, new())


@pytest.mark.parametrize("operation", CALLS)
def test_a_missing_table_is_refused(client: "DynamoDBClient", clock: TestClock, operation: str) -> None:
    with raises_discreetly(AwsRefused):
        CALLS[operation](OrdersTable(client, "NoSuchTable", clock))


def test_what_botocore_itself_refuses_is_not_repeated_in_the_message(table: OrdersTable) -> None:
    no_text: Any = [CANARY]

    with raises_discreetly(AwsRefused):
        table.get(no_text)


def test_no_way_to_aws_is_unavailable(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.extend(["lost_request"] * 3)

    with raises_discreetly(AwsUnavailable):
        table.get("999-1")
