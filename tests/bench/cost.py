"""What it costs, computed from docs/benchmarks.json: `python -m tests.bench.cost` writes docs/cost.md."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.bench import ceiling, prices
from tests.bench.lambda_time import SLOWER, cpu_seconds, waiting_seconds
from tests.bench.report import FIGURES
from tests.bench.review import walk
from tests.sandbox.sam_template import ROOT, load_template

PAGE = ROOT / "docs/cost.md"
VOLUMES = (1_000, 100_000, 10_000_000)
REVIEWED = (0.0, 0.05, 0.20)
_MONTH_MINUTES = 30 * 24 * 60
_RUNS = _MONTH_MINUTES // 15
_LISTED_DAYS = 2.5  # a run looks back to the watermark less two days: on average half of today besides
_LOOK_BACK_DAYS = 30  # the first run of each day
_WARM_MINUTES = 5  # for which an idle instance is taken to stay
_KEPT_MONTHS = 12
LOOKS_OF_A_PAGE = 3  # of a buyer who waits for a review, at most
_LATER_STATUSES = 2  # of an order that is taken over: in preparation, and completed
_BASES = (300, 600, 900, 1800)  # RecheckBaseSeconds
_DAY_SECONDS = 24 * 3600
# DynamoDB Local tells the units of the table alone; each index that a write touches takes one more.
INDEX_WRITES = {
    "new": 2,  # by_day, and to_ship or held
    "settled": 3,  # by_day, held and to_ship
    "taken_over": 5,  # by_day, to_ship and write_back; when Zonos has the number by_day and write_back
    "changed": 1,  # by_day
}
_LAMBDAS_LOG_BYTES = 400  # START, END and REPORT of an invocation
_ACCESS_LOG_BYTES = 200  # a request's line, as the template has it
TOLD_BY_HAND_OVER = 2  # changes: an order is taken over, and Zonos confirms its number

Bill = dict[str, float]  # dollars by line


@dataclass(frozen=True)
class Scenario:
    """`orders` a month; the share of them that Zonos reviews for a day; with the success page or without."""

    orders: int
    reviewed: float
    page: bool


def monthly(counts: Mapping[str, Any], scenario: Scenario) -> Bill:
    """Return dollars a month by line."""
    bill = defaultdict[str, float](float)
    cases, n = counts["use_cases"], scenario.orders
    held = n * scenario.reviewed
    per_run = n / 30 * _LISTED_DAYS + n / _RUNS  # orders listed and known
    look_back = n / 30 * _LOOK_BACK_DAYS / (24 * 4)  # the same, of the day's first run, spread over all

    def invoke(function: str, times: float, case: Mapping[str, float], *, concurrency: int = 1) -> None:
        bill_invocations(bill, counts, function, times, case, concurrency)

    if scenario.page:
        requests = n + held * LOOKS_OF_A_PAGE
        invoke("success_redirect", n - held, cases["redirect_ready"])
        invoke("success_redirect", held, cases["redirect_held"])
        invoke("success_redirect", held * LOOKS_OF_A_PAGE, cases["redirect_again"])
        bill["HTTP API"] += requests * prices.API_REQUEST
        bill["CloudWatch: logs"] += requests * _ACCESS_LOG_BYTES / 1e9 * prices.LOG_GB
    known = _times(cases["run_per_known"], per_run + look_back)
    run = _plus(_plus(cases["run_idle"], known), _times(cases["run_per_refreshed"], refreshed_a_run()))
    run = _plus(run, _times(cases["run_per_changed"], n * _LATER_STATUSES / _RUNS))
    if not scenario.page:
        run = _plus(run, _times(cases["run_per_new"], n / _RUNS))
        # What a review adds to an import is the same, whoever imports.
        extra = {k: cases["redirect_held"].get(k, 0) - v for k, v in cases["redirect_ready"].items()}
        run = _plus(run, _times(extra, held / _RUNS))
    invoke("reconcile_orders", _RUNS, run, concurrency=16)
    review = counts["review_24h"]
    invoke("recheck_order", held * (review["looks"] - 1), cases["look_waiting"])
    invoke("recheck_order", held, cases["look_settled"])
    bill["Step Functions: transitions of the reviews"] += (
        held * review["transitions"] * prices.STATE_TRANSITION
    )
    invoke("order_desk", n, cases["take_over"])
    invoke("order_desk", n, cases["may_ship"])
    index_writes = n * (INDEX_WRITES["new"] + INDEX_WRITES["taken_over"]) + held * INDEX_WRITES["settled"]
    index_writes += n * _LATER_STATUSES * INDEX_WRITES["changed"]
    bill["DynamoDB: writes"] += index_writes * prices.WRITE_UNIT
    changes = held + n * (TOLD_BY_HAND_OVER + _LATER_STATUSES)
    invoke("publish_changes", n + changes, cases["publish"])
    # An import is told by two events, and any other change by one (docs/events.md).
    bill["EventBridge: events"] += (n * cases["publish"]["events"] + changes) * prices.EVENT
    _fixed(bill, counts, scenario)
    return bill


@cache
def refreshed_a_run() -> int:
    """Return how many orders a run fetches again without a reason, unless somebody says otherwise."""
    return int(load_template()["Parameters"]["RefreshCallsPerRun"]["Default"])


def bill_invocations(
    bill: Bill,
    counts: Mapping[str, Any],
    function: str,
    times: float,
    case: Mapping[str, float],
    concurrency: int = 1,
) -> None:
    """Bill invocations: their time is that of the processor, and waiting."""
    memory = counts["memory_mb"][function]
    seconds = cpu_seconds(counts, function, case) + waiting_seconds(case) / concurrency
    # A start is needed where no instance is warm; it has a whole processor.
    cold = math.exp(-times / _MONTH_MINUTES * _WARM_MINUTES)
    seconds += cold * counts["start_cpu"][function] * SLOWER
    bill["Lambda: time"] += times * seconds * memory / 1024 * prices.LAMBDA_GB_SECOND
    bill["Lambda: requests"] += times * prices.LAMBDA_REQUEST
    bill["DynamoDB: reads"] += times * case.get("read_units", 0) * prices.READ_UNIT
    bill["DynamoDB: writes"] += times * case.get("write_units", 0) * prices.WRITE_UNIT
    log_bytes = case.get("log_bytes", 0) + _LAMBDAS_LOG_BYTES
    bill["CloudWatch: logs"] += times * log_bytes / 1e9 * prices.LOG_GB
    bill["X-Ray: traces"] += _traced(times) * prices.TRACE
    bill["Secrets Manager"] += min(times, _MONTH_MINUTES / 15 + cold * times) * prices.SECRET_CALL


def _traced(times: float) -> float:
    """Return how many of a month's invocations are sampled: one a second, and 5 % of what is above that."""
    seconds = _MONTH_MINUTES * 60
    first = seconds * (1 - math.exp(-times / seconds))
    return first + 0.05 * (times - first)


def _fixed(bill: Bill, counts: Mapping[str, Any], scenario: Scenario) -> None:
    """Bill what is there whether or not anything happens, and what is kept of a year's orders."""
    metric_names, alarms = counts["metric_names"], counts["alarms"]
    if not scenario.page:
        metric_names -= counts["metric_names_of_page"]
        alarms -= counts["alarms_of_page"]
    bill["CloudWatch: metrics, alarms, dashboard"] += (
        metric_names * prices.METRIC_MONTH + alarms * prices.ALARM_MONTH + prices.DASHBOARD_MONTH
    )
    bill["Secrets Manager"] += prices.SECRET_MONTH
    kept = scenario.orders * _KEPT_MONTHS * counts["item_bytes"] / 1e9
    bill["DynamoDB: a year of orders, with backup"] += kept * (
        prices.STORED_GB_MONTH + prices.BACKED_UP_GB_MONTH
    )


def _plus(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}


def _times(case: Mapping[str, float], by: float) -> dict[str, float]:
    return {name: value * by for name, value in case.items()}


def page(figures: Mapping[str, Any]) -> str:
    """Return docs/cost.md."""
    counts = figures["counts"]
    parts = [_HEAD.format(date=figures["date"], sources=_sources())]
    for with_page in (True, False):
        title = "With the success page" if with_page else "Reconciliation alone"
        parts.append(f"\n## {title}\n\n{_TABLE_HEAD}")
        for n in VOLUMES:
            cells = [monthly(counts, Scenario(n, share, with_page)) for share in REVIEWED]
            parts.append(f"| {n:,} | " + " | ".join(_cell(bill, n) for bill in cells) + " |\n")
    parts.append(_beyond(counts))
    parts.append(_refresh(counts))
    parts.append(_dominates(counts))
    parts.append(_loop(counts))
    return "".join(parts)


def _cell(bill: Bill, orders: int) -> str:
    total = sum(bill.values())
    return f"${total:,.2f} (${total / orders * prices.MILLION:,.0f})"


def _beyond(counts: Mapping[str, Any]) -> str:
    days = ceiling.look_back_days()
    return _BEYOND.format(
        most=f"{VOLUMES[-1]:,}",
        at_most=ceiling.in_millions(min(ceiling.limits(counts, days).values())),
        days=days,
        by_list=ceiling.in_millions(ceiling.by_list()),
    )


def _refresh(counts: Mapping[str, Any]) -> str:
    case = counts["use_cases"]["run_per_refreshed"]
    looks = refreshed_a_run() * _RUNS
    cpu = cpu_seconds(counts, "reconcile_orders", case)
    seconds = looks * (cpu + waiting_seconds(case) / 16)
    time = seconds * counts["memory_mb"]["reconcile_orders"] / 1024 * prices.LAMBDA_GB_SECOND
    reads = looks * case["read_units"] * prices.READ_UNIT
    return _REFRESH.format(
        each=refreshed_a_run(), looks=f"{looks:,}", units=case["read_units"], time=time, reads=reads
    )


def _dominates(counts: Mapping[str, Any]) -> str:
    """Return the lines of a million orders at 10 million a month, by how much they are."""
    lines = [
        "\n## Which line dominates\n\nDollars for a million orders, at 10 million a month with the success page.\n\n"
    ]
    lines.append(
        "| | " + " | ".join(f"{share:.0%} reviewed" for share in REVIEWED) + " |\n|---|---|---|---|\n"
    )
    bills = [monthly(counts, Scenario(VOLUMES[-1], share, page=True)) for share in REVIEWED]
    names = sorted(bills[-1], key=lambda name: -bills[-1][name])
    for name in names:
        cells = " | ".join(f"{bill[name] / VOLUMES[-1] * prices.MILLION:,.2f}" for bill in bills)
        lines.append(f"| {name} | {cells} |\n")
    small = monthly(counts, Scenario(VOLUMES[0], 0.0, page=True))
    largest, dollars = max(small.items(), key=lambda line: line[1])
    lines.append(
        f"\nAt {VOLUMES[0]:,} orders a month *{largest}* is ${dollars:.2f} of ${sum(small.values()):.2f}; what an order itself "
        f"costs is the smaller part.\n"
    )
    return "".join(lines)


def _loop(counts: Mapping[str, Any]) -> str:
    review = counts["review_24h"]
    each = review["transitions"] * prices.STATE_TRANSITION
    now = walk(_DAY_SECONDS, _BASES[0])["transitions"]
    paces = "".join(_pace(base, walk(_DAY_SECONDS, base), now) for base in _BASES)
    return _LOOP.format(
        paces=paces,
        transitions=review["transitions"],
        looks=review["looks"],
        each=each,
        thousand=each * 1000,
        without=review["looks"] * prices.STATE_TRANSITION * 1000,
    )


def _pace(base: int, review: Mapping[str, int], now: int) -> str:
    thousand = review["transitions"] * prices.STATE_TRANSITION * 1000
    return (
        f"| {base} | {base // 60} min | {base * 3 // 60} min | {review['looks']} | {review['transitions']} "
        f"| ${thousand:.2f} | {review['transitions'] / now:.0%} |\n"
    )


def _sources() -> str:
    named = "".join(f"- {what}: {where}\n" for what, where in prices.SOURCES)
    return f"{named}- {prices.UNSOURCED}\n"


_HEAD = """# What it costs

Computed by `python -m tests.bench.cost` from the counts in `docs/benchmarks.json` of {date}; a test checks that this page is what
the script makes of them. List prices of us-east-1, no free tier, read on 2026-11-27:

{sources}
The counts are measured: calls, read and write units, log bytes, transitions. Time is twice the CPU time measured on the benchmark's machine, as
Lambda's processors may be half as quick, at the share of a processor that the function's memory buys, and what is assumed of waiting: 0.3 s for an answer of Zonos,
6 ms for a call to AWS. A reviewed order is reviewed for 24 hours, and its buyer's page looks again three times. Each run fetches as many
orders again as `RefreshCallsPerRun` says by default. The order desk takes each order over, tells Zonos its number, and is asked once whether the parcel may leave; the
reconciliation notices two later statuses of it. Left out: what the tables' key is asked for (KMS; DynamoDB keeps it for five minutes), changes of orders beyond these, and transfer.

In the tables: dollars a month, and in brackets dollars for a million orders.
"""
_TABLE_HEAD = "| orders a month | 0 % reviewed | 5 % reviewed | 20 % reviewed |\n|---|---|---|---|\n"
_LOOP = """
## The review loop

A review of a day is {looks} looks and {transitions} transitions, ${each:.4f}: ${thousand:.2f} for a thousand of them. Where orders are many it
is the largest line as soon as a few in a hundred are reviewed. What was weighed:

- *One transition a look.* A retry counts as one transition, so a look that fails with "look again" and is retried after a pause would be
  ${without:.2f} for a thousand. But each look would then be an error of the function, to which the alarms on real errors are blind, and the
  pauses would be numbers in the definition: no expression can stand there, so `RecheckBaseSeconds` could be no parameter.
- *Looking more rarely, the listing finding releases first.* The reconciliation lists each order's status every 15 minutes at no cost
  for each order, so it finds most releases before a look of the later paces does. The looks are what remains certain when the list shows no
  status (its keys are not documented), and the waits are a promise (`docs/decisions.md`).
- *A slower pace.* `RecheckBaseSeconds` is a parameter, and all waits are its multiples. Computed by the real waits, for a review of a day:

| `RecheckBaseSeconds` | waits in the first hour | until the sixth | looks | transitions | for a thousand | of the default |
|---|---|---|---|---|---|---|
{paces}
So the default (the first row) is before, and each other row after the parameter was raised. What it takes away is how soon a release is seen, and not for
certain: the reconciliation finds a release within its quarter of an hour where the list shows statuses. Three transitions a look stay, they are what Wait, Recheck and Decide
are, and so does the default (`docs/decisions.md`). Whoever has many reviews raises the parameter.
"""
_BEYOND = """
At {most} a month a row says what it would cost. With `InitialLookbackDays` at {days} one deployment reconciles {at_most} orders a month, and {by_list} at most where it looks back less far:
[how far it goes](scale.md#how-many-orders-a-month).
"""
_REFRESH = """
Among it the rolling refresh, whatever is sold: {each} orders a run are {looks} looks a month, each a call to Zonos, {units:.1f} read units and no write of an order: ${reads:.2f} for
reads and ${time:.2f} for the function's time. `RefreshCallsPerRun` moves it.
"""


def main() -> None:
    PAGE.write_text(page(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
