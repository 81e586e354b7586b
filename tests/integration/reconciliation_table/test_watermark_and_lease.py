"""The watermark never falls, and the lease has one owner at a time."""

from typing import TYPE_CHECKING

import pytest

from tests.integration.reconciliation_table.records import MINUTE, NOW, item_of
from zonos_orders.reconciliation_table import ReconciliationTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_before_the_first_clean_run_there_is_no_watermark(table: ReconciliationTable) -> None:
    assert table.watermark("999") is None


def test_the_watermark_rises(table: ReconciliationTable) -> None:
    table.raise_watermark("999", "20251231")
    table.raise_watermark("999", "20260101")

    assert table.watermark("999") == "20260101"


@pytest.mark.parametrize("day", ["20260131", "20260101", "20251231"])
def test_the_watermark_never_falls(table: ReconciliationTable, day: str) -> None:
    table.raise_watermark("999", "20260131")

    table.raise_watermark("999", day)

    assert table.watermark("999") == "20260131"


def test_every_store_has_a_watermark_of_its_own(table: ReconciliationTable) -> None:
    table.raise_watermark("999", "20260131")

    assert table.watermark("998") is None


def test_a_free_lease_is_taken(table: ReconciliationTable, client: "DynamoDBClient") -> None:
    assert table.take_lease("one", NOW, NOW + MINUTE)

    assert item_of(client, "lease", "reconcile") == {
        "kind": "lease",
        "id": "reconcile",
        "owner": "one",
        "expires_at": str(NOW + MINUTE),
    }


def test_a_lease_that_is_held_is_busy(table: ReconciliationTable) -> None:
    table.take_lease("one", NOW, NOW + MINUTE)

    assert not table.take_lease("two", NOW + MINUTE - 1, NOW + 2 * MINUTE)
    assert not table.take_lease("two", NOW + MINUTE - 1, NOW + 2 * MINUTE)


def test_a_lease_expires_by_itself(table: ReconciliationTable) -> None:
    table.take_lease("one", NOW, NOW + MINUTE)

    assert table.take_lease("two", NOW + MINUTE, NOW + 2 * MINUTE)
    assert not table.take_lease("one", NOW + MINUTE, NOW + 2 * MINUTE)


def test_a_lease_that_was_given_back_is_free_at_once(table: ReconciliationTable) -> None:
    table.take_lease("one", NOW, NOW + MINUTE)
    table.release_lease("one")

    assert table.take_lease("two", NOW, NOW + MINUTE)


def test_a_lease_of_a_clock_that_is_ahead_is_not_believed(table: ReconciliationTable) -> None:
    table.take_lease("an hour ahead", NOW + 60 * MINUTE, NOW + 65 * MINUTE)

    assert table.take_lease("two", NOW, NOW + 5 * MINUTE)


def test_a_lease_of_a_clock_that_is_a_little_ahead_is_believed(table: ReconciliationTable) -> None:
    table.take_lease("one", NOW + MINUTE // 2, NOW + 5 * MINUTE + MINUTE // 2)

    assert not table.take_lease("two", NOW, NOW + 5 * MINUTE)


def test_only_its_owner_gives_a_lease_back(table: ReconciliationTable) -> None:
    table.take_lease("one", NOW, NOW + MINUTE)
    table.take_lease("two", NOW + MINUTE, NOW + 2 * MINUTE)

    table.release_lease("one")

    assert not table.take_lease("three", NOW + MINUTE, NOW + 2 * MINUTE)


def test_a_lease_that_nobody_holds_can_be_given_back(table: ReconciliationTable) -> None:
    table.release_lease("one")

    assert table.take_lease("one", NOW, NOW + MINUTE)


def test_the_owner_may_take_its_lease_again(table: ReconciliationTable) -> None:
    """So the client's own repetition after a lost answer succeeds."""
    for _ in range(2):
        assert table.take_lease("one", NOW, NOW + MINUTE)
