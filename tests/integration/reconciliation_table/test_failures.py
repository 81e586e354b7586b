"""A failure is counted until it is over, and the newest is what is known of it."""

from typing import TYPE_CHECKING, Any

from tests.engines import on_real_engines
from tests.integration.reconciliation_table.records import MINUTE, NOW, failure, item_of
from zonos_orders.reconciliation_table import ReconciliationTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_a_first_failure_is_recorded(table: ReconciliationTable, client: "DynamoDBClient") -> None:
    table.note_failure(failure("999-1", "UnexpectedAnswer: odd", "reconcile", NOW, NOW + MINUTE))

    assert table.failures() == {
        "999-1": failure("999-1", "UnexpectedAnswer: odd", "reconcile", NOW, NOW + MINUTE)
    }
    assert item_of(client, "failure", "999-1") == {
        "kind": "failure",
        "id": "999-1",
        "error": "UnexpectedAnswer: odd",
        "reported_by": "reconcile",
        "attempts": "1",
        "strikes": "1",
        "listed_status": "",
        "first_failed_at": str(NOW),
        "last_failed_at": str(NOW),
        "next_attempt_at": str(NOW + MINUTE),
    }


def test_every_further_failure_is_counted(table: ReconciliationTable, client: "DynamoDBClient") -> None:
    for n in range(3):
        table.note_failure(failure("999-1", f"error {n}", f"by {n}", NOW + n, NOW + n + MINUTE))

    assert table.failures()["999-1"] == failure("999-1", "error 2", "by 0", NOW + 2, NOW + 2 + MINUTE)
    item = item_of(client, "failure", "999-1")
    assert item is not None
    assert (item["first_failed_at"], item["attempts"]) == (str(NOW), "3")


def test_an_older_failure_does_not_replace_a_newer_one(table: ReconciliationTable) -> None:
    table.note_failure(failure("999-1", "newer", "recheck", NOW, NOW + MINUTE))

    table.note_failure(failure("999-1", "older", "reconcile", NOW - 1, NOW))

    assert table.failures()["999-1"] == failure("999-1", "newer", "recheck", NOW, NOW + MINUTE)


def test_a_failure_noted_by_a_clock_that_was_days_ahead_is_replaced(table: ReconciliationTable) -> None:
    days = 3 * 86_400_000
    table.note_failure(failure("999-1", "first", "reconcile", NOW + days, NOW + days + MINUTE))
    table.note_failure(failure("999-1", "second", "reconcile", NOW, NOW + MINUTE))

    noted = table.failures()["999-1"]
    assert (noted.error, noted.last_failed_at, noted.next_attempt_at) == ("second", NOW, NOW + MINUTE)


def test_a_failure_that_is_over_is_cleared(table: ReconciliationTable) -> None:
    table.note_failure(failure("999-1", "error", "reconcile", NOW, NOW))
    table.note_failure(failure("999-2", "error", "reconcile", NOW, NOW))

    table.clear_failure(table.failures()["999-1"])

    assert table.failures().keys() == {"999-2"}


def test_a_failure_that_has_happened_again_is_not_cleared(table: ReconciliationTable) -> None:
    table.note_failure(failure("999-1", "error", "reconcile", NOW, NOW))
    seen = table.failures()["999-1"]
    table.note_failure(failure("999-1", "again", "recheck", NOW + 1, NOW + 1))

    table.clear_failure(seen)

    assert table.failures()["999-1"].error == "again"


def test_clearing_a_failure_twice_changes_nothing(table: ReconciliationTable) -> None:
    table.note_failure(failure("999-1", "error", "reconcile", NOW, NOW))
    seen = table.failures()["999-1"]

    for _ in range(2):
        table.clear_failure(seen)

    assert table.failures() == {}


def test_after_it_was_cleared_a_failure_begins_anew(
    table: ReconciliationTable, client: "DynamoDBClient"
) -> None:
    table.note_failure(failure("999-1", "error", "reconcile", NOW, NOW))
    table.clear_failure(table.failures()["999-1"])

    table.note_failure(failure("999-1", "error", "reconcile", NOW + 1, NOW + 1))

    item = item_of(client, "failure", "999-1")
    assert item is not None
    assert (item["first_failed_at"], item["attempts"]) == (str(NOW + 1), "1")


@on_real_engines
def test_failures_of_many_pages_are_read_to_the_end(
    table: ReconciliationTable, client: "DynamoDBClient"
) -> None:
    for n in range(5):
        table.note_failure(failure(f"999-{n}", "error", "reconcile", NOW, NOW))
    table.take_lease("one", NOW, NOW + MINUTE)

    def one_a_page(params: dict[str, Any], **_kwargs: Any) -> None:
        params["Limit"] = 1

    client.meta.events.register("provide-client-params.dynamodb.Query", one_a_page)
    failures = table.failures()
    client.meta.events.unregister("provide-client-params.dynamodb.Query", one_a_page)

    assert failures.keys() == {f"999-{n}" for n in range(5)}
