"""Order ids: many spellings in, one canonical spelling inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.errors import InvalidOrderId, OtherStore
from zonos_orders.order_id import canonical_order_id, order_before, order_number

HOSTILE = "<script>alert('Ada')</script>"


@pytest.mark.parametrize(
    "spelling",
    ["999-99999", "99999", "0099999", "999-0099999", "999-000000000000099999", 99999],
)
def test_every_spelling_of_an_order_is_one_id(spelling: object) -> None:
    assert canonical_order_id(spelling, "999") == "999-99999"


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [("1", "999-1"), ("999-999", "999-999"), ("9" * 18, "999-" + "9" * 18), (10**17, "999-1" + "0" * 17)],
)
def test_the_shortest_and_the_longest_number_are_order_ids(spelling: object, canonical: str) -> None:
    assert canonical_order_id(spelling, "999") == canonical


@pytest.mark.parametrize("spelling", ["888-99999", "0999-99999", "1-1", "9999-1", "000000000999-1"])
def test_the_prefix_of_another_store_is_refused(spelling: str) -> None:
    with pytest.raises(OtherStore):
        canonical_order_id(spelling, "999")


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        " ",
        "-",
        "999-",
        "-99999",
        "999--99999",
        "999-99999-1",
        "999 99999",
        " 99999",
        "99999 ",
        "99999\n",
        "\n99999",
        "99999\x00",
        "+99999",
        "-5",
        "1e5",
        "1.0",
        "1_000",
        "0x1F",
        "0",
        "000",
        "999-0",
        "abc",
        "orderId",
        "9" * 19,
        pytest.param("0" * 5000, id="5000 zeros"),
        pytest.param("9" * 5000, id="5000 nines"),
        "1" * 13 + "-5",
        "٣٤٥",
        "\uff19\uff19\uff19",
        "999-٣",
        "²",
        "999\u201399999",
        "😀",
        "${orderId}",
        "' OR 1=1 --",
        "999-99999,999-99998",
        HOSTILE,
        None,
        True,
        False,
        0,
        -1,
        10**18,
        pytest.param(10**5000, id="a number of 5001 digits"),
        1.0,
        b"99999",
        [],
        ["99999"],
        {},
        {"orderId": "99999"},
    ],
)
def test_anything_else_is_refused(spelling: object) -> None:
    with pytest.raises(InvalidOrderId):
        canonical_order_id(spelling, "999")


@pytest.mark.parametrize("spelling", [HOSTILE, f"888-{'1' * 30}"])
def test_a_refusal_says_what_is_expected_and_never_repeats_what_was_sent(spelling: str) -> None:
    with pytest.raises(InvalidOrderId) as refused:
        canonical_order_id(spelling, "999")

    assert str(refused.value) == "an order id is [<store>-]<digits>, for example 999-12345"


def test_the_refusal_of_another_store_does_not_repeat_the_id() -> None:
    with pytest.raises(OtherStore) as refused:
        canonical_order_id("888-777", "999")

    assert "888" not in str(refused.value)
    assert "777" not in str(refused.value)


@given(number=st.integers(1, 10**18 - 1), zeros=st.integers(0, 17), prefix=st.sampled_from(["", "999-"]))
def test_leading_zeros_and_the_own_prefix_never_matter(number: int, zeros: int, prefix: str) -> None:
    spelling = f"{prefix}{str(number).zfill(max(zeros, len(str(number))))}"

    assert canonical_order_id(spelling, "999") == f"999-{number}"


@given(st.one_of(st.text("0123456789- \n٣", max_size=22), st.integers()))
def test_a_canonical_id_is_its_own_spelling(value: object) -> None:
    try:
        canonical = canonical_order_id(value, "999")
    except (InvalidOrderId, OtherStore):
        return

    assert canonical_order_id(canonical, "999") == canonical


@pytest.mark.parametrize(("order_id", "number"), [("999-1", 1), ("999-99999", 99999), ("1-10", 10)])
def test_the_number_of_an_order_sorts_by_value(order_id: str, number: int) -> None:
    assert order_number(order_id) == number


@pytest.mark.parametrize(
    ("order_id", "before"), [("999-100", "999-99"), ("999-2", "999-1"), ("999-1", "999-1")]
)
def test_the_order_before_stops_at_the_first(order_id: str, before: str) -> None:
    assert order_before(order_id) == before
