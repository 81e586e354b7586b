"""What the benchmark makes of its figures."""

import math

import pytest

from tests.bench.harness import ratio, unevenness


def test_figures_that_are_alike_are_flat() -> None:
    assert unevenness([4.0, 4.0, 4.0]) == 0


@pytest.mark.parametrize("figures", [[10, 8, 10], [8, 10, 9], [10, 9, 8]])
def test_a_dip_is_as_uneven_as_a_rise(figures: list[float]) -> None:
    assert unevenness(figures) == pytest.approx(0.25)


def test_a_difference_that_comes_out_as_nothing_is_not_flat() -> None:
    assert unevenness([-3.0, 40.0, 41.0]) == unevenness([0.0, 1.0]) == math.inf


def test_a_ratio_is_taken_turn_by_turn() -> None:
    """The machine was slow in the second turn and in the third, for ours and for the floor alike."""
    assert ratio([12.0, 24.0, 36.0], [10.0, 20.0, 30.0]) == pytest.approx(1.2)
    assert ratio([12.0, 24.0, 99.0], [10.0, 20.0, 9.0]) == pytest.approx(1.2)
