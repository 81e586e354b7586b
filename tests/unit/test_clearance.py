"""A clearance holds for one buyer, one set of addresses and one match, and for nothing else."""

from decimal import Decimal
from typing import Any

import pytest

from tests.documented_order import PATHS
from tests.unit.merge.records import NOW, order, through_table
from zonos_orders.clearance import clearance, continued, fingerprint, stands
from zonos_orders.merge import read_stored
from zonos_orders.order import Order
from zonos_orders.stored_order import StoredOrder

BUYER: dict[str, Any] = {"cslListMatch": True, "name": "Ada", "city": "Exampleton", "zip": 12345}
BY = "arn:aws:iam::123456789012:user/jo"


def matched(**content: Any) -> Order:
    return order(**(BUYER | content))


def stands_for(now: Order, cleared: Order | None = None) -> bool:
    return stands(clearance(cleared or matched(), 1, NOW, BY), now)


def test_a_clearance_stands_while_everything_is_as_it_was() -> None:
    assert stands_for(matched())
    assert stands_for(matched(orderStatusDate=NOW, grandTotal=Decimal("1.5"), phone="1", notes=["called"]))


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Eve"},
        {"name": "ADA"},
        {"company": "Sample Ltd"},
        {"address2": "Rear entrance"},
        {"zip": 12346},
        {"zip": None},
        {"billingName": "Eve"},
        {"billingCountryCode": "GB"},
        {"recipient": {"fullName": "Eve"}},
        {"shippingAddress": ["2 Example Street"]},
        {"cslListMatchScore": 90},
        {"cslListMatch": "true"},
        {"deniedPartyLists": ["SDN"]},
    ],
)
def test_another_name_address_or_match_is_not_what_was_cleared(changed: dict[str, Any]) -> None:
    assert not stands_for(matched(**changed))


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ({"name": "Ada", "company": "Bo"}, {"name": "Bo", "company": "Ada"}),
        ({"name": "a", "company": ""}, {"name": "", "company": "a"}),
        ({"address": ["a", "b"]}, {"address": ["b", "a"]}),
        ({"address": {"a": "x\n.'b'='y'"}}, {"address": {"a": "x", "b": "y"}}),
        ({"address.a": "x"}, {"address": {"a": "x"}}),
        ({"zip": "1"}, {"zip": 1}),
        ({"zip": True}, {"zip": 1}),
    ],
)
def test_the_same_words_at_other_places_are_another_buyer(then: dict[str, Any], now: dict[str, Any]) -> None:
    assert not stands_for(matched(**now), cleared=matched(**then))


@pytest.mark.parametrize("number", ["1E5000000", "-1E-5000000", "9" * 1001])
def test_a_number_of_any_size_can_be_compared(number: str) -> None:
    assert stands_for(matched(zip=Decimal(number)), cleared=matched(zip=Decimal(number)))
    assert not stands_for(matched(zip=Decimal(number)), cleared=matched(zip=1))


@pytest.mark.parametrize("gone", [False, None, "false"])
def test_nothing_stands_while_there_is_no_match(gone: object) -> None:
    assert not stands_for(matched(cslListMatch=gone))


def test_a_clearance_that_has_ended_never_stands_again() -> None:
    cleared = clearance(matched(), 1, NOW, BY)
    ended = continued(cleared, matched(name="Eve"), NOW + 1)

    assert ended == {**cleared, "ended_at": "2026-03-03T12:00:00.001Z"}
    assert not stands(ended, matched())
    assert continued(ended, matched(), NOW + 2) is ended
    assert continued(cleared, matched(), NOW + 1) is cleared


def test_the_table_gives_back_what_was_cleared() -> None:
    said = matched(
        zip=Decimal("12345.10"), address={"deep": [Decimal("1E+3"), 10**30]}, city="\u00e9 \U0001f600"
    )
    stored = through_table(StoredOrder({"order_id": "999-1", "order": said.content}))

    assert fingerprint(read_stored(stored, NOW)) == fingerprint(said)
    as_dynamodb_writes_it = matched(**{**said.content, "zip": Decimal("12345.1")})
    assert fingerprint(as_dynamodb_writes_it) == fingerprint(said)


def test_two_orders_of_one_buyer_have_nothing_in_common() -> None:
    other = Order.read(BUYER, "999-2", NOW)
    assert fingerprint(other) != fingerprint(Order.read(BUYER, "999-1", NOW))


def test_a_fingerprint_tells_nothing_of_the_buyer() -> None:
    assert len(fingerprint(matched())) == 64
    assert set(fingerprint(matched())) <= set("0123456789abcdef")


def test_an_order_as_deep_as_any_and_text_that_is_no_unicode_are_taken_as_well() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert fingerprint(matched(address=deep)) != fingerprint(matched(address="\ud800"))


SHIPPED_TO = {
    *("name", "company", "countryCode", "countryName", "address1", "address2", "address3"),
    *("city", "state", "zip"),
}
BILLED_TO = {f"billing{field[0].upper()}{field[1:]}" for field in SHIPPED_TO}


@pytest.mark.parametrize("path", [path for path in PATHS if "." not in path.removeprefix("order.")])
def test_of_the_documented_fields_names_addresses_and_the_match_count(path: str) -> None:
    field = path.removeprefix("order.")
    is_another = not stands_for(matched(**{field: "another"}))
    assert is_another == (field in SHIPPED_TO | BILLED_TO | {"cslListMatch"})
