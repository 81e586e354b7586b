"""Writes over an unreliable line: our own is known again, others' is not taken for it."""

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.engines import on_real_engines
from tests.integration.discreet import CANARY, raises_discreetly
from tests.integration.orders_table.orders import after, another_writer_sets, fetched, new
from tests.integration.orders_table.unreliable_line import UnreliableLine
from zonos_orders.errors import AwsUnavailable
from zonos_orders.orders_table import OrdersTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = on_real_engines


@pytest.mark.parametrize("email", [CANARY, CANARY * 30_000], ids=["as a map", "compressed"])
def test_our_own_write_met_again_after_a_lost_answer_is_success(
    table: OrdersTable, line: UnreliableLine, email: str
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW", email=email, grandTotal=Decimal("10.00")))
    second = after(first, fetched(email=email, grandTotal=Decimal("1E+1")))
    for revision, order in enumerate((first, second)):
        line.faults.append("lost_answer")

        assert table.replace(revision, order) is order
        assert table.get("999-1") == order
    assert line.writes == 4


def test_our_own_write_is_known_again_beside_what_others_keep(
    table: OrdersTable, client: "DynamoDBClient", line: UnreliableLine
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)
    another_writer_sets(client, taken_over_at={"S": "2026-11-18T00:00:00.000Z"})
    second = after(first, fetched())
    line.faults.append("lost_answer")

    assert table.replace(1, second) is second


def test_a_write_of_others_is_not_taken_for_our_own(
    table: OrdersTable,
) -> None:
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    table.replace(0, first)

    # The same revision: with other attributes, and with the same ones of another value.
    for other in (fetched(status="VENDOR_PREPARING_ORDER"), fetched(status="IGLOBAL_FRAUD_REVIEW", email="")):
        assert table.replace(0, new(other)) == first


def test_a_write_that_never_arrived_is_repeated(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.append("lost_request")
    order = new()

    assert table.replace(0, order) is order
    assert table.get("999-1") == order


def test_a_write_whose_every_answer_is_lost_may_be_repeated(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.extend(["lost_answer"] * 2)
    order = new()

    with raises_discreetly(AwsUnavailable):
        table.replace(0, order)

    assert line.writes == 2
    assert table.replace(0, order) is order


def test_a_throttled_write_is_repeated_and_then_given_up(table: OrdersTable, line: UnreliableLine) -> None:
    line.faults.append("throttled")
    first = new(fetched(status="IGLOBAL_FRAUD_REVIEW"))
    assert table.replace(0, first) is first

    line.faults.extend(["throttled"] * 3)
    with raises_discreetly(AwsUnavailable):
        table.replace(1, after(first, fetched()))
    assert table.get("999-1") == first
