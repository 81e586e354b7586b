"""The Reconciliation table on each engine: what it notes, and what it does not let happen."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from tests.engines import on_real_engines
from tests.world import TestClock, create_table
from zonos_orders.errors import AwsError, AwsRefused, AwsUnavailable, describe
from zonos_orders.reconciliation_table import Failure, ReconciliationTable, Review

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CANARY = "canary-buyer@example.com"
NOW = 1_795_000_000_000
MINUTE = 60_000


@pytest.fixture(scope="module")
def client(dynamodb: "DynamoDBClient") -> "DynamoDBClient":
    """The table is made once, as that takes its time; `table` empties it."""
    create_table(dynamodb, "ReconciliationTable")
    return dynamodb


@pytest.fixture
def table(client: "DynamoDBClient") -> ReconciliationTable:
    for item in client.scan(TableName="ReconciliationTable")["Items"]:
        client.delete_item(TableName="ReconciliationTable", Key={"kind": item["kind"], "id": item["id"]})
    return ReconciliationTable(client, "ReconciliationTable", TestClock(NOW))


def item_of(client: "DynamoDBClient", kind: str, item_id: str) -> dict[str, str] | None:
    """The item's plain values, numbers as text; None when there is none."""
    key = {"kind": {"S": kind}, "id": {"S": item_id}}
    item = client.get_item(TableName="ReconciliationTable", Key=key).get("Item")
    return None if item is None else {name: str(next(iter(value.values()))) for name, value in item.items()}


# The watermark


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


# The lease


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


# Failures


def failure(order_id: str, error: str, reported_by: str, failed_at: int, due_at: int) -> Failure:
    return Failure(order_id, error, 1, reported_by, failed_at, due_at)


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


# Reviews


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


# The last run


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


# Failures of AWS

FAILURE = failure("999-1", CANARY, "reconcile", NOW, NOW)
CALLS: Mapping[str, tuple[str, Callable[[ReconciliationTable], object]]] = {
    "watermark": ("get_item", lambda table: table.watermark("999")),
    "raise_watermark": ("update_item", lambda table: table.raise_watermark("999", "20260101")),
    "take_lease": ("update_item", lambda table: table.take_lease("one", NOW, NOW)),
    "release_lease": ("delete_item", lambda table: table.release_lease("one")),
    "note_failure": (
        "update_item",
        lambda table: table.note_failure(FAILURE),
    ),
    "failures": ("query", lambda table: table.failures()),
    "clear_failure": ("delete_item", lambda table: table.clear_failure(FAILURE)),
    "note_review": ("update_item", lambda table: table.note_review("999-1", 1, CANARY, NOW, NOW)),
    "reviews": ("batch_get_item", lambda table: table.reviews(["999-1"])),
    "note_run": ("update_item", lambda table: table.note_run(NOW, {"note": CANARY})),
}


@on_real_engines
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ProvisionedThroughputExceededException", 400, AwsUnavailable),
        ("InternalServerError", 500, AwsUnavailable),
        ("ResourceNotFoundException", 400, AwsRefused),
        ("AccessDeniedException", 400, AwsRefused),
    ],
)
def test_every_call_says_whether_it_is_worth_repeating(
    table: ReconciliationTable,
    client: "DynamoDBClient",
    call: str,
    code: str,
    status: int,
    error: type[AwsError],
) -> None:
    operation, run = CALLS[call]
    with Stubber(client) as stubber:
        stubber.add_client_error(operation, code, f"because of {CANARY}", status)

        with pytest.raises(error) as caught:
            run(table)

    assert type(caught.value) is error
    assert CANARY not in repr(caught.value)
    assert CANARY not in describe(caught.value)


def test_a_record_that_somebody_spoilt_is_read_as_due(
    table: ReconciliationTable, client: "DynamoDBClient"
) -> None:
    client.put_item(TableName="ReconciliationTable", Item={"kind": {"S": "failure"}, "id": {"S": "999-1"}})
    client.put_item(TableName="ReconciliationTable", Item={"kind": {"S": "review"}, "id": {"S": "999-1"}})
    assert table.failures() == {"999-1": Failure("999-1", "", 0, "", 0, 0)}
    assert table.reviews(["999-1"]) == {"999-1": Review(0, 0)}
