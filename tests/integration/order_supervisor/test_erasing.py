"""An erased order stays erased: whatever is imported, restored, or killed in between."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.broken_aws import THROTTLED
from tests.integration.functions import SUPERVISOR, Functions
from tests.integration.runs import DAY, days_ago
from tests.leaks.private import private_in
from tests.world import World

KEPT = {"orderId", "orderStatus", "orderStatusDate", "orderDate", "testOrder", "merchantOrderId"}


def erase(functions: Functions, order_id: str, **more: Any) -> dict[str, Any]:
    answer = functions.supervise(erase={"orderId": order_id, **more})
    assert answer["status"] == 200
    (told,) = answer["orders"]
    return dict(told)


def raw(world: World, order_id: str) -> Any:
    return world.dynamodb.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})["Item"]


def is_erased(world: World, order_id: str) -> bool:
    """And then nothing of the buyer is in the item: every text of an order bears the word to look for."""
    item = raw(world, order_id)
    assert ("erased_at" in item) == (private_in(repr(item)) == "")
    return "erased_at" in item


def restore(world: World, *items: Any) -> None:
    """Put the table back to what it held: these items, and no others."""
    for order_id in world.order_ids():
        world.dynamodb.delete_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})
    for item in items:
        world.dynamodb.put_item(TableName="OrdersTable", Item=item)


@pytest.fixture
def completed(functions: Functions) -> str:
    """An order that was paid yesterday, and finished."""
    world = functions.world
    order_id = world.zonos.pay(order_date=days_ago(world, 1), details={"testOrder": False})
    world.zonos.set_status(order_id, "VENDOR_END_OF_DAY_COMPLETE")
    functions.reconcile()
    assert not is_erased(world, order_id)
    return order_id


def test_only_numbers_dates_and_the_status_are_left(functions: Functions, completed: str) -> None:
    history = functions.world.order(completed)["history"]
    told = erase(functions, completed)

    assert (told["done"], told["disposition"], told["revision"]) == (True, "COMPLETED", 2)
    item = functions.world.order(completed)
    assert item["order"].keys() <= KEPT
    assert (item["erased_by"], item["history"]) == (SUPERVISOR, history)
    assert not {"reference_id", "order_gz", "order_day"} & raw(functions.world, completed).keys()
    assert is_erased(functions.world, completed)
    assert functions.metrics["OrdersErased"] == 1


def test_an_order_that_is_stored_compressed_is_erased_as_well(functions: Functions) -> None:
    order_id = functions.world.zonos.pay(details={"misc1": "canary " * 80_000})
    functions.reconcile()
    assert "order_gz" in raw(functions.world, order_id)
    erase(functions, order_id, force=True)
    assert "order_gz" not in raw(functions.world, order_id)
    assert is_erased(functions.world, order_id)


@pytest.mark.parametrize("kind", ["pay", "fraud_review", "csl_match"])
def test_an_order_that_may_still_have_to_be_shipped_is_erased_only_by_force(
    functions: Functions, kind: Any
) -> None:
    order_id = functions.world.zonos.pay(kind)
    functions.reconcile()
    told = erase(functions, order_id)
    assert (told["done"], told["reason"]) == (False, "STILL_OPEN")
    assert not is_erased(functions.world, order_id)
    told = erase(functions, order_id, force=True)
    assert (told["done"], told["disposition"], "ERASED" in told["hold_reasons"]) == (True, "HELD", True)
    assert is_erased(functions.world, order_id)


def test_what_was_never_imported_is_not_erased(functions: Functions) -> None:
    """Numbers run: a record made for a wrong one would meet an order to come."""
    assert erase(functions, "999-100", force=True)["reason"] == "NOT_IMPORTED"
    order_id = functions.world.zonos.pay(order_date=days_ago(functions.world, 1))
    assert order_id == "999-100"
    functions.reconcile()
    assert functions.world.order(order_id)["disposition"] == "READY"


def by_hand(functions: Functions, order_id: str) -> None:
    functions.reconcile(orderIds=[order_id])


def by_the_daily_look_back(functions: Functions, order_id: str) -> None:
    functions.world.clock.pass_time(DAY)
    functions.reconcile()


def by_the_page(functions: Functions, order_id: str) -> None:
    functions.redirect(f"orderId={order_id}")


def by_the_desk(functions: Functions, order_id: str) -> None:
    functions.desk(mayShip={"orderId": order_id})


WAYS = [by_hand, by_the_daily_look_back, by_the_page, by_the_desk]


@pytest.mark.parametrize("again", WAYS)
def test_a_later_import_brings_the_status_and_nothing_else(
    functions: Functions, completed: str, again: Callable[[Functions, str], None]
) -> None:
    erase(functions, completed)
    again(functions, completed)
    assert is_erased(functions.world, completed)
    assert functions.world.order(completed)["revision"] == 2

    functions.world.clock.pass_time(60)
    functions.world.zonos.cancel(completed)
    again(functions, completed)
    assert is_erased(functions.world, completed)
    functions.reconcile(orderIds=[completed])
    assert functions.world.order(completed)["disposition"] == "CANCELLED"


@pytest.mark.parametrize("again", [by_hand, by_the_daily_look_back, by_the_page])
def test_an_order_that_a_restored_table_lacks_comes_back_erased(
    functions: Functions, completed: str, again: Callable[[Functions, str], None]
) -> None:
    erase(functions, completed)
    restore(functions.world)
    again(functions, completed)
    assert is_erased(functions.world, completed)
    assert functions.world.order(completed)["erased_by"] == SUPERVISOR


def test_an_order_that_a_restored_table_still_has_whole_is_erased_by_the_next_run(
    functions: Functions, completed: str
) -> None:
    whole = raw(functions.world, completed)
    erase(functions, completed)
    restore(functions.world, whole)
    assert functions.reconcile()["erasures"] == {"erased": 1, "failed": 0, "causes": {}}
    assert is_erased(functions.world, completed)
    assert functions.world.order(completed)["updated_by"] == "reconcile"
    assert functions.world.order(completed)["erased_by"] == SUPERVISOR
    assert functions.reconcile()["erasures"]["erased"] == 0


def test_an_erasure_that_was_killed_after_its_record_is_finished_by_the_next_run(
    functions: Functions, completed: str
) -> None:
    functions.world.aws.fail("UpdateItem", THROTTLED, about="OrdersTable")
    assert functions.supervise(erase={"orderId": completed})["status"] == 503
    functions.world.aws.recover()
    assert not is_erased(functions.world, completed)
    functions.reconcile()
    assert is_erased(functions.world, completed)


def test_an_erasure_without_its_record_has_not_begun(functions: Functions, completed: str) -> None:
    functions.world.aws.fail("UpdateItem", THROTTLED, about="ReconciliationTable")
    assert functions.supervise(erase={"orderId": completed})["status"] == 503
    functions.world.aws.recover()
    assert not is_erased(functions.world, completed)
    functions.reconcile()
    assert not is_erased(functions.world, completed)
    assert erase(functions, completed)["done"] is True


def test_an_import_at_the_same_moment_cannot_bring_the_buyer_back(
    functions: Functions, completed: str
) -> None:
    """It has fetched the whole order before, and writes after."""
    world = functions.world
    world.clock.pass_time(60)
    world.zonos.cancel(completed)
    happened: list[str] = []

    def erase_meanwhile() -> None:
        if not happened:
            happened.append(completed)
            world.aws.recover()
            assert erase(functions, completed)["done"] is True

    world.aws.before("UpdateItem", erase_meanwhile, about="OrdersTable")
    functions.reconcile(orderIds=[completed])
    assert happened
    assert is_erased(world, completed)
    assert world.order(completed)["disposition"] == "CANCELLED"


def test_erasing_again_changes_nothing_and_the_first_record_stays(
    functions: Functions, completed: str
) -> None:
    erase(functions, completed)
    before = functions.world.order(completed), functions.world.dynamodb.scan(TableName="ReconciliationTable")
    functions.world.clock.pass_time(60)
    again = functions.supervise(principal="arn:aws:iam::123456789012:user/bo", erase={"orderId": completed})
    assert again["orders"][0]["done"] is True
    after = functions.world.order(completed), functions.world.dynamodb.scan(TableName="ReconciliationTable")
    assert (after[0], after[1]["Items"]) == (before[0], before[1]["Items"])
    assert functions.metrics["OrdersErased"] == 1


def test_an_erased_order_can_be_neither_cleared_nor_released(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("csl_match")
    functions.reconcile()
    erase(functions, order_id, force=True)
    for wish in ({"clear": {"orderId": order_id}}, {"release": {"orderIds": [order_id]}}):
        assert functions.supervise(**wish)["orders"][0]["reason"] == "ERASED"


def test_the_buyer_who_comes_back_from_paying_waits_for_no_look_up_of_erasures(functions: Functions) -> None:
    functions.world.aws.fail("GetItem", about="ReconciliationTable")
    answer = functions.redirect(f"orderId={functions.world.zonos.pay()}", accept="application/json")
    assert '"confirmed"' in answer["body"]


def test_an_older_order_is_not_imported_while_it_is_not_known_whether_it_was_erased(
    functions: Functions,
) -> None:
    world = functions.world
    order_id = world.zonos.pay(order_date=days_ago(world, 1))
    for operation in ("BatchGetItem", "GetItem"):
        world.aws.fail(operation, about="erased")
    assert functions.reconcile()["failed"] == {"AwsUnavailable": 1}
    world.aws.recover()
    functions.reconcile()
    assert world.order_ids() == {order_id}


@pytest.mark.parametrize("look", ["recheck", "desk", "supervisor"])
def test_an_order_that_vanishes_during_a_look_comes_back_erased_if_it_was(
    functions: Functions, look: str
) -> None:
    """A table that is restored while a loop looks, or the desk does, or the supervisor."""
    world = functions.world
    order_id = world.zonos.pay("fraud_review", order_date=days_ago(world, 1))
    functions.reconcile()
    whole = raw(world, order_id)
    erase(functions, order_id, force=True)
    restore(world, whole)
    world.zonos.release(order_id)
    world.aws.before("UpdateItem", lambda: restore(world), about="OrdersTable")
    if look == "recheck":
        functions.recheck(order_id)
    elif look == "desk":
        functions.desk(mayShip={"orderId": order_id})
    else:
        functions.supervise(clear={"orderId": order_id})
    assert is_erased(world, order_id)
