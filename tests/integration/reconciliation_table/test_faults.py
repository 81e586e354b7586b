"""What AWS refuses or fails at says whether to try again, and what somebody spoilt does no harm."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from tests.broken_aws import DYNAMODB_ERRORS
from tests.engines import on_real_engines
from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.reconciliation_table.records import NOW, failure
from zonos_orders.errors import AwsError, AwsRefused
from zonos_orders.reconciliation_table import Failure, ReconciliationTable, Review

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FAILURE = failure("999-1", CANARY, "reconcile", NOW, NOW)
CALLS: Mapping[str, tuple[str, Callable[[ReconciliationTable], object]]] = {
    "watermark": ("get_item", lambda table: table.watermark("999")),
    "raise_watermark": ("update_item", lambda table: table.raise_watermark("999", "20260101")),
    "take_lease": ("update_item", lambda table: table.take_lease("one", NOW, NOW)),
    "release_lease": ("delete_item", lambda table: table.release_lease("one")),
    "note_failure": ("update_item", lambda table: table.note_failure(FAILURE)),
    "failures": ("query", lambda table: table.failures()),
    "clear_failure": ("delete_item", lambda table: table.clear_failure(FAILURE)),
    "note_review": ("update_item", lambda table: table.note_review("999-1", 1, CANARY, NOW, NOW)),
    "reviews": ("batch_get_item", lambda table: table.reviews(["999-1"])),
    "note_run": ("update_item", lambda table: table.note_run(NOW, {"note": CANARY})),
}


@on_real_engines
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("code", "status", "error"), DYNAMODB_ERRORS)
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

        with raises_discreetly(error):
            run(table)


def test_what_no_item_can_hold_is_refused(table: ReconciliationTable) -> None:
    with raises_discreetly(AwsRefused):
        table.note_failure(failure("999-1", f"\ud800{CANARY}", "reconcile", NOW, NOW))

    assert table.failures() == {}


def test_a_record_that_somebody_spoilt_is_read_as_due(
    table: ReconciliationTable, client: "DynamoDBClient"
) -> None:
    client.put_item(TableName="ReconciliationTable", Item={"kind": {"S": "failure"}, "id": {"S": "999-1"}})
    client.put_item(TableName="ReconciliationTable", Item={"kind": {"S": "review"}, "id": {"S": "999-1"}})
    assert table.failures() == {"999-1": Failure("999-1", "", 0, "", 0, 0)}
    assert table.reviews(["999-1"]) == {"999-1": Review(0, 0)}
