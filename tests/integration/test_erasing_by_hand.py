"""What docs/privacy.md says about erasing a buyer's data by hand, done with its own command."""

import json
import shlex

import pytest

from tests.integration.functions import Functions
from tests.integration.runs import DAY, run
from tests.sandbox.sam_template import ROOT
from tests.world import World
from zonos_orders.wiring import Application

PAGE = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
COMMAND = next(line for line in PAGE.splitlines() if line.startswith("aws dynamodb update-item "))


def erase(world: World, order_id: str) -> None:
    words = shlex.split(COMMAND.replace("999-100", order_id).replace("<OrdersTableName>", "OrdersTable"))
    options = dict(zip(words[3::2], words[4::2], strict=True))
    world.dynamodb.update_item(
        TableName=options["--table-name"],
        Key=json.loads(options["--key"]),
        UpdateExpression=options["--update-expression"],
        ConditionExpression=options["--condition-expression"],
        ExpressionAttributeNames=json.loads(options["--expression-attribute-names"]),
        ExpressionAttributeValues=json.loads(options["--expression-attribute-values"]),
    )


def content(world: World, order_id: str) -> object:
    """The order map of the item, as a map or packed; None when it is not there."""
    item = world.dynamodb.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})["Item"]
    return item.get("order") or item.get("order_gz")


@pytest.fixture(params=[{}, {"notes": ["x" * 500_000]}], ids=["as a map", "compressed"])
def erased(request: pytest.FixtureRequest, world: World, application: Application) -> str:
    """An order whose buyer has been erased by hand."""
    order_id = world.zonos.pay(details=request.param)
    run(application)
    assert content(world, order_id) is not None
    erase(world, order_id)
    return order_id


def test_an_erased_buyer_stays_erased_while_nothing_changes(
    world: World, functions: Functions, erased: str
) -> None:
    for _ in range(3):
        assert functions.reconcile()["outcome"] == "clean"
        assert functions.redirect(f"orderId={erased}")["statusCode"] == 200
        world.clock.pass_time(DAY)
    item = world.dynamodb.get_item(TableName="OrdersTable", Key={"order_id": {"S": erased}})["Item"]
    assert "order" not in item
    assert "order_gz" not in item
    assert item["revision"] == {"N": "2"}


def test_what_zonos_still_has_comes_back_with_a_change_of_status(
    world: World, application: Application, erased: str
) -> None:
    world.clock.pass_time(60)
    world.zonos.cancel(erased)
    run(application)
    assert content(world, erased) is not None
    assert world.order(erased)["disposition"] == "CANCELLED"


def test_what_zonos_still_has_comes_back_by_hand(world: World, application: Application, erased: str) -> None:
    run(application, orderIds=[erased])
    assert content(world, erased) is not None


def test_what_zonos_still_has_comes_back_with_the_look_of_a_review(
    world: World, functions: Functions
) -> None:
    order_id = world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    erase(world, order_id)
    assert functions.recheck(order_id)["outcome"] == "waiting"
    assert content(world, order_id) is not None


def test_a_deleted_order_is_imported_again(world: World, application: Application) -> None:
    order_id = world.zonos.pay()
    run(application)
    world.dynamodb.delete_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
    world.clock.pass_time(DAY)
    run(application)
    assert content(world, order_id) is not None


def test_no_item_is_made_for_an_order_that_is_not_there(world: World) -> None:
    with pytest.raises(world.dynamodb.exceptions.ConditionalCheckFailedException):
        erase(world, "999-4711")
    assert world.order_ids() == set()
