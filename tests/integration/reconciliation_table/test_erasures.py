"""The records of erased orders, on each engine: the first one stays, and all are gone through in pages."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from tests.broken_aws import DYNAMODB_ERRORS
from tests.engines import on_real_engines
from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.reconciliation_table.records import item_of
from tests.world import TestClock
from zonos_orders.clock import Deadline
from zonos_orders.erasure import Erasure
from zonos_orders.erasure_records import PAGE, ErasureRecords, Place
from zonos_orders.errors import AwsError
from zonos_orders.reconciliation_table import ReconciliationTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIRST = Erasure("2026-11-18T00:00:00.000Z", "arn:aws:iam::123456789012:user/jo")


@pytest.fixture
def records(table: ReconciliationTable, client: "DynamoDBClient", clock: TestClock) -> ErasureRecords:
    assert isinstance(table, ReconciliationTable)  # empty by now
    return ErasureRecords(client, "ReconciliationTable", clock)


def test_those_on_record_are_found_among_many(records: ErasureRecords, clock: TestClock) -> None:
    order_ids = [f"999-{n}" for n in range(1, 151)]
    for order_id in ("999-1", "999-120", "999-400"):
        records.note(order_id, FIRST)
    assert records.among(order_ids, Deadline.after(10, clock)) == {"999-1", "999-120"}
    assert records.among([], Deadline.after(10, clock)) == set()


def test_an_erasure_is_on_record_with_its_principal(
    records: ErasureRecords, client: "DynamoDBClient"
) -> None:
    records.note("999-1", FIRST)
    assert records.get("999-1") == FIRST
    assert records.get("999-2") is None
    assert item_of(client, "erased", "999-1") == {
        "kind": "erased",
        "id": "999-1",
        "at": FIRST.at,
        "by": FIRST.by,
    }


def test_the_first_record_stays(records: ErasureRecords) -> None:
    records.note("999-1", FIRST)
    records.note("999-1", Erasure("later", "another"))
    assert records.get("999-1") == FIRST


@on_real_engines
def test_all_records_are_gone_through_in_pages(records: ErasureRecords) -> None:
    ids = sorted(f"999-{n}" for n in range(1, PAGE + 3))
    for order_id in ids:
        records.note(order_id, FIRST)

    first = records.after("")
    assert list(first) == ids[:PAGE]
    assert list(records.after(max(first))) == ids[PAGE:]
    assert records.after(ids[-1]) == {}


def test_other_records_are_no_erasures(records: ErasureRecords, table: ReconciliationTable) -> None:
    table.raise_watermark("999", "20261118")
    table.note_review("999-1", 1, "started", 0, 0)
    assert records.after("") == {}


def test_the_place_of_the_sweep_is_kept(records: ErasureRecords) -> None:
    assert records.place() == Place()
    for place in (Place("999-7", "20261118", "999-1"), Place(day="20261117")):
        records.move_to(place)
        assert records.place() == place


def test_a_record_that_somebody_spoilt_is_a_record(records: ErasureRecords, client: "DynamoDBClient") -> None:
    client.put_item(TableName="ReconciliationTable", Item={"kind": {"S": "erased"}, "id": {"S": "999-1"}})
    assert records.get("999-1") == records.after("")["999-1"] == Erasure("", "")


CALLS: Mapping[str, tuple[str, Callable[[ErasureRecords], object]]] = {
    "note": ("update_item", lambda records: records.note("999-1", FIRST)),
    "get": ("get_item", lambda records: records.get("999-1")),
    "after": ("query", lambda records: records.after("")),
    "place": ("get_item", lambda records: records.place()),
    "move_to": ("update_item", lambda records: records.move_to(Place())),
}


@on_real_engines
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("code", "status", "error"), DYNAMODB_ERRORS)
def test_every_call_says_whether_it_is_worth_repeating(
    records: ErasureRecords,
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
            run(records)
