"""A window is cut into slices that cover every day once, and a list into pieces of it."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.backfill import in_slices
from zonos_orders.backfill_payloads import Slice
from zonos_orders.instants import days_between, shift_day

STATE_HOLDS_BYTES = 256 * 1024
days = st.dates().filter(lambda day: 2000 <= day.year <= 2099).map(lambda day: f"{day:%Y%m%d}")


def covered(slices: list[Slice]) -> list[str]:
    return sorted(day for piece in slices for day in days_between(piece.since, piece.through))


def test_a_day_is_one_slice() -> None:
    assert in_slices("20260131", "20260131") == [Slice("20260131", "20260131")]


def test_every_other_slice_comes_first_so_that_neighbours_do_not_meet() -> None:
    assert in_slices("20260101", "20260118") == [
        Slice("20260101", "20260104"),
        Slice("20260109", "20260112"),
        Slice("20260117", "20260118"),
        Slice("20260105", "20260108"),
        Slice("20260113", "20260116"),
    ]


@pytest.mark.parametrize(("year", "leap_day"), [("2024", True), ("2025", False), ("2000", True)])
def test_a_year_has_its_own_days_and_a_leap_year_its_29th_of_february(year: str, leap_day: bool) -> None:
    found = covered(in_slices(f"{year}0101", f"{year}1231"))
    assert len(found) == (366 if leap_day else 365)
    assert (f"{year}0229" in found) is leap_day


@given(since=days, length=st.integers(0, 5000))
def test_every_day_of_a_window_is_in_one_slice(since: str, length: int) -> None:
    through = shift_day(since, length)
    slices = in_slices(since, through)
    assert covered(slices) == days_between(since, through)


@given(since=days, length=st.integers(0, 5000))
def test_slices_that_follow_each_other_list_no_day_in_common(since: str, length: int) -> None:
    """Each lists a day more on each side."""
    slices = in_slices(since, shift_day(since, length))
    first_half = slices[: -(-len(slices) // 2)]
    for one, following in pairwise(first_half):
        assert shift_day(one.through, 1) < shift_day(following.since, -1)


def test_the_longest_window_fits_into_what_a_state_hands_on() -> None:
    slices = in_slices("20000101", "20991231")
    assert len(slices) <= 1000
    assert len(json.dumps([piece.payload() for piece in slices])) < STATE_HOLDS_BYTES / 4
