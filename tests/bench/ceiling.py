"""How many orders a month one deployment reconciles: by a run's time and memory, and by Zonos's list."""

import math
from collections.abc import Mapping
from typing import Any

from tests.bench import prices
from tests.bench.lambda_time import cpu_seconds
from tests.sandbox.sam_template import load_template

LIST_BYTES = 96 * 1024 * 1024
ENTRY_BYTES = 105  # of Zonos's list with statuses, as the simulator writes one; the vendor shows none
SMALLEST_DAYS = 3  # a window of so many days is asked for whole: its overlapping halves would be no smaller
RUN_SECONDS = 260  # of the 300 of an invocation 40 are kept for the last writes
DAYS_A_MONTH = 30
# What an order takes that is listed and stored, 3.1 million of 31 days in one process, on 2026-11-28;
# less since then, as what agrees is no longer kept.
KNOWN_BYTES = 271
_START_MB = 150  # what the function takes that has read nothing yet, and somewhat more
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


def by_memory(counts: Mapping[str, Any], days: int) -> int:
    """Return the orders a month whose first run of a day just fits into the function's memory."""
    room = (counts["memory_mb"]["reconcile_orders"] - _START_MB) * 1024 * 1024
    return int(room / KNOWN_BYTES / (days + 1) * DAYS_A_MONTH)


def limits(counts: Mapping[str, Any], days: int) -> dict[str, int]:
    """Return the orders a month by what limits them."""
    return {"time": by_time(counts, days), "memory": by_memory(counts, days), "list": by_list()}


def listed_days(days: int, fit: int) -> int:
    """Return how many days are listed for a window of which so many fit into a list: halves overlap."""
    if days <= max(fit, SMALLEST_DAYS):
        return days
    middle = days // 2
    return listed_days(middle + 1, fit) + listed_days(days - middle + 1, fit)


def first_run_seconds(counts: Mapping[str, Any], orders_a_month: float, days: int) -> float:
    """Return what the first run of a day takes to list and compare, were no list too large."""
    a_day = orders_a_month / DAYS_A_MONTH
    fit = math.floor(listed_at_most() / a_day)
    listed = a_day * listed_days(days + 1, fit)
    return listed * cpu_seconds(counts, "reconcile_orders", counts["use_cases"]["run_per_known"])


def by_time(counts: Mapping[str, Any], days: int) -> int:
    """Return the orders a month, in ten thousands, that the first run of a day compares in its time."""
    assert counts["use_cases"]["run_per_known"]["cpu"] > 0, "a listed order costs nothing: that is noise"
    orders = _STEP
    while first_run_seconds(counts, orders + _STEP, days) <= RUN_SECONDS:
        orders += _STEP
    return orders


def in_millions(orders: float) -> str:
    return f"{math.floor(orders / prices.MILLION * 10) / 10:g} million"
