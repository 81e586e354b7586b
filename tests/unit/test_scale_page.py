"""docs/scale.md is what the script makes of the committed figures, and the script computes what it says."""

import json

import pytest

from tests.bench import ceiling
from tests.bench.report import FIGURES
from tests.bench.scale import PAGE, backfill_dollars, needs, orders_a_second, page

COUNTS = json.loads(FIGURES.read_text(encoding="utf-8"))["counts"]


def test_the_page_is_computed_from_the_committed_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(json.loads(FIGURES.read_text(encoding="utf-8")))


def test_a_slow_zonos_sets_the_pace_and_a_quick_one_leaves_it_to_the_processor() -> None:
    slow, slower = (orders_a_second(COUNTS, seconds, at_once=16) for seconds in (10, 20))
    assert slow == pytest.approx(2 * slower, rel=0.01)
    assert orders_a_second(COUNTS, 0, at_once=16) == orders_a_second(COUNTS, 0, at_once=64)


def test_a_slower_zonos_costs_the_function_time_and_nothing_else() -> None:
    quick, slow = (backfill_dollars(COUNTS, seconds, at_once=16) for seconds in (0.1, 1.0))
    assert {name for name in slow if slow[name] > quick[name]} == {"Lambda: time"}


def test_the_scarcest_comes_first_and_the_throttle_of_the_page_is_what_is_short() -> None:
    found = needs(COUNTS)
    shares = [need.share for need in found]
    assert shares == sorted(shares, reverse=True)
    assert found[0].what.startswith("the success page's throttle")
    assert found[0].share > 1


def test_halves_that_overlap_list_some_days_twice() -> None:
    assert ceiling.listed_days(31, 31) == 31
    assert ceiling.listed_days(4, 3) == 6
    assert ceiling.listed_days(3, 1) == 3  # three days are not cut further


def test_the_ceiling_is_the_last_month_whose_first_run_of_a_day_ends_in_its_time() -> None:
    days = ceiling.look_back_days()
    most = ceiling.by_time(COUNTS, days)
    assert ceiling.first_run_seconds(COUNTS, most, days) <= ceiling.RUN_SECONDS
    assert ceiling.first_run_seconds(COUNTS, most * 1.01, days) > ceiling.RUN_SECONDS


def test_looking_back_less_far_raises_the_ceiling_up_to_what_a_list_holds() -> None:
    ceilings = [min(ceiling.limits(COUNTS, days).values()) for days in (30, 14, 7, 2)]
    assert ceilings == sorted(ceilings)
    assert ceilings[-1] == ceiling.by_list()


def test_what_limits_first_is_what_the_page_promises() -> None:
    found = {}
    for seconds in (1e-6, 1e-3):
        known = COUNTS["use_cases"]["run_per_known"] | {"cpu": seconds}
        counts = COUNTS | {"use_cases": COUNTS["use_cases"] | {"run_per_known": known}}
        limits = ceiling.limits(counts, ceiling.look_back_days())
        what = min(limits, key=limits.__getitem__)
        promised = f"reconciles about **{ceiling.in_millions(limits[what])} orders a month**"
        found[what] = promised in page({"date": "", "counts": counts})
    assert found == {"memory": True, "time": True}


def test_an_hour_of_the_peak_fits_into_a_list_once_and_not_each_day() -> None:
    once, each_day = (
        next(need.share for need in needs(COUNTS) if need.what.endswith(when))
        for when in ("one such hour in three days", "such an hour on each day")
    )
    assert once < 1 < each_day
