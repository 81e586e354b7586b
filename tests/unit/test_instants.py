"""Times: epoch milliseconds, ISO 8601 UTC and UTC days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.instants import (
    DAY_MS,
    day_of,
    day_start_ms,
    days_between,
    iso,
    ms_from_iso,
    parse_day,
    shift_day,
)

instants = st.integers(946_684_800_000, 4_102_444_800_000)  # 2000 to 2100


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (946_684_800_000, "2000-01-01T00:00:00.000Z"),
        (1_458_081_402_000, "2016-03-15T22:36:42.000Z"),
        (1_458_081_402_001, "2016-03-15T22:36:42.001Z"),
        (1_769_903_999_999, "2026-01-31T23:59:59.999Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_milliseconds(ms: int, text: str) -> None:
    assert iso(ms) == text
    assert ms_from_iso(text) == ms


@given(instants)
def test_writing_an_instant_loses_nothing(ms: int) -> None:
    assert ms_from_iso(iso(ms)) == ms


@given(instants, instants)
def test_written_instants_sort_as_the_instants_do(one: int, other: int) -> None:
    assert (iso(one) < iso(other)) == (one < other)


@pytest.mark.parametrize(
    ("ms", "day"),
    [
        (0, "19700101"),
        (1_769_903_999_999, "20260131"),
        (1_769_904_000_000, "20260201"),
        (1_709_164_800_000, "20240229"),
    ],
)
def test_a_day_ends_at_midnight_utc(ms: int, day: str) -> None:
    assert day_of(ms) == day


@given(instants)
def test_an_instant_lies_within_its_own_day(ms: int) -> None:
    assert 0 <= ms - day_start_ms(day_of(ms)) < DAY_MS


@pytest.mark.parametrize(
    ("day", "expected"),
    [("20260131", date(2026, 1, 31)), ("20240229", date(2024, 2, 29)), ("00010101", date(1, 1, 1))],
)
def test_a_calendar_day_is_eight_digits(day: str, expected: date) -> None:
    assert parse_day(day) == expected


@pytest.mark.parametrize(
    "day",
    [
        "",
        "2026013",
        "202601311",
        "2026-1-1",
        "2026-01-31",
        "20260230",
        "20250229",
        "20261301",
        "20260100",
        "00000101",
        " 2026010",
        "20260101\n",
        "2026010\n",
        "+2026010",
        "\uff12\uff10\uff12\uff16\uff10\uff11\uff10\uff11",
        "٢٠٢٦٠١٠١",
        "2026010²",
        "yyyymmdd",
    ],
)
def test_anything_else_is_no_day(day: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_day(day)
    with pytest.raises(ValueError, match=r"."):
        day_start_ms(day)


@pytest.mark.parametrize(
    ("day", "days", "shifted"),
    [
        ("20260301", -1, "20260228"),
        ("20240301", -1, "20240229"),
        ("20251231", 1, "20260101"),
        ("20260131", 0, "20260131"),
        ("20260131", -30, "20260101"),
    ],
)
def test_a_day_is_shifted_over_the_calendar(day: str, days: int, shifted: str) -> None:
    assert shift_day(day, days) == shifted


@given(instants, st.integers(-400, 400))
def test_shifting_there_and_back_ends_where_it_began(ms: int, days: int) -> None:
    day = day_of(ms)

    assert shift_day(shift_day(day, days), -days) == day
    assert day_start_ms(shift_day(day, days)) == day_start_ms(day) + days * DAY_MS


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("20260131", "20260131", ["20260131"]),
        ("20240228", "20240301", ["20240228", "20240229", "20240301"]),
        ("20251231", "20260101", ["20251231", "20260101"]),
        ("20260102", "20260101", []),
    ],
)
def test_the_days_between_include_both_ends(first: str, last: str, days: list[str]) -> None:
    assert days_between(first, last) == days
