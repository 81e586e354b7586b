"""The days of a window are read side by side, and no further once one cannot be read."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from tests.world import TestClock
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable
from zonos_orders.import_listed import ImportListed
from zonos_orders.listing import Listing
from zonos_orders.threads import Threads

DAYS = [f"202601{day:02}" for day in range(1, 29)]


def compare(clock: TestClock, statuses_of_day: Callable[..., Iterator[tuple[str, str]]]) -> None:
    orders: Any = Mock(statuses_of_day=statuses_of_day)
    orders.statuses_of.return_value = {}
    table: Any = Mock(**{"failures.return_value": {}})
    listing = Listing({f"999-{n}": "" for n in range(10 * len(DAYS) + 1)})
    import_listed = ImportListed(orders, table, Mock(), clock, Threads())
    import_listed(listing, DAYS, Deadline.after(60, clock))


def test_once_a_day_cannot_be_read_the_rest_is_let_be(clock: TestClock) -> None:
    asked = []

    def silent(day: str, _deadline: Deadline) -> Iterator[tuple[str, str]]:
        asked.append(day)
        raise AwsUnavailable("read the orders of a day: ReadTimeoutError")

    with pytest.raises(AwsUnavailable, match="ReadTimeoutError"):
        compare(clock, silent)
    assert len(asked) <= 4


def test_no_day_is_begun_when_the_time_is_over(clock: TestClock) -> None:
    asked = []

    def slow(day: str, _deadline: Deadline) -> Iterator[tuple[str, str]]:
        asked.append(day)
        clock.pass_time(61)
        return iter(())

    with pytest.raises(AwsUnavailable, match="the time was over"):
        compare(clock, slow)
    assert len(asked) <= 4
