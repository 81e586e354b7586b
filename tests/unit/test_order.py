"""An order as Zonos sends it: what the rules read out of it, whatever it holds."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.documented_order import ANSWER_BYTES
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.order import Order, own_order_id, own_reference_id
from zonos_orders.zonos_api import order_of

NOW = 1_772_539_200_000  # 2026-03-03T12:00:00Z
YEAR_2000 = 946_684_800_000
TOMORROW = NOW + 86_400_000
SAMPLE = json.loads(ANSWER_BYTES, parse_float=Decimal)["order"]
READ_KEYS = (
    "orderId",
    "orderDate",
    "orderStatus",
    "orderStatusDate",
    "testOrder",
    "cslListMatch",
    "referenceId",
    "merchantOrderId",
)
DEEP: list[Any] = [[[[[]]]]]
GARBAGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    7,
    Decimal("1E400"),
    10**400,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    {},
    DEEP,
]


def read(content: Mapping[str, Any]) -> Order:
    return Order.read(content, "999-1", NOW)


def test_the_sample_order_is_read_complete() -> None:
    order = Order.read(SAMPLE, "999-99999", NOW)

    assert order == Order(
        order_id="999-99999",
        content=SAMPLE,
        zonos_status="IGLOBAL_ORDER_IN_PROCESS",
        status_changed_at=1_458_082_515_000,
        order_date=1_458_081_402_000,
        test_order=False,
        csl_match=False,
        reference_id="cart-99999",
        merchant_order_id="12-34567",
        contract_changes=(),
    )


def test_the_content_is_kept_untouched_with_keys_that_nobody_knows() -> None:
    content = {"orderId": "1", "somethingNew": {"deep": [None, Decimal("1.10")]}}

    assert read(content).content is content


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("IGLOBAL_ORDER_IN_PROCESS", "IGLOBAL_ORDER_IN_PROCESS"),
        ("iglobal_order_in_process", "iglobal_order_in_process"),
        (" IGLOBAL_FRAUD_REVIEW ", " IGLOBAL_FRAUD_REVIEW "),
        ("", ""),
        (7, "7"),
        (Decimal("7.50"), "7.50"),
        (None, ""),
        (True, ""),
        (["IGLOBAL_ORDER_IN_PROCESS"], ""),
        ({"status": "IGLOBAL_ORDER_IN_PROCESS"}, ""),
    ],
)
def test_a_status_is_kept_as_sent_and_empty_when_it_is_no_scalar(sent: object, text: str) -> None:
    assert read({"orderStatus": sent}).zonos_status == text


def test_an_order_without_a_status_has_an_empty_one() -> None:
    assert read({"orderId": "1"}).zonos_status == ""


@pytest.mark.parametrize("key", ["referenceId", "merchantOrderId"])
@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("cart-7", "cart-7"),
        ("0012", "0012"),
        (12, "12"),
        ("", ""),
        (None, ""),
        (False, ""),
        ([1], ""),
        ({}, ""),
    ],
)
def test_references_are_text_whether_sent_as_text_or_number(key: str, sent: object, text: str) -> None:
    order = read({key: sent})

    assert {"referenceId": order.reference_id, "merchantOrderId": order.merchant_order_id}[key] == text


@pytest.mark.parametrize("key", ["orderDate", "orderStatusDate"])
@pytest.mark.parametrize(
    ("sent", "ms"),
    [
        (YEAR_2000, YEAR_2000),
        (YEAR_2000 - 1, None),
        (NOW, NOW),
        (TOMORROW, TOMORROW),
        (TOMORROW + 1, None),
        (str(NOW), NOW),
        (Decimal(NOW), NOW),
        (Decimal("1772539200000.0"), NOW),
        (Decimal("1.7725392E12"), NOW),
        (Decimal("1772539200000.5"), None),
        (NOW // 1000, None),  # seconds
        (str(NOW // 1000), None),
        (NOW * 1000, None),  # microseconds
        (0, None),
        (-NOW, None),
        (f"-{NOW}", None),
        (f" {NOW}", None),
        (f"{NOW}\n", None),
        pytest.param("9" * 5000, None, id="5000 digits"),
        ("١٧٧٢٥٣٩٢٠٠٠٠٠", None),
        (Decimal("1E400"), None),
        pytest.param(10**400, None, id="401 digits"),
        ("Tue Mar 15 22:36:42 UTC 2016", None),
        ("2026-03-03T12:00:00Z", None),
        ("", None),
        (None, None),
        (True, None),
        ([NOW], None),
        ({"ms": NOW}, None),
    ],
)
def test_a_date_counts_only_from_2000_until_tomorrow_in_milliseconds(
    key: str, sent: object, ms: int | None
) -> None:
    order = read({key: sent})
    found = {"orderDate": order.order_date, "orderStatusDate": order.status_changed_at}[key]

    assert found == ms
    assert found is None or isinstance(found, int)


@pytest.mark.parametrize("key", ["testOrder", "cslListMatch"])
@pytest.mark.parametrize(
    ("sent", "holds"),
    [
        (None, False),
        (False, False),
        ("false", False),
        (True, True),
        ("true", True),
        ("False", True),
        ("FALSE", True),
        (" false", True),
        ("", True),
        ("no", True),
        ("0", True),
        (0, True),
        (Decimal("0.0"), True),
        (1, True),
        ([], True),
        ({}, True),
        ([False], True),
    ],
)
def test_a_flag_counts_unless_it_is_null_or_false(key: str, sent: object, holds: bool) -> None:
    order = read({key: sent})

    assert {"testOrder": order.test_order, "cslListMatch": order.csl_match}[key] is holds


def test_an_absent_flag_does_not_count() -> None:
    order = read({"orderId": "1"})

    assert order.test_order is False
    assert order.csl_match is False


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"orderStatus": None}, "orderStatus"),
        ({"orderStatus": ""}, "orderStatus"),
        ({"orderStatus": 7}, "orderStatus"),
        ({"orderStatusDate": None}, "orderStatusDate"),
        ({"orderStatusDate": NOW // 1000}, "orderStatusDate"),
        ({"orderDate": "yesterday"}, "orderDate"),
        ({"orderDate": TOMORROW + 1}, "orderDate"),
        ({"orderId": None}, "orderId"),
    ],
)
def test_an_unreadable_key_is_named_as_a_change_of_the_contract(changed: dict[str, Any], named: str) -> None:
    good = {"orderId": "1", "orderStatus": "VENDOR_NEW", "orderStatusDate": NOW, "orderDate": NOW}

    assert read(good).contract_changes == ()
    assert read(good | changed).contract_changes == (named,)
    assert read({k: v for k, v in good.items() if k != named}).contract_changes == (named,)


def test_of_an_order_without_any_known_key_all_that_matter_are_named() -> None:
    order = read({"renamed": True})

    assert order.contract_changes == ("orderStatus", "orderStatusDate", "orderDate", "orderId")


@pytest.mark.parametrize("key", sorted(SAMPLE))
def test_null_in_any_key_of_the_sample_changes_what_is_read_of_that_key_only(key: str) -> None:
    whole, without = Order.read(SAMPLE, "999-99999", NOW), Order.read(SAMPLE | {key: None}, "999-99999", NOW)
    attribute = {
        "orderStatus": "zonos_status",
        "orderStatusDate": "status_changed_at",
        "orderDate": "order_date",
        "referenceId": "reference_id",
        "merchantOrderId": "merchant_order_id",
    }.get(key)
    names = set(Order.__dataclass_fields__) - {"content", "contract_changes", attribute}

    assert {n: getattr(without, n) for n in names} == {n: getattr(whole, n) for n in names}


@given(st.dictionaries(st.sampled_from(READ_KEYS), st.sampled_from(GARBAGE)))
def test_no_content_makes_the_reading_fail(content: dict[str, Any]) -> None:
    order = read(content)

    assert order.order_id == "999-1"
    assert order.status_changed_at is None
    assert order.order_date is None


@pytest.mark.parametrize(
    ("content", "own"),
    [
        ({"orderId": "999-1"}, "999-1"),
        ({"orderId": 1}, 1),
        ({"id": "1"}, "1"),
        ({"orderId": "999-1", "id": "2"}, "999-1"),
        ({"orderId": None, "id": "2"}, "2"),
        ({"orderId": ""}, ""),
        ({"orderId": None}, None),
        ({}, None),
    ],
)
def test_an_order_bears_its_id_as_order_id_or_as_id(content: dict[str, Any], own: object) -> None:
    assert own_order_id(content) == own


@pytest.mark.parametrize(
    ("content", "own"),
    [({"referenceId": "cart-7"}, "cart-7"), ({"referenceId": 7}, "7"), ({"referenceId": None}, ""), ({}, "")],
)
def test_an_order_bears_its_reference_as_text(content: dict[str, Any], own: str) -> None:
    assert own_reference_id(content) == own


def test_the_order_of_an_answer_is_its_order_map() -> None:
    assert order_of({"order": {"orderId": "1"}, "more": 1}) == {"orderId": "1"}


@pytest.mark.parametrize(
    "answer", [{}, {"order": None}, {"order": {}}, {"order": []}, {"order": "1"}, {"orders": [{"id": 1}]}]
)
def test_an_answer_without_an_order_map_is_unexpected(answer: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        order_of(answer)
