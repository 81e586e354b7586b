"""What AWS refuses or fails at becomes an error that says whether to try again."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from botocore.retries import standard
from botocore.stub import Stubber

from tests.broken_aws import DYNAMODB_ERRORS
from tests.engines import on_real_engines
from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.orders_table.orders import new
from tests.integration.orders_table.unreliable_line import UnreliableLine
from tests.world import TestClock
from zonos_orders.errors import AwsError, AwsRefused, AwsUnavailable
from zonos_orders.orders_table import OrdersTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = on_real_engines

CALLS: Mapping[str, Callable[[OrdersTable], object]] = {
    "get_item": lambda table: table.get("999-1"),
    "update_item": lambda table: table.replace(0, new()),
    "query": lambda table: list(table.statuses_of_day("20261118")),
    "batch_get_item": lambda table: table.statuses_of(["999-1"]),
    "scan": lambda table: list(table.held()),
}
# All that botocore's standard mode itself finds worth repeating (by its own, unpublished lists), and what
# DynamoDB documents as such.
_botocore: Any = standard
TRANSIENT = {
    *_botocore.TransientRetryableChecker._TRANSIENT_ERROR_CODES,
    *_botocore.ThrottledRetryableChecker._THROTTLED_ERROR_CODES,
    "InternalServerError",
    "ReplicatedWriteConflictException",
    "ServiceUnavailable",
    "TransactionConflictException",
}
REFUSED = {
    "AccessDeniedException",
    "ItemCollectionSizeLimitExceededException",
    "ResourceNotFoundException",
    "SerializationException",
    "ValidationException",
    "",
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(("code", "status", "error"), DYNAMODB_ERRORS)
def test_every_call_says_whether_it_is_worth_repeating(
    table: OrdersTable,
    client: "DynamoDBClient",
    operation: str,
    code: str,
    status: int,
    error: type[AwsError],
) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error(operation, code, f"because of {CANARY}", status)

        with raises_discreetly(error):
            CALLS[operation](table)


@pytest.mark.parametrize(
    ("code", "error"),
    [(code, AwsUnavailable) for code in sorted(TRANSIENT)] + [(code, AwsRefused) for code in sorted(REFUSED)],
)
def test_an_error_code_says_what_can_be_done(
    table: OrdersTable, client: "DynamoDBClient", code: str, error: type[AwsError]
) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error("update_item", code, CANARY)

        with raises_discreetly(error):
            table.replace(0, new())


@pytest.mark.parametrize("operation", CALLS)
def test_a_missing_table_is_refused(client: "DynamoDBClient", clock: TestClock, operation: str) -> None:
    with raises_discreetly(AwsRefused):
        CALLS[operation](OrdersTable(client, "NoSuchTable", clock))


def test_what_botocore_itself_refuses_is_not_repeated_in_the_message(table: OrdersTable) -> None:
    no_text: Any = [CANARY]

    with raises_discreetly(AwsRefused):
        table.get(no_text)


def test_no_way_to_aws_is_unavailable(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.extend(["lost_request"] * 3)

    with raises_discreetly(AwsUnavailable):
        table.get("999-1")
