"""`make bench`: measure everything, print the table, and write the pages and the figures in docs/."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tests.bench import cost, memory, reconciliation, redirect, report, review, scale, size, startup
from tests.bench.counts import measure_counts
from tests.bench.harness import Row, Sizes
from tests.bench.stage import Stage

_ON_STAGE: tuple[Callable[[Stage, Sizes], list[Row]], ...] = (
    redirect.rows,
    reconciliation.backlog,
    reconciliation.nothing_new,
    reconciliation.growth_of_known,
    reconciliation.growth_of_new,
    memory.rows,
)
_ALONE: tuple[Callable[[Sizes], list[Row]], ...] = (
    startup.fresh_interpreters,
    startup.emulated,
    review.rows,
    size.rows,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a minute, to see whether it runs: writes nothing"
    )
    parser.add_argument("--only", default="", help="the measures whose names hold this text: writes nothing")
    options = parser.parse_args()
    began = time.monotonic()
    sizes = Sizes.quick() if options.quick else Sizes()
    rows: list[Row] = []
    for measure in _ALONE:
        if options.only in _name(measure):
            rows += _timed(_name(measure), partial(measure, sizes))
    for on_stage in _ON_STAGE:
        if options.only in _name(on_stage):
            with Stage() as stage:  # a new one for each: what one has stored slows no other
                rows += _timed(_name(on_stage), partial(on_stage, stage, sizes))
    if not (options.quick or options.only):
        with Stage() as stage:
            counts = measure_counts(stage)
        report.write(rows, counts, time.monotonic() - began)
        cost.main()
        scale.main()
    sys.stdout.write(f"All of it took {report.minutes(time.monotonic() - began)}.\n")
    return 0


def _name(measure: Callable[..., object]) -> str:
    return f"{measure.__module__.rpartition('.')[2]}.{measure.__name__}"


def _timed(name: str, measure: Callable[[], list[Row]]) -> list[Row]:
    began = time.monotonic()
    rows = [replace(row, only=name) for row in measure()]
    sys.stdout.write(report.show(rows))
    sys.stdout.flush()
    sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    return rows


if __name__ == "__main__":
    sys.exit(main())
