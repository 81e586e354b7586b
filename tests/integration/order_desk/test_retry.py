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
