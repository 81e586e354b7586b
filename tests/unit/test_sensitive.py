"""The sensitive fields: gone wherever they stand, and nothing else with them."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.documented_order import ANSWER, PATHS
from zonos_orders.sensitive import SENSITIVE_FIELDS, without_sensitive_fields

KEYS = st.sampled_from([*sorted(SENSITIVE_FIELDS), "name", "items", "LastFour", ""])
LEAVES = st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text()
ORDERS = st.dictionaries(
    KEYS, st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)), min_size=1
)
Place = tuple[str | int, ...]


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value that holds no others, and every empty map and list, with the place where it stands."""
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    if not members:
        yield place, value
    for key, member in members:
        yield from leaves(member, (*place, key))


def test_all_four_are_documented_and_dropped() -> None:
    named = {path for path in PATHS if path.rpartition(".")[2] in SENSITIVE_FIELDS}
    assert named == {
        "order.nationalIdentifier",
        "order.birthDate",
        "order.carrierAccountNumber",
        "order.paymentProcessing.lastFour",
    }
    order = ANSWER["order"]
    kept = without_sensitive_fields(order)
    assert order.keys() - kept.keys() == {"nationalIdentifier", "birthDate", "carrierAccountNumber"}
    assert order["paymentProcessing"].keys() - kept["paymentProcessing"].keys() == {"lastFour"}


def test_they_are_dropped_in_maps_and_lists_of_keys_nobody_knows() -> None:
    unknown = {
        "payments": [[{"lastFour": "0000", "amount": Decimal("1.10")}]],
        "buyer": {"birthDate": {"a": 1}},
    }
    assert without_sensitive_fields(unknown) == {"payments": [[{"amount": Decimal("1.10")}]], "buyer": {}}


@given(ORDERS)
def test_everything_else_is_kept_and_nothing_is_added(order: dict[str, Any]) -> None:
    before = dict(leaves(order))
    kept = without_sensitive_fields(order)
    assert {place: value for place, value in before.items() if not SENSITIVE_FIELDS & {*place}} == {
        place: value for place, value in leaves(kept) if place in before
    }
    assert all(not SENSITIVE_FIELDS & {*place} for place, _ in leaves(kept))
    assert dict(leaves(order)) == before


@given(ORDERS)
def test_what_was_dropped_once_needs_no_dropping_again(order: dict[str, Any]) -> None:
    kept = without_sensitive_fields(order)
    assert without_sensitive_fields(kept) == kept
