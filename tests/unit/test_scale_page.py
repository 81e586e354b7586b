"""docs/scale.md is what the script makes of the committed figures, and the script computes what it says."""

import json

import pytest

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
    assert {name for name in slow if slow[name] > quick[name]} == {"Lambda"}


def test_the_scarcest_comes_first_and_the_throttle_of_the_page_is_what_is_short() -> None:
    found = needs(COUNTS)
    shares = [need.share for need in found]
    assert shares == sorted(shares, reverse=True)
    assert found[0].what.startswith("the success page's throttle")
    assert found[0].share > 1
