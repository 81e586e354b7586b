"""How long an order that could not be imported waits for its next attempt, and what is recorded of it."""

import pytest

from tests.world import TestClock
from zonos_orders.errors import (
    AnswerTooLarge,
    AwsRefused,
    AwsUnavailable,
    BadCredentials,
    InvalidOrderId,
    OrderNotFound,
    ReferenceNotUnique,
    RequestRejected,
    UnexpectedAnswer,
    WriteContention,
    ZonosTooSlow,
    ZonosUnavailable,
)
from zonos_orders.failures import FailureLog, is_due, is_orders_own, retry_pause_ms
from zonos_orders.reconciliation_table import Failure, ReconciliationTable

MINUTE, HOUR = 60_000, 3_600_000
NOW = 1_772_539_200_000


@pytest.mark.parametrize(
    "error",
    [
        ZonosUnavailable("down"),
        ZonosUnavailable("down", retry_after=3600.0),
        ZonosTooSlow("slow"),
        BadCredentials("rotated"),
        AwsUnavailable("throttled"),
        WriteContention("others were faster"),
    ],
)
def test_an_outage_is_not_the_orders_own_failure(error: Exception) -> None:
    assert not is_orders_own(error)


@pytest.mark.parametrize(
    "error",
    [
        OrderNotFound("gone"),
        ReferenceNotUnique("twice"),
        RequestRejected("bug"),
        UnexpectedAnswer("odd"),
        AnswerTooLarge("huge"),
        AwsRefused("forbidden"),
        InvalidOrderId("odd"),
        KeyError("a bug of ours"),
    ],
)
def test_all_else_is_the_orders_own_failure(error: Exception) -> None:
    assert is_orders_own(error)


@pytest.mark.parametrize(
    ("strikes", "pause"),
    [
        (0, 0),
        (1, 14 * MINUTE),
        (2, 28 * MINUTE),
        (3, 56 * MINUTE),
        (4, 56 * MINUTE),
        (1_000_000, 56 * MINUTE),
    ],
)
def test_each_failure_of_its_own_lengthens_the_pause_to_an_hour_at_most(strikes: int, pause: int) -> None:
    found = retry_pause_ms(strikes)

    assert found == pause
    assert type(found) is int


class Records(ReconciliationTable):
    """A reconciliation table that keeps what it was told, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.kept: list[Failure] = []
        self._error = error

    def note_failure(self, failure: Failure, kind: str = "failure") -> None:
        if self._error:
            raise self._error
        self.kept.append(failure)


EARLIER = Failure("999-1", "OrderNotFound: gone", 2, "reconcile", NOW - HOUR, NOW)


def test_a_failure_is_recorded_with_its_cause_and_when_it_is_due() -> None:
    records = Records()
    log = FailureLog(records, TestClock(NOW))

    assert log.note("999-1", OrderNotFound("gone"), "reconcile", EARLIER, is_own=True)
    assert records.kept == [Failure("999-1", "OrderNotFound: gone", 3, "reconcile", NOW, NOW + 56 * MINUTE)]


def test_an_outage_leaves_the_order_due_and_its_strikes_as_they_were() -> None:
    records = Records()
    log = FailureLog(records, TestClock(NOW))

    assert log.note("999-1", ZonosUnavailable("down"), "reconcile", EARLIER, is_own=False)
    assert records.kept == [Failure("999-1", "ZonosUnavailable: down", 2, "reconcile", NOW, NOW)]


def test_a_foreign_error_is_recorded_by_its_name_only() -> None:
    records = Records()

    assert FailureLog(records, TestClock(NOW)).note("999-1", KeyError("Ada Lovelace"), "recheck", is_own=True)
    assert records.kept == [Failure("999-1", "KeyError", 1, "recheck", NOW, NOW + 14 * MINUTE)]


@pytest.mark.parametrize("error", [AwsUnavailable("throttled"), AwsRefused("forbidden")])
def test_a_failure_that_cannot_be_recorded_is_told_to_the_caller(error: Exception) -> None:
    log = FailureLog(Records(error), TestClock(NOW))

    assert not log.note("999-1", OrderNotFound("gone"), "reconcile", is_own=True)


@pytest.mark.parametrize(
    ("due_in", "due"),
    [
        (-1, True),
        (0, True),
        (1, False),
        (57 * 60_000, False),
        (57 * 60_000 + 1, True),
        (3 * 86_400_000, True),
    ],
)
def test_an_order_is_due_at_its_time_and_when_only_a_clock_that_was_ahead_says_otherwise(
    due_in: int, due: bool
) -> None:
    failure = Failure("999-1", "UnexpectedAnswer", 1, "reconcile", 1_000, 1_000 + due_in)
    assert is_due(failure, 1_000) is due
