"""The sandbox with its tables in another DynamoDB, as a backlog of thousands of orders needs it."""

from __future__ import annotations

from tests.dynamodb_local import DynamoDbLocal
from tests.sandbox.__main__ import parameters
from tests.sandbox.aws import CREDENTIALS
from tests.sandbox.sandbox import BACKFILL_ORDERS, Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator


def test_functions_and_sandbox_find_the_tables_there_with_their_indexes(
    dynamodb_local: DynamoDbLocal,
) -> None:
    with (
        ZonosSimulator() as simulator,
        Sandbox(
            parameters(simulator, "disabled"), simulator.world.secret, tables_at=dynamodb_local.endpoint
        ) as sandbox,
    ):
        order_id = simulator.world.pay()
        answer = sandbox.invoke(BACKFILL_ORDERS, {"slice": {"orderIds": [order_id]}, "so_far": {}})
        assert answer["done"]
        assert [order["order_id"] for order in sandbox.orders()] == [order_id]
        client = dynamodb_local.client(CREDENTIALS["AWS_ACCESS_KEY_ID"])
        name = sandbox.stack.physical_ids["OrdersTable"]
        indexes = client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
        assert {index["IndexName"] for index in indexes} == {"by_day", "held", "to_ship", "write_back"}
        for table in (name, sandbox.stack.physical_ids["ReconciliationTable"]):
            client.delete_table(TableName=table)  # the emulator serves other tests
