"""`PersonalDataRetentionDays`: what has been kept for long enough is erased by the reconciliation."""

from typing import Any

import boto3
import pytest

from tests.broken_aws import THROTTLED
from tests.integration.functions import Functions
from tests.integration.order_supervisor.test_erasing import is_erased, raw, restore
from tests.integration.runs import DAY, days_ago
from tests.world import STORE, World
from zonos_orders.clock import Deadline
from zonos_orders.erasure import Erasure
from zonos_orders.erasure_records import PAGE, ErasureRecords, Place
from zonos_orders.erasures import Erasures, Swept
from zonos_orders.orders_table import OrdersTable
from zonos_orders.status import ShippingPolicy

DONE = "VENDOR_END_OF_DAY_COMPLETE"


@pytest.fixture
def keeping(world: World) -> Functions:
    """The functions of a deployment that keeps personal data for thirty days."""
    return Functions(world, PERSONAL_DATA_RETENTION_DAYS="30", INITIAL_LOOKBACK_DAYS="90")


@pytest.fixture
def records(world: World) -> ErasureRecords:
    return ErasureRecords(world.dynamodb, "ReconciliationTable", world.clock)


def sweep(world: World, seconds: float = 60, keep_days: int = 30) -> Swept:
    client = boto3.client("dynamodb")
    orders = OrdersTable(client, "OrdersTable", world.clock)
    records = ErasureRecords(client, "ReconciliationTable", world.clock)
    sweeper = Erasures(orders, records, ShippingPolicy(None), keep_days, world.clock)
    return sweeper.sweep(Deadline.after(seconds, world.clock))


def paid(functions: Functions, days: float, status: str = DONE) -> str:
    world = functions.world
    order_id = world.zonos.pay(order_date=days_ago(world, days))
    if status:
        world.zonos.set_status(order_id, status)
    return order_id


def test_what_is_settled_is_erased_when_its_days_are_over(keeping: Functions) -> None:
    order_id = paid(keeping, 0)
    keeping.reconcile()
    keeping.world.clock.pass_time(30 * DAY)
    assert keeping.reconcile()["erasures"]["erased"] == 0
    assert not is_erased(keeping.world, order_id)

    keeping.world.clock.pass_time(DAY)
    assert keeping.reconcile()["erasures"]["erased"] == 1
    assert is_erased(keeping.world, order_id)
    item = keeping.world.order(order_id)
    assert (item["erased_by"], item["disposition"]) == ("PersonalDataRetentionDays", "COMPLETED")
    assert keeping.metrics["OrdersErased"] == 1


def test_by_default_personal_data_is_kept(functions: Functions) -> None:
    order_id = paid(functions, 0)
    functions.reconcile()
    functions.world.clock.pass_time(3000 * DAY)
    assert functions.reconcile()["erasures"]["erased"] == 0
    assert not is_erased(functions.world, order_id)


def test_an_old_order_that_is_settled_is_never_stored_with_personal_data(keeping: Functions) -> None:
    world = keeping.world
    written: list[str] = []
    order_id = paid(keeping, 40)
    world.aws.before("UpdateItem", lambda: written.append("one"), about="canary")
    keeping.reconcile(orderIds=[order_id])
    assert (is_erased(world, order_id), written) == (True, [])
    assert world.order(order_id)["revision"] == 1


def test_an_old_order_that_is_open_is_stored_whole_and_erased_when_it_is_settled(keeping: Functions) -> None:
    world = keeping.world
    order_id = paid(keeping, 40, status="")
    keeping.reconcile()
    keeping.reconcile()
    assert world.order(order_id)["disposition"] == "READY"
    assert not is_erased(world, order_id)

    world.clock.pass_time(60)
    world.zonos.set_status(order_id, DONE)
    keeping.reconcile(orderIds=[order_id])
    assert is_erased(world, order_id)


def test_an_old_order_that_is_taken_over_is_erased_by_the_next_round(keeping: Functions) -> None:
    """Nothing at Zonos has changed, so no import comes by."""
    order_id = paid(keeping, 40, status="")
    keeping.reconcile()
    keeping.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})
    for _ in range(2):
        place = ErasureRecords(keeping.world.dynamodb, "ReconciliationTable", keeping.world.clock).place()
        assert place.day < "20261019"
        ErasureRecords(keeping.world.dynamodb, "ReconciliationTable", keeping.world.clock).move_to(Place())
        keeping.reconcile()
    item = keeping.world.order(order_id)
    assert is_erased(keeping.world, order_id)
    assert (item["disposition"], item["merchant_order_id"]) == ("READY", "M-1")


def test_a_restored_table_is_swept_again(world: World, keeping: Functions, records: ErasureRecords) -> None:
    order_id = paid(keeping, 0)
    keeping.reconcile()
    whole = raw(world, order_id)
    world.clock.pass_time(40 * DAY)
    keeping.reconcile()
    restore(world, whole)
    records.move_to(Place(day="20000102"))  # the round is nearly at its end
    for _ in range(2):
        sweep(world)
    assert is_erased(world, order_id)


def test_a_run_ends_with_its_time_in_the_middle_of_a_day_and_the_next_one_goes_on(
    world: World, keeping: Functions, records: ErasureRecords
) -> None:
    open_ones = [paid(keeping, 2, status="") for _ in range(4)]
    settled = {paid(keeping, days) for days in (2, 2, 3)}
    keeping.reconcile()
    world.clock.pass_time(31 * DAY)
    records.move_to(Place(day="20261116"))
    world.aws.before("GetItem", lambda: world.clock.pass_time(2), about=STORE)

    assert sweep(world, seconds=7).erased == 0
    assert records.place() == Place(day="20261116", order_id=open_ones[-1])
    assert sweep(world, seconds=7).erased == 3
    assert {order_id for order_id in world.order_ids() if is_erased(world, order_id)} == settled


def test_a_run_asks_for_no_more_days_when_its_time_is_over(
    world: World, keeping: Functions, records: ErasureRecords
) -> None:
    world.aws.before("Query", lambda: world.clock.pass_time(6))
    sweep(world)
    assert records.place().day == "20261015"  # records, the newest day and two more fill twenty seconds


def test_a_day_that_has_just_become_over_waits_for_no_round_and_takes_no_whole_run(
    world: World, keeping: Functions, records: ErasureRecords
) -> None:
    newest, older = [paid(keeping, 0) for _ in range(6)], paid(keeping, 200)
    keeping.reconcile(orderIds=[*newest, older])
    restore(world, *[raw(world, order_id) for order_id in newest])
    world.clock.pass_time(31 * DAY)
    records.move_to(Place(day="20200101"))
    world.aws.before("GetItem", lambda: world.clock.pass_time(1), about=STORE)

    assert sweep(world, seconds=12).erased == 3
    assert records.place().day < "20200101"


def test_the_records_are_gone_through_page_by_page(
    world: World, functions: Functions, records: ErasureRecords
) -> None:
    order_id = paid(functions, 1)
    functions.reconcile()
    for n in range(PAGE):
        records.note(f"999-0{n:04}", Erasure("then", "somebody"))
    records.note(order_id, Erasure("then", "somebody"))

    assert sweep(world, keep_days=0).erased == 0
    assert sweep(world, keep_days=0).erased == 1
    assert is_erased(world, order_id)
    assert records.place() == Place()


def test_one_order_that_cannot_be_written_does_not_stop_the_others(world: World, keeping: Functions) -> None:
    bad, good = paid(keeping, 0), paid(keeping, 0)
    keeping.reconcile()
    world.clock.pass_time(31 * DAY)
    world.aws.fail("UpdateItem", THROTTLED, about=bad)
    told = keeping.reconcile()

    assert told["erasures"]["failed"] == 1
    assert told["erasures"]["causes"] == {bad: "AwsUnavailable: write the order: ThrottlingException"}
    assert (is_erased(world, bad), is_erased(world, good)) == (False, True)
    assert keeping.metrics["ErasureFailed"] == 1


@pytest.mark.parametrize(("operation", "about"), [("Query", "erased"), ("GetItem", "sweep")])
def test_a_sweep_that_cannot_read_leaves_the_run_clean(
    world: World, keeping: Functions, operation: str, about: str
) -> None:
    world.aws.fail(operation, THROTTLED, about=about)
    told = keeping.reconcile()
    assert (told["outcome"], told["erasures"]["failed"]) == ("clean", 1)


def test_a_sweep_ends_with_its_time_and_is_done_by_the_next_one(world: World, keeping: Functions) -> None:
    order_id = paid(keeping, 0)
    keeping.reconcile()
    world.clock.pass_time(31 * DAY)
    assert sweep(world, seconds=0) == Swept()
    assert not is_erased(world, order_id)
    assert sweep(world).erased == 1


def test_a_run_that_meets_zonos_down_still_erases(world: World, keeping: Functions) -> None:
    order_id = paid(keeping, 0)
    keeping.reconcile()
    world.clock.pass_time(31 * DAY)
    world.zonos.break_down("status_500")
    told: dict[str, Any] = keeping.reconcile()
    assert (told["outcome"], told["erasures"]["erased"]) == ("unavailable", 1)
    assert is_erased(world, order_id)


def test_an_erased_order_is_still_compared_with_the_listing(world: World, keeping: Functions) -> None:
    """It has left `by_day`, so it is looked up by its id, and fetched only when its status has changed."""
    order_id = paid(keeping, 0)
    keeping.reconcile()
    keeping.supervise(erase={"orderId": order_id})
    assert keeping.reconcile()["missing"] == 0
    world.clock.pass_time(60)
    world.zonos.cancel(order_id)
    assert keeping.reconcile()["changed"] == 1
    assert world.order(order_id)["disposition"] == "CANCELLED"
    assert is_erased(world, order_id)
