"""Counts what the tests tried, and prints the totals at the end of a run.

A test asks for the fixture and counts in its own words: `tally.count("mutated answers", 1)`. Counts of the
same words add up over all tests.
"""

from collections import Counter
from collections.abc import Mapping

import pytest


class Tally:
    """Totals by what was counted."""

    def __init__(self) -> None:
        self._totals: Counter[str] = Counter()

    def count(self, what: str, n: int = 1) -> None:
        self._totals[what] += n

    @property
    def totals(self) -> Mapping[str, int]:
        return dict(self._totals)


_KEY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KEY] = Tally()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """The one tally of the run."""
    return pytestconfig.stash[_KEY]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    totals = config.stash[_KEY].totals
    if totals:
        terminalreporter.section("tried")
        for what, n in sorted(totals.items()):
            terminalreporter.write_line(f"{n:>9,}  {what}")
