"""How far it goes, computed from docs/benchmarks.json: `python -m tests.bench.scale` writes docs/scale.md."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from tests.bench import ceiling, prices
from tests.bench.cost import INDEX_WRITES, LOOKS_OF_A_PAGE, TOLD_BY_HAND_OVER, bill_invocations
from tests.bench.lambda_time import AWS_SECONDS, aws_seconds, cpu_seconds, waiting_seconds
from tests.bench.report import FIGURES
from tests.sandbox.sam_template import ROOT, load_template

PAGE = ROOT / "docs/scale.md"
ORDERS = prices.MILLION
LATENCIES = (0.1, 0.3, 1.0)  # seconds that an answer of Zonos takes
SLICES = (2, 8)  # side by side
PEAK = 200  # orders a second, for an hour
_REVIEWED = 0.05
_CHANGES_AN_ORDER = 1 + _REVIEWED + TOLD_BY_HAND_OVER  # within the hour
_PARTITION_WRITES = (
    1_000  # units a second that one key of an index takes (AWS, "Best practices for partition keys")
)
_FIRST_WRITES = 4_000  # units a second that a new table on demand takes at once
_LANES = 4  # partitions of a new table, so shards of its stream: one for each thousand of those
_PUT_EVENTS = 10_000  # a second in us-east-1, 400 in the smallest regions (AWS, "Amazon EventBridge quotas")
_CONCURRENCY = 1_000  # of an account's functions
_STARTS = 300  # executions a second in us-east-1, 150 elsewhere
_TRANSITIONS = 5_000  # a second in us-east-1, 800 elsewhere
_LOOKS_IN_THE_FIRST_HOUR = 12
_SHORTER = (14, 7)  # InitialLookbackDays


@dataclass(frozen=True)
class Need:
    """What `PEAK` asks of a resource, a second where nothing else is said, and what there is of it."""

    what: str
    needed: float
    limit: float
    then: str

    @property
    def share(self) -> float:
        return self.needed / self.limit


def orders_a_second(counts: Mapping[str, Any], latency: float, *, at_once: int) -> float:
    """Return what one slice imports: as many as it has calls under way, or as its processor can take."""
    case = counts["use_cases"]["run_per_new"]
    cpu = cpu_seconds(counts, "backfill_orders", case)
    return min(at_once / (latency + aws_seconds(case) + cpu), 1 / cpu)


def told_a_second(counts: Mapping[str, Any]) -> float:
    """Return how many changes a second the function tells that reads the stream of a new table."""
    cpu = cpu_seconds(counts, "publish_changes", counts["use_cases"]["publish"])
    return _LANES / (cpu + AWS_SECONDS / 10)


def units_an_order(counts: Mapping[str, Any]) -> float:
    """Return the write units of an import, its indexes included."""
    return float(counts["use_cases"]["run_per_new"]["write_units"] + INDEX_WRITES["new"])


def backfill_dollars(counts: Mapping[str, Any], latency: float, *, at_once: int) -> dict[str, float]:
    """Return what a million orders cost, by line; the year that they are then stored is in docs/cost.md."""
    case, publish = counts["use_cases"]["run_per_new"], counts["use_cases"]["publish"]
    bill = defaultdict[str, float](float)
    # A full batch of the stream is a hundred changes; what is measured is one alone.
    bill_invocations(bill, counts, "publish_changes", ORDERS, publish)
    bill["X-Ray: traces"] = 0.05 * ORDERS * prices.TRACE  # in a few hours, not in a month
    del bill["Secrets Manager"]  # whoever tells the bus needs none
    seconds = ORDERS / orders_a_second(counts, latency, at_once=at_once)
    gb_seconds = seconds * counts["memory_mb"]["backfill_orders"] / 1024
    bill["Lambda: time"] += gb_seconds * prices.LAMBDA_GB_SECOND
    bill["DynamoDB: writes"] += ORDERS * units_an_order(counts) * prices.WRITE_UNIT
    bill["DynamoDB: reads"] += ORDERS * case["read_units"] * prices.READ_UNIT
    bill["EventBridge: events"] += ORDERS * publish["events"] * prices.EVENT
    bill["CloudWatch: logs"] += ORDERS * case["log_bytes"] / 1e9 * prices.LOG_GB
    return {line: dollars for line, dollars in bill.items() if dollars}


def needs(counts: Mapping[str, Any]) -> list[Need]:
    """Return what the peak asks for, the scarcest first."""
    cases = counts["use_cases"]
    defaults = {name: one.get("Default") for name, one in load_template()["Parameters"].items()}
    redirect = cases["redirect_ready"]
    changes = PEAK * _CHANGES_AN_ORDER
    listed = PEAK * 3600
    known = cpu_seconds(counts, "reconcile_orders", cases["run_per_known"])
    writes = redirect["write_units"] + cases["take_over"]["write_units"]
    in_review = PEAK * _REVIEWED * 3600
    looks = in_review * _LOOKS_IN_THE_FIRST_HOUR / 3600
    busy = PEAK * _seconds(counts, "success_redirect", "redirect_ready")
    busy += PEAK * _seconds(counts, "order_desk", "take_over")
    busy += looks * _seconds(counts, "recheck_order", "look_waiting")
    busy += (
        LOOKS_OF_A_PAGE * PEAK * _REVIEWED * _seconds(counts, "success_redirect", "redirect_again") + _LANES
    )
    found = [
        Need(
            "the success page's throttle, requests",
            PEAK * (1 + _REVIEWED * LOOKS_OF_A_PAGE),
            float(defaults["SuccessPageRateLimit"]),
            "`SuccessPageRateLimit` 500, `SuccessPageBurstLimit` 1000: a buyer in review looks again. Throttled, an order comes with the next run",
        ),
        Need(
            "the table's write units at first, without those of its indexes",
            PEAK * writes,
            _FIRST_WRITES,
            "a table that has had the traffic before takes it; before a first peak set its warm throughput",
        ),
        Need(
            "changes told by the stream's function",
            changes,
            told_a_second(counts),
            "events come late (`EventsLateAlarm`), none is lost; a warm table has more shards",
        ),
        Need(
            "write units of one key of `by_day`",
            changes,
            _PARTITION_WRITES,
            f"the first key to run hot, at {_PARTITION_WRITES / _CHANGES_AN_ORDER:.0f} orders a second: writes are then refused and repeated",
        ),
        Need(
            "write units of one key of `to_ship`",
            PEAK * 2,
            _PARTITION_WRITES,
            "in when READY, out when taken over",
        ),
        Need(
            "bytes of Zonos's list, with one such hour in three days",
            listed * ceiling.ENTRY_BYTES,
            ceiling.LIST_BYTES,
            f"above {ceiling.listed_at_most():,} orders in three days the list is refused, and the redirect alone imports (`NoCleanReconciliationAlarm`)",
        ),
        Need(
            "bytes of Zonos's list, with such an hour on each day",
            ceiling.SMALLEST_DAYS * listed * ceiling.ENTRY_BYTES,
            ceiling.LIST_BYTES,
            "three days are not cut further: once is fine, each day is not",
        ),
        Need(
            "seconds of a run that compares them",
            listed * known,
            ceiling.RUN_SECONDS,
            "a run takes longer, and the next one meets it",
        ),
        Need(
            "functions at the same time",
            busy,
            _CONCURRENCY,
            "ask AWS for more where the account has others",
        ),
        Need("executions started for reviews", PEAK * _REVIEWED, _STARTS, "a refused start is made up for by the next run"),
        Need("transitions of reviews", looks * 3, _TRANSITIONS, "a look comes later"),
        Need("events on the bus", changes + PEAK, _PUT_EVENTS, "in a small region ask for more: 400 is too few"),
    ]  # fmt: skip
    return sorted(found, key=lambda need: -need.share)


def _seconds(counts: Mapping[str, Any], function: str, case: str) -> float:
    one = counts["use_cases"][case]
    return cpu_seconds(counts, function, one) + waiting_seconds(one)


def listing_again(counts: Mapping[str, Any], orders_a_slice: float) -> float:
    """Return the seconds of each invocation in which a slice lists and compares what it has already."""
    beside = 1.5  # a day more on each side of four
    return (
        orders_a_slice * beside * cpu_seconds(counts, "backfill_orders", counts["use_cases"]["run_per_known"])
    )


def page(figures: Mapping[str, Any]) -> str:
    """Return docs/scale.md."""
    counts = figures["counts"]
    at_once = int(load_template()["Parameters"]["ImportConcurrency"]["Default"])
    rates = {s: orders_a_second(counts, s, at_once=at_once) for s in LATENCIES}
    rows = "".join(
        f"| {latency:g} s | {rate:.0f} | "
        + " | ".join(f"{_hours(ORDERS / rate / slices)} ({slices * at_once} calls)" for slices in SLICES)
        + f" | ${sum(backfill_dollars(counts, latency, at_once=at_once).values()):.2f} |\n"
        for latency, rate in rates.items()
    )
    lines = backfill_dollars(counts, LATENCIES[1], at_once=at_once)
    parts = ", ".join(f"{name} ${lines[name]:.2f}" for name in sorted(lines, key=lambda one: -lines[one]))
    table = "".join(
        f"| {need.what} | {need.needed:,.0f} | {need.limit:,.0f} | {need.share:.0%} | {need.then} |\n"
        for need in needs(counts)
    )
    return _PAGE.format(
        date=figures["date"],
        slices=" | ".join(f"{slices} slices at once" for slices in SLICES),
        rows=rows,
        parts=parts,
        cold=_FIRST_WRITES / counts["use_cases"]["run_per_new"]["write_units"],
        by_day_hot=_PARTITION_WRITES / _CHANGES_AN_ORDER,
        told=told_a_second(counts),
        late=ceil(told_a_second(counts) / rates[LATENCIES[1]]),
        hot=_PARTITION_WRITES / rates[LATENCIES[0]],
        quickest=1 / cpu_seconds(counts, "backfill_orders", counts["use_cases"]["run_per_new"]),
        needs=table,
        again_of_a_year=listing_again(counts, ORDERS / 365 * 4),
        again_of_three_days=listing_again(counts, ceiling.listed_at_most() / 1.5),
        **_ceiling(counts),
    )


def _ceiling(counts: Mapping[str, Any]) -> dict[str, str]:
    """Return what the page says of the orders a month that one deployment reconciles."""
    days = ceiling.look_back_days()
    limits = ceiling.limits(counts, days)
    most = min(limits.values())
    known = cpu_seconds(counts, "reconcile_orders", counts["use_cases"]["run_per_known"])
    why = {
        "time": ("the time of a day's first run", f"it compares all listed orders of `InitialLookbackDays` ({days}), "
                 f"at {known * 1e6:.0f} µs each, in {ceiling.RUN_SECONDS} s"),
        "memory": ("the memory of a day's first run", f"{ceiling.KNOWN_BYTES} bytes for an order that is listed and stored, in "
                   f"{counts['memory_mb']['reconcile_orders']:,} MB"),
        "list": ("a list of three days", f"{ceiling.listed_at_most():,} entries fit into 96 MiB, so "
                 f"{ceiling.listed_at_most() // ceiling.SMALLEST_DAYS:,} orders a day; three days are not cut further"),
    }  # fmt: skip
    fit = ceiling.listed_at_most() * ceiling.DAYS_A_MONTH // most
    return {
        "most": ceiling.in_millions(most),
        "limits": "".join(
            f"| {why[one][0]} | {ceiling.in_millions(limits[one])} | {why[one][1]} |\n"
            for one in sorted(limits, key=lambda one: limits[one])
        ),
        "look_back": str(days),
        "overlap": f"{ceiling.listed_days(days + 1, fit)}",
        "needed": f"{ORDERS * 10 / ceiling.DAYS_A_MONTH * (days + 1) * known:.0f}",
        "shorter": " and ".join(
            f"{ceiling.in_millions(min(ceiling.limits(counts, one).values()))} with {one}" for one in _SHORTER
        ),
    }


def _hours(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


_PAGE = """# Scale

Computed by `python -m tests.bench.scale` from the counts in `docs/benchmarks.json` of {date}; a test checks that this page is what the script makes of
them. Processor time is measured on the benchmark's machine, taken twice as Lambda's processors may be half as quick, and at the share that a function's memory
buys; waiting is assumed, as in [what it costs](cost.md). What an order takes of memory was measured once, on 2026-11-28. Nothing here was run on AWS.

## A million orders at once

The `Backfill` state machine cuts the days into slices and imports some of them side by side, each with `ImportConcurrency` calls to Zonos under way.

| an answer of Zonos takes | orders a second and slice | {slices} | dollars |
|---|---|---|---|---|
{rows}
- At 0.3 s: {parts}. Step Functions takes a few transitions for each slice of days: cents. Storing them for a year is [in the costs](cost.md).
- **What limits first is Zonos**: it documents no rate limit and has no test host, so begin with 2 slices, watch `ZonosMilliseconds` and
  `ImportFailedZonosUnavailable`, whose log lines say `(429)` where it asks for less, and go up.
- Then the processor of the function: one slice imports at most {quickest:.0f} orders a second, however quick the answers.
- Then a new table and its stream. It takes {cold:.0f} orders a second at first (set its warm throughput before for more), and of {told:.0f} changes a second, were each
  a batch of its own, its events are told: with {late} slices of 0.3 s and more they come late for as long as the backfill lasts, and `EventsLateAlarm` says so.
- Then a key: orders from before go-live enter the index `held` under the day of the backfill, and one key takes a thousand writes a second: {hot:.0f} slices.
- What is held afterwards is counted by every reconciliation, from the index, page by page; a million of them are about 150 MB and half a minute a
  run. Only orders that Zonos has neither completed nor cancelled are held. [Release](operations.md#decide-about-single-orders) what is still to be shipped; the
  rest stays in the index, erased or not, until Zonos says otherwise, so do not import years that you do not need. The desk's `status` reads them all at
  once, and has memory for some hundred thousand.
- Left out of the times: each invocation of a slice lists it again and compares it. Of four days of a million orders a year that is {again_of_a_year:.1f} s in every 260, beside
  what Zonos takes to list them; of as many orders as a slice can list at all, {again_of_three_days:.0f} s.
- A backfill that was killed and is started again imports nothing twice: `make backfill` shows it with 20,000 orders, on the same definition.

## How many orders a month

One deployment reconciles about **{most} orders a month**, evenly spread, as it is deployed. Three things limit it, the scarcest first:

| limit | orders a month | why |
|---|---|---|
{limits}
- A window that is too large is asked for in halves, which overlap: at that ceiling {overlap} days are listed for the {look_back} and today. What Zonos takes to list them comes on top. 10 million
  a month would take {needed} s even if no order were listed twice.
- A smaller `InitialLookbackDays` raises the limits of time and memory: {shorter}. What it costs: the first run of a day then finds
  no change of an older order (a cancellation, or an order that was completed long after it was begun), other than by the refresh.
- Beyond the limits of time and memory the first run of a day does not end cleanly, the watermark stays, and so does each later run of the day look far back: no run is clean any more
  (`NoCleanReconciliationAlarm`, or `ReconciliationMissingAlarm`), and only the redirect imports. Lower the parameter and deploy; the next run goes on from the watermark.
- Beyond that of the list a list of three days is refused by name (`AnswerTooLarge`), with the same end, and no parameter helps.

## An hour of 200 orders a second

720,000 orders of one day, once: each day would be too many for a list; a twentieth of them reviewed; each taken over, and its number confirmed, within the hour. Limits are AWS's defaults, in us-east-1
where they differ. The scarcest first:

| what | needed | limit | share | what happens above it, and what to set |
|---|---|---|---|---|
{needs}
- Zonos is asked for 200 orders and told 200 numbers a second. Whether it takes that is not known.
- What the page has missed in an hour's outage at this rate takes the reconciliation many runs: each imports for four minutes, at the pace of a slice above.
  `ImportConcurrency` 64 brings it to what the processor takes. A `Backfill` of the day goes on without a pause between runs, in one slice.
- `RefreshCallsPerRun` 500 looks at 48,000 orders a day, so content that changes at Zonos without a change of status is found in a part of such a day's orders
  only; `mayShip` looks at each before it leaves.
- The keys of the indexes are days, because a reconciliation asks for days. At 200 orders a second no key runs hot; at {by_day_hot:.0f} `by_day` would, and
  its key would have to be a day and a shard: a change of the contract, and not made for a rate that no shop of Zonos is known to have.
"""


def main() -> None:
    PAGE.write_text(page(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
