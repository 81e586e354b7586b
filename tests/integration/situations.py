"""What can happen to the functions, for tests of what they tell of it."""

import json

from tests.integration.functions import JSON, Functions


def poisoned(functions: Functions) -> None:
    functions.world.zonos.pay(details={"orderId": "999-7"})
    functions.reconcile()


def recovered(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.reconcile()


def listing_down(functions: Functions) -> None:
    functions.world.zonos.break_down("status_500")
    functions.reconcile()


def redirect_down(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    functions.world.zonos.break_down("status_500")
    functions.redirect(f"orderId={order_id}")


def redirect_broken(functions: Functions) -> None:
    functions.world.aws.fail("GetItem")
    functions.redirect(f"orderId={functions.world.zonos.pay()}")


def redirect_bug(functions: Functions) -> None:
    functions.world.aws.fail("GetItem", KeyError("a bug"))
    functions.redirect(f"orderId={functions.world.zonos.pay()}")


def redirect_refused(functions: Functions) -> None:
    functions.world.zonos.secret = "another"
    functions.redirect(f"orderId={functions.world.zonos.pay()}")


def released(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.release(order_id)
    for _ in range(2):
        functions.reconcile(orderIds=[order_id])


def with_status(functions: Functions) -> None:
    order_id = functions.world.zonos.pay(details={"orderStatus": "SOMETHING_NEW"})
    functions.redirect(f"orderId={order_id}")


def with_match(functions: Functions) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay('csl_match')}")


def without_date(functions: Functions) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay(details={'orderDate': None})}")


def unreadable_listing(functions: Functions) -> None:
    body = json.dumps(
        {"orders": [{"nummer": 5}, {"id": "998-5"}, {"id": functions.world.zonos.pay()}]}
    ).encode()
    functions.world.zonos.answer_next("orderNumbers", 200, JSON, body)
    functions.reconcile()


def long_review(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.dynamodb.update_item(
        TableName="OrdersTable",
        Key={"order_id": {"S": order_id}},
        UpdateExpression="SET review_started_at = :then",
        ExpressionAttributeValues={":then": {"S": "2020-01-01T00:00:00.000Z"}},
    )
    assert functions.recheck(order_id)["outcome"] == "expired"


def bad_credentials(functions: Functions) -> None:
    functions.world.zonos.secret = "another"
    functions.reconcile()


def stale_answer(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    functions.reconcile()
    functions.world.zonos.edit(order_id, orderStatusDate=1_600_000_000_000)
    functions.reconcile(orderIds=[order_id])


def failed_look(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.break_down("status_500")
    functions.recheck(order_id)


def refused_look(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.secret = "another"
    functions.recheck(order_id)
