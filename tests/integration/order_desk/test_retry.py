"""What could not be imported is tried again when somebody asks for it, whatever its pause."""

import pytest

from tests.integration.functions import Functions
from tests.world import World

HOUR = 3_600


@pytest.fixture
def failed(functions: Functions, world: World) -> str:
    order_id = world.zonos.pay()
    world.zonos.edit(order_id, orderId="999-7")
    functions.reconcile()
    assert world.failures().keys() == {order_id}
    return order_id


def test_what_fails_again_stays_on_record(functions: Functions, world: World, failed: str) -> None:
    world.clock.pass_time(60)
    answer = functions.desk(retryFailures={})

    assert answer["orders"][failed].startswith("UnexpectedAnswer: ")
    assert world.failures()[failed].last_failed_at == world.clock.now_ms()


def test_what_is_mended_is_imported_and_off_the_record(
    functions: Functions, world: World, failed: str
) -> None:
    world.zonos.edit(failed, orderId=failed)
    world.clock.pass_time(2 * HOUR)

    assert functions.desk(retryFailures={})["orders"] == {failed: "new"}
    assert world.failures() == {}
    assert world.order(failed)["disposition"] == "READY"


def test_nothing_has_failed(functions: Functions) -> None:
    assert functions.desk(retryFailures={})["orders"] == {}


@pytest.mark.parametrize("function", ["order_desk", "reconcile_orders"])
def test_a_number_that_zonos_has_refused_is_told_again_at_once(functions: Functions, function: str) -> None:
    world = functions.world
    order_id = world.zonos.pay()
    functions.reconcile()
    world.zonos.answer_next("updateMerchantOrderId", 200, "application/json", b'{"error": "no such thing"}')
    functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})
    assert functions.reconcile(recheck="failures", dryRun=True)["write_backs"]["confirmed"] == 0
    if function == "order_desk":
        told = functions.desk(retryFailures={})
    else:
        told = functions.reconcile(recheck="failures")
    assert (told["write_backs"]["confirmed"], told["write_backs"]["outstanding"]) == (1, 0)
    assert world.zonos.details(order_id)["merchantOrderId"] == "M-1"
    assert world.reconciliation_table.failures(kind="write_back") == {}


def test_numbers_wait_when_zonos_could_not_be_asked_for_the_failures(functions: Functions) -> None:
    world = functions.world
    for _ in range(6):
        world.zonos.pay()
    functions.reconcile()
    order_id = sorted(world.order_ids())[0]
    world.zonos.break_down("status_500")
    functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})
    world.zonos.recover()
    world.zonos.bad_orders = {world.zonos.pay() for _ in range(6)}
    functions.reconcile()
    told = functions.desk(retryFailures={})
    assert told["stopped"]
    assert told["write_backs"]["outstanding"] is None
