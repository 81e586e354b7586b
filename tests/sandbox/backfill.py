"""`make backfill`: a backlog of thousands of orders, killed in the middle and started again."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.dynamodb_local import DynamoDbLocal, DynamoDbLocalUnavailable
from tests.sandbox.__main__ import parameters, say
from tests.sandbox.map_results import read_results
from tests.sandbox.sandbox import BACKFILL, BACKFILL_ORDERS, ORDERS_TABLE, Sandbox
from tests.sandbox.zonos_simulator import World, ZonosSimulator
from zonos_orders.instants import day_start_ms, days_between, parse_day, shift_day

_KILL_AT: Final = 0.45
_LOOK_SECONDS: Final = 0.5
_LINE_SECONDS: Final = 10.0
_BAR: Final = 40
_GIVE_UP_SECONDS: Final = 1800.0


@dataclass(frozen=True)
class Story:
    """What came of it. `asked_again`: orders that were stored when it was resumed, and fetched once more."""

    orders: int
    stored_when_killed: int
    lost: int
    twice: int
    asked_again: int
    details_asked: int
    dispositions: Mapping[str, int]
    slices: list[Any]
    failed_slices: int

    @property
    def is_right(self) -> bool:
        """Whether it is as it has to be: none lost, none twice, and only what was in flight fetched again."""
        return not (self.lost or self.twice or self.asked_again or self.failed_slices)


class Backlog:
    """A sandbox in front of a Zonos with a backlog, `since` to `through`, and the bar that shows progress."""

    def __init__(self, sandbox: Sandbox, zonos: World, since: str, through: str) -> None:
        self._sandbox = sandbox
        self._zonos = zonos
        self._input = {"sinceDate": since, "throughDate": through}
        self._machines = sandbox.client("stepfunctions")
        self._orders = len(zonos.orders())
        self._began = time.monotonic()

    def run(self, say: Callable[[str], None], show: Callable[[str], None]) -> Story:
        """Start, kill, start again, and look at what there is."""
        arn = self._start("first")
        self._wait(arn, show, until=_KILL_AT)
        self._machines.stop_execution(executionArn=arn)
        self._sandbox.kill(BACKFILL_ORDERS)
        self._until_nothing_moves()
        before = self._stored()
        asked = len(self._asked())
        say(f"\nKilled, function and execution, with {len(before):,} orders stored. Started again:")
        arn = self._start("second")
        self._wait(arn, show, until=None)
        ended = self._machines.describe_execution(executionArn=arn)
        if ended["status"] != "SUCCEEDED":
            raise RuntimeError(f"the backfill ended as {ended['status']}: {ended.get('error')}")
        slices, failed = read_results(
            self._sandbox.client("s3"), json.loads(ended["output"])["ResultWriterDetails"]
        )
        after = self._stored()
        return Story(
            orders=self._orders,
            stored_when_killed=len(before),
            lost=sum(order.order_id not in after for order in self._zonos.orders()),
            twice=sum(order["revision"] != 1 for order in after.values()),
            asked_again=len(before.keys() & set(self._asked()[asked:])),
            details_asked=len(self._asked()),
            dispositions=Counter(str(order["disposition"]) for order in after.values()),
            slices=slices,
            failed_slices=failed,
        )

    def _start(self, name: str) -> str:
        machine = self._sandbox.stack.state_machines[BACKFILL]
        started = self._machines.start_execution(
            stateMachineArn=machine, name=name, input=json.dumps(self._input)
        )
        arn: str = started["executionArn"]
        return arn

    def _wait(self, arn: str, show: Callable[[str], None], *, until: float | None) -> None:
        """Show the progress until the execution ends, or this share of the orders has been asked for."""
        ends = time.monotonic() + _GIVE_UP_SECONDS
        while self._machines.describe_execution(executionArn=arn)["status"] == "RUNNING":
            asked = len(set(self._asked()))
            show(self._bar(asked))
            if until is not None and asked >= until * self._orders:
                return
            if time.monotonic() > ends:
                raise TimeoutError("the backfill takes too long")
            time.sleep(_LOOK_SECONDS)
        show(self._bar(len(set(self._asked()))))

    def _bar(self, asked: int) -> str:
        answers = [json.loads(one.payload) for one in self._sandbox.invocations(BACKFILL_ORDERS)]
        done = sum(one.get("done") is True for one in answers)
        share = asked / self._orders
        filled = "█" * round(share * _BAR)
        seconds = time.monotonic() - self._began
        return (
            f"{filled:░<{_BAR}} {share:4.0%}  {asked:,} of {self._orders:,} orders, "
            f"{done} slices done, {seconds:.0f} s"
        )

    def _until_nothing_moves(self) -> None:
        seen = -1
        while seen != (seen := len(self._asked())):
            time.sleep(2 * _LOOK_SECONDS)

    def _asked(self) -> list[str]:
        return [call.order_id for call in self._zonos.call_log() if call.operation == "orderDetail"]

    def _stored(self) -> dict[str, dict[str, Any]]:
        """Read the orders day by day: a scan takes DynamoDB Local minutes, of an index as well."""
        query = self._sandbox.client("dynamodb").get_paginator("query")
        return {
            item["order_id"]["S"]: {
                "revision": int(item["revision"]["N"]),
                "disposition": item["disposition"]["S"],
            }
            for day in days_between(self._input["sinceDate"], self._input["throughDate"])
            for page in query.paginate(
                TableName=self._sandbox.stack.physical_ids[ORDERS_TABLE],
                IndexName="by_day",
                KeyConditionExpression="order_day = :day",
                ExpressionAttributeValues={":day": {"S": day}},
            )
            for item in page["Items"]
        }


def fill(zonos: World, since: str, through: str, orders: int) -> None:
    """Let as many orders have been paid, evenly over the days."""
    first, end = day_start_ms(since), day_start_ms(shift_day(through, 1))
    begin = datetime.fromtimestamp(first / 1000, UTC)
    for n in range(orders):
        zonos.pay(order_date=begin + timedelta(milliseconds=(end - first) * n // orders))


def go_live(since: str, through: str) -> str:
    """Return the day after three quarters of the days: what is older is held, as ever."""
    days = days_between(since, through)
    return days[len(days) * 3 // 4]


class Terminal:
    """One line that is written over where that can be done, and else a line from time to time."""

    def __init__(self) -> None:
        self._is_tty = sys.stdout.isatty()
        self._next = 0.0

    def show(self, line: str) -> None:
        if self._is_tty:
            print(f"\r{line}\033[K", end="", flush=True)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_SECONDS
            say(line)


def report(story: Story) -> None:
    say("\nThe slices, from the object in S3 (what a neighbour has stored is not fetched again):\n")
    say("  days                   listed  missing  imported  failed")
    for one in sorted(story.slices, key=lambda one: str(one["slice"]["sinceDate"])):
        days, counts = one["slice"], one["so_far"]
        say(
            f"  {days['sinceDate']} - {days['throughDate']}  {counts['listed']:7,}  {counts['missing']:7,}"
            f"  {counts['imported']:8,}  {counts['failed']:6,}"
        )
    held = ", ".join(f"{times:,} {name}" for name, times in sorted(story.dispositions.items()))
    say(f"\n{story.orders:,} orders at Zonos; in the table: {held}.")
    say(f"Killed with {story.stored_when_killed:,} stored. Lost: {story.lost}. Twice: {story.twice}.")
    in_flight = story.details_asked - story.orders
    say(
        f"Fetched {story.details_asked:,} times: {in_flight} were in flight at the kill, or named by two "
        f"slices at once; stored and fetched again: {story.asked_again}."
    )


def day(text: str) -> str:
    """Return a day `yyyymmdd`; ValueError, which argparse tells, for anything else."""
    parse_day(text)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(prog="make backfill", description=__doc__)
    parser.add_argument("--since", type=day, default="20240101")
    parser.add_argument("--through", type=day, default="20241231")
    parser.add_argument("--orders", type=int, default=20_000)
    given = parser.parse_args()
    terminal = Terminal()
    with ExitStack() as running:
        try:
            tables_at = running.enter_context(DynamoDbLocal()).endpoint
        except DynamoDbLocalUnavailable as exc:
            say(f"Without DynamoDB Local ({exc}) the tables are moto's: thousands of orders take very long.")
            tables_at = None
        say(f"Zonos gets a backlog of {given.orders:,} orders, and template.yaml is deployed …")
        simulator = running.enter_context(ZonosSimulator())
        fill(simulator.world, given.since, given.through, given.orders)
        settings = parameters(simulator, "disabled") | {"ShipFromDate": go_live(given.since, given.through)}
        sandbox = running.enter_context(Sandbox(settings, simulator.world.secret, tables_at=tables_at))
        began = time.monotonic()
        story = Backlog(sandbox, simulator.world, given.since, given.through).run(say, terminal.show)
        took = time.monotonic() - began
    report(story)
    say(f"{took:.0f} s, {story.orders / took:.0f} orders a second on one machine that is Zonos and AWS too.")
    say("None lost, none twice." if story.is_right else "WRONG: see above.")
    return 0 if story.is_right else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
