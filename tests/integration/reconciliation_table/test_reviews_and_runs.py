"""The looks of the reviews and the last run: only the newest is kept."""

from typing import TYPE_CHECKING

from tests.integration.reconciliation_table.records import MINUTE, NOW, item_of
from zonos_orders.reconciliation_table import ReconciliationTable, Review

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_a_look_of_a_review_is_noted(table: ReconciliationTable, client: "DynamoDBClient") -> None:
    table.note_review("999-1", 1, "started", NOW, NOW + MINUTE)
    table.note_review("999-1", 1, "HELD", NOW + 1, NOW + 2 * MINUTE)

    assert table.reviews(["999-1"]) == {"999-1": Review(1, NOW + 2 * MINUTE)}
    assert item_of(client, "review", "999-1") == {
        "kind": "review",
        "id": "999-1",
        "generation": "1",
        "outcome": "HELD",
        "last_looked_at": str(NOW + 1),
        "next_look_at": str(NOW + 2 * MINUTE),
    }


def test_the_generation_of_a_review_never_falls(table: ReconciliationTable) -> None:
    table.note_review("999-1", 1, "started", NOW, NOW + MINUTE)
    table.note_review("999-1", 10, "started", NOW, NOW + 2 * MINUTE)

    table.note_review("999-1", 9, "HELD", NOW + 1, NOW + 9 * MINUTE)

    assert table.reviews(["999-1"]) == {"999-1": Review(10, NOW + 2 * MINUTE)}


def test_an_order_that_was_never_looked_at_has_no_review(table: ReconciliationTable) -> None:
    table.note_review("999-2", 1, "started", NOW, NOW)

    assert table.reviews(["999-1"]) == {}
    assert table.reviews([]) == {}


def test_reviews_of_more_orders_than_one_call_takes(table: ReconciliationTable) -> None:
    for n in (1, 100, 101, 250):
        table.note_review(f"999-{n}", n, "started", NOW, NOW)

    found = table.reviews(f"999-{n}" for n in range(1, 251))

    assert {review.generation for review in found.values()} == {1, 100, 101, 250}


def test_the_newest_run_is_kept(table: ReconciliationTable, client: "DynamoDBClient") -> None:
    table.note_run(NOW, {"imported": 3, "outcome": "done", "left": []})
    table.note_run(NOW - 1, {"imported": 0, "outcome": "an older one that ended later", "left": []})

    item = client.get_item(
        TableName="ReconciliationTable", Key={"kind": {"S": "run"}, "id": {"S": "reconcile"}}
    )["Item"]
    assert item["started_at"] == {"N": str(NOW)}
    assert item["summary"] == {"M": {"imported": {"N": "3"}, "outcome": {"S": "done"}, "left": {"L": []}}}


def test_the_run_of_a_clock_that_was_days_ahead_is_replaced(table: ReconciliationTable) -> None:
    table.note_run(NOW + 3 * 86_400_000, {"outcome": "ahead"}, is_clean=True)

    assert table.note_run(NOW, {"outcome": "clean"}, is_clean=True) == NOW
