"""How many orders a month one deployment reconciles: by the size of Zonos's list, and by a run's time."""

import math
from collections.abc import Mapping
from typing import Any

from tests.bench import prices
from tests.sandbox.sam_template import load_template

LIST_BYTES = 96 * 1024 * 1024
ENTRY_BYTES = 105  # of Zonos's list with statuses, as the simulator writes one; the vendor shows none
SMALLEST_DAYS = 3  # a window of so many days is asked for whole: its overlapping halves would be no smaller
RUN_SECONDS = 260  # of the 300 of an invocation 40 are kept for the last writes
DAYS_A_MONTH = 30
_STEP = 10_000


def look_back_days() -> int:
    """Return how far the first run of each day looks back, unless somebody says otherwise."""
    return int(load_template()["Parameters"]["InitialLookbackDays"]["Default"])


def listed_at_most() -> int:
    """Return how many orders three days may have."""
    return LIST_BYTES // ENTRY_BYTES


def by_list() -> int:
    """Return the orders a month, evenly spread, of which three days just fit into a list."""
    return listed_at_most() * DAYS_A_MONTH // SMALLEST_DAYS


def listed_days(days: int, fit: int) -> int:
    """Return how many days are listed for a window of which so many fit into a list: halves overlap."""
    if days <= max(fit, SMALLEST_DAYS):
        return days
    middle = days // 2
    return listed_days(middle + 1, fit) + listed_days(days - middle + 1, fit)


def first_run_seconds(counts: Mapping[str, Any], orders_a_month: float, days: int) -> float:
    """Return what the first run of a day takes to list and compare; infinite where a list is too large."""
    a_day = orders_a_month / DAYS_A_MONTH
    fit = math.floor(listed_at_most() / a_day)
    if fit < SMALLEST_DAYS:
        return math.inf
    listed = a_day * listed_days(days + 1, fit)
    return float(listed * counts["use_cases"]["run_per_known"]["cpu"])


def by_time(counts: Mapping[str, Any], days: int) -> int:
    """Return the orders a month, in ten thousands, that the first run of a day compares in its time."""
    orders = _STEP
    while first_run_seconds(counts, orders + _STEP, days) <= RUN_SECONDS:
        orders += _STEP
    return orders


def in_millions(orders: float) -> str:
    return f"{math.floor(orders / prices.MILLION * 10) / 10:g} million"
