"""Orders as Zonos and the table know them, in one line each."""

from typing import TYPE_CHECKING, Any

from tests.integration.discreet import CANARY
from zonos_orders.merge import merge
from zonos_orders.order import Order
from zonos_orders.orders_table import OrdersTable
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW_MS = 1_795_000_000_000
SHIP_ALL = ShippingPolicy(ship_from_ms=None)


def fetched(order_id: str = "999-1", status: str = "IGLOBAL_ORDER_IN_PROCESS", **content: Any) -> Order:
    content = {
        "orderId": order_id,
        "orderStatus": status,
        "orderStatusDate": NOW_MS - 1000,
        "orderDate": NOW_MS - 5000,
        "email": CANARY,
        **content,
    }
    return Order.read(content, order_id, NOW_MS)


def new(order: Order | None = None) -> StoredOrder:
    return merge(None, order or fetched(), SHIP_ALL, NOW_MS, "reconcile").order


def after(stored: StoredOrder, order: Order, policy: ShippingPolicy = SHIP_ALL) -> StoredOrder:
    return merge(stored, order, policy, NOW_MS + 1, "recheck").order


def item_of(client: "DynamoDBClient", order_id: str = "999-1") -> dict[str, Any]:
    """The item in DynamoDB's typed form."""
    answer = client.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
    return dict(answer["Item"])


def another_writer_sets(client: "DynamoDBClient", **attributes: Any) -> None:
    client.update_item(
        TableName="OrdersTable",
        Key={"order_id": {"S": "999-1"}},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in attributes),
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )


def put_orders(table: OrdersTable, *orders: Order) -> None:
    for order in orders:
        table.replace(0, new(order))
