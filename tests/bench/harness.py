"""Measuring side by side: turns taken one after the other, medians, and how far the figures spread."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the table. `raw`: the figures behind it, as they are kept in docs/benchmarks.json.

    `only`: what measures this row again by `make bench ONLY=…`.
    """

    what: str
    goal: str
    measured: str
    is_met: bool
    raw: Mapping[str, Any] = field(default_factory=dict)
    only: str = ""


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `quick`: a minute, to see whether it runs; its figures mean little."""

    starts: int = 24
    emulated_starts: int = 15
    redirects: int = 400
    slow_redirects: int = 100
    backlog: int = 2_000
    backlogs: int = 2
    peer: int = 300
    known: int = 50_000
    listed: int = 10_000_000  # at most; the limit of a list is reached before
    held: int = 20_000
    # How many orders, and how often: a short run is the one that a neighbour disturbs. Of known orders the
    # first size is what a run takes whatever is listed, its queries included.
    growth: Mapping[int, int] = MappingProxyType({100: 60, 1_000: 60, 10_000: 12, 100_000: 6})
    new: Mapping[int, int] = MappingProxyType({100: 10, 1_000: 4, 10_000: 2})

    @classmethod
    def quick(cls) -> "Sizes":
        return cls(2, 1, 30, 10, 100, 1, 20, 1_000, 2_000, 100, {100: 2, 200: 2, 1_000: 1}, {50: 2, 100: 1})


def in_turns(times: int, *measures: Callable[[int], T]) -> list[list[T]]:
    """Measure each in turn, `times` times, so that whatever slows the machine slows them all alike."""
    results: list[list[T]] = [[] for _ in measures]
    for n in range(times):
        # Who comes first is changed with each round: the second finds warm caches.
        order = list(enumerate(measures)) if n % 2 else list(enumerate(measures))[::-1]
        for place, measure in order:
            results[place].append(measure(n))
    return results


def spread_evenly(how_often: Mapping[int, int], measure: Callable[[int], T]) -> dict[int, list[T]]:
    """Measure each size as often as it says, all of them spread over the same time."""
    results: dict[int, list[T]] = {size: [] for size in how_often}
    for _, size in sorted(
        ((n + 0.5) / often, size) for size, often in how_often.items() for n in range(often)
    ):
        results[size].append(measure(size))
    return results


def ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """Return the median of what the turns say, each ours over the floor of the same minute."""
    return median(mine / least for mine, least in zip(ours, floor, strict=True))


def unevenness(values: Sequence[float]) -> float:
    """Return by what share the largest exceeds the smallest, wherever they stand: a dip counts as a rise.

    Infinite where a difference of two times came out as nothing: noise is not flat.
    """
    return max(values) / min(values) - 1 if min(values) > 0 else math.inf


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]


def figures(values: Sequence[float]) -> dict[str, float]:
    """Return how often it was measured, the median, and the middle half, in the values' own unit."""
    return {
        "n": len(values),
        "median": round(median(values), 6),
        "p25": round(percentile(values, 25), 6),
        "p75": round(percentile(values, 75), 6),
        "p99": round(percentile(values, 99), 6),
    }


def ms(values: Sequence[float]) -> str:
    """Show a median in ms, with the middle half of the values."""
    low, middle, high = (_short(1000 * percentile(values, p)) for p in (25, 50, 75))
    return f"{middle} ms ({low} to {high})"


def seconds(values: Sequence[float]) -> str:
    """Show a median in s, with the least and the greatest: of two or three values there is no middle half."""
    return f"{_short(median(values))} s ({_short(min(values))} to {_short(max(values))})"


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
