"""`python -m tests.simulation`: one seed again, or thousands; exit code 1 when a promise was broken."""

import argparse
import gc
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress

from tests.simulation.faults import KINDS
from tests.simulation.trial import Result, run

_SHOWN = 10
_TOLD_EVERY = 1_000


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    arguments.add_argument("--seed", type=int, help="run this seed alone")
    arguments.add_argument("--seeds", type=int, default=500, help="run so many seeds")
    arguments.add_argument("--first", type=int, default=0, help="the first of them")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many side by side")
    arguments.add_argument("--stop", action="store_true", help="stop at the first broken promise")
    given = arguments.parse_args()
    if given.seed is not None:
        return report([run(given.seed)])
    seeds = range(given.first, given.first + given.seeds)
    results = side_by_side(seeds, given.jobs) if given.jobs > 1 else map(run, seeds)
    return report(until_broken(results) if given.stop else results)


def side_by_side(seeds: Iterable[int], jobs: int) -> Iterator[Result]:
    """Run seeds in processes of their own; the results come in the seeds' order."""
    # What the imports made stays for good: frozen, no garbage collection looks at it again.
    with multiprocessing.get_context("spawn").Pool(jobs, initializer=gc.freeze) as pool:
        yield from pool.imap(run, seeds, chunksize=5)


def until_broken(results: Iterable[Result]) -> Iterator[Result]:
    for result in results:
        yield result
        if result.broken:
            return


def until_interrupted(results: Iterable[Result]) -> Iterator[Result]:
    """Whoever is tired of waiting sees what there is."""
    with suppress(KeyboardInterrupt):
        yield from results


def report(results: Iterable[Result]) -> int:
    """Print what became of the seeds; the broken ones with the command that runs them again."""
    totals: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    days = seconds = 0.0
    for result in until_interrupted(results):
        totals.update(seeds=1, broken=bool(result.broken))
        totals.update(invocations=result.invocations, effects=result.side_effects, writes=result.writes)
        faults += result.faults
        days += result.days
        seconds += result.seconds
        if totals["seeds"] % _TOLD_EVERY == 0:
            sys.stderr.write(f"{totals['seeds']:,} seeds, {totals['broken']} with broken promises\n")
        if result.broken and totals["broken"] <= _SHOWN:
            say(f"seed {result.seed} broke a promise; again: make simulate SEED={result.seed}")
            for text in result.broken[:_SHOWN]:
                say(f"  {text}")
    say(
        f"{totals['seeds']:,} seeds, {days:,.0f} simulated days, {totals['invocations']:,} invocations, "
        f"{totals['effects']:,} side effects, {totals['writes']:,} order writes, "
        f"{faults.total():,} faults, {totals['broken']:,} seeds with broken promises "
        f"({7 * seconds / days:.2f} s a week)"
    )
    for kind in KINDS:
        say(f"{faults[kind]:>12,}  {kind}")
    return 1 if totals["broken"] else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
