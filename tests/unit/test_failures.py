"""How long an order that could not be imported waits for its next attempt, and what is recorded of it."""

from typing import Any

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
from zonos_orders.failures import FailureLog, retry_pause_ms
from zonos_orders.reconciliation_table import ReconciliationTable

MINUTE, HOUR = 60_000, 3_600_000
NOW = 1_772_539_200_000


@pytest.mark.parametrize("attempts_before", [0, 1, 7, 1_000_000])
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
def test_what_is_not_the_orders_fault_is_due_at_once(error: Exception, attempts_before: int) -> None:
    assert retry_pause_ms(error, attempts_before) == 0


@pytest.mark.parametrize(
    ("attempts_before", "pause"),
    [
        (0, 15 * MINUTE),
        (1, 30 * MINUTE),
        (2, HOUR),
        (3, 2 * HOUR),
        (6, 16 * HOUR),
        (7, 24 * HOUR),
        (8, 24 * HOUR),
        (1_000_000, 24 * HOUR),
    ],
)
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
def test_what_is_the_orders_own_waits_ever_longer_and_never_more_than_a_day(
    error: Exception, attempts_before: int, pause: int
) -> None:
    found = retry_pause_ms(error, attempts_before)

    assert found == pause
    assert type(found) is int


class Records(ReconciliationTable):
    """A reconciliation table that keeps what it was told, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.kept: list[tuple[Any, ...]] = []
        self._error = error

    def note_failure(self, *values: Any) -> None:
        if self._error:
            raise self._error
        self.kept.append(values)


def test_a_failure_is_recorded_with_its_cause_and_when_it_is_due() -> None:
    records = Records()

    assert FailureLog(records, TestClock(NOW)).note("999-1", OrderNotFound("gone"), "reconcile", 2)
    assert records.kept == [("999-1", "OrderNotFound: gone", "reconcile", NOW, NOW + HOUR)]


def test_a_foreign_error_is_recorded_by_its_name_only() -> None:
    records = Records()

    assert FailureLog(records, TestClock(NOW)).note("999-1", KeyError("Ada Lovelace"), "recheck")
    assert records.kept == [("999-1", "KeyError", "recheck", NOW, NOW + 15 * MINUTE)]


@pytest.mark.parametrize("error", [AwsUnavailable("throttled"), AwsRefused("forbidden")])
def test_a_failure_that_cannot_be_recorded_is_told_to_the_caller(error: Exception) -> None:
    log = FailureLog(Records(error), TestClock(NOW))

    assert not log.note("999-1", OrderNotFound("gone"), "reconcile")
