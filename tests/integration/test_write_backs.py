"""The merchant's numbers reach Zonos: each run goes on telling them until Zonos has confirmed."""

import pytest

from tests.integration.functions import Functions
from tests.integration.hand_overs import (
    TELL,
    is_written_back,
    number,
    numbers_at_zonos,
    records,
    refuse,
    take_over,
    taken_over,
    untold,
)
from tests.integration.runs import DAY, HOUR, MINUTE, TODAY, pay, run
from tests.world import TestClock, World
from zonos_orders.wiring import Application


def test_many_numbers_that_an_outage_left_are_told_by_the_first_run_after_it(
    world: World, application: Application
) -> None:
    orders = untold(world, application, 12)
    assert records(world).keys() == set(orders)

    done = run(application).write_backs

    assert (done.confirmed, done.failed, done.outstanding, done.persistent) == (12, 0, 0, 0)
    assert numbers_at_zonos(world, orders) == {order_id: number(order_id) for order_id in orders}
    assert all(is_written_back(world, order_id) for order_id in orders)
    assert records(world) == {}


def test_what_zonos_has_confirmed_is_not_told_again(world: World, application: Application) -> None:
    taken_over(world, application)
    world.zonos.reset_calls()

    done = run(application).write_backs

    assert (done.outstanding, world.zonos.calls(TELL)) == (0, 0)


def test_while_zonos_cannot_be_told_a_run_asks_little_and_stays_clean(
    world: World, application: Application
) -> None:
    orders = untold(world, application, 10)
    world.zonos.break_down("status_500", operation=TELL)

    summary = run(application)

    assert (summary.outcome, world.watermark()) == ("clean", TODAY)
    assert (summary.write_backs.outstanding, summary.write_backs.failed) == (10, 3)
    assert world.zonos.calls(TELL) == 9  # three orders, three attempts each
    assert summary.write_backs.causes.keys() == set(orders[:3])


def test_numbers_that_zonos_can_never_take_hold_up_no_other(
    world: World, clock: TestClock, application: Application
) -> None:
    orders = untold(world, application, 8)
    world.zonos.bad_orders = set(orders[:4])
    for _ in range(2):
        run(application)
        clock.pass_time(15 * MINUTE)

    assert [is_written_back(world, order_id) for order_id in orders] == [False] * 4 + [True] * 4
    assert records(world).keys() == world.zonos.bad_orders


def test_a_refused_number_is_told_again_after_growing_pauses_and_the_others_meanwhile(
    world: World, clock: TestClock, application: Application
) -> None:
    refused, other = untold(world, application, 2)
    refuse(world, 100)
    told = []
    for _ in range(9):
        world.zonos.reset_calls()
        run(application)
        told.append([call.order_id for call in world.zonos.call_log() if call.operation == TELL])
        clock.pass_time(15 * MINUTE)

    assert [len(one) for one in told] == [2, 2, 0, 2, 0, 0, 0, 2, 0]
    assert records(world)[refused].error.startswith("UnexpectedAnswer: ")
    assert set(numbers_at_zonos(world, [refused, other]).values()) == {""}


def test_a_run_that_is_killed_between_telling_and_noting_costs_one_more_call(
    world: World, clock: TestClock, application: Application
) -> None:
    (order_id,) = untold(world, application)
    world.aws.fail("UpdateItem", SystemExit(), about='"OrdersTable"')  # type: ignore[arg-type]
    with pytest.raises(SystemExit):
        run(application)
    world.aws.recover()
    assert numbers_at_zonos(world, [order_id]) == {order_id: number(order_id)}
    assert not is_written_back(world, order_id)

    assert run(application).write_backs.confirmed == 1

    assert is_written_back(world, order_id)
    assert (world.zonos.calls(TELL), records(world)) == (2, {})


def test_a_note_that_fails_is_made_up_for(world: World, application: Application) -> None:
    (order_id,) = untold(world, application)
    world.aws.fail("UpdateItem", about='"OrdersTable"')
    assert run(application).write_backs.outstanding == 1
    world.aws.recover()

    assert run(application).write_backs.outstanding == 0

    assert is_written_back(world, order_id)


def test_a_number_that_is_forced_while_the_first_is_told_is_the_last_that_zonos_hears(
    world: World, application: Application
) -> None:
    (order_id,) = untold(world, application)
    another = world.application()
    note_call = world.zonos.note_call
    first = iter([True])

    def force_meanwhile(version: str, operation: str, named: str) -> None:
        note_call(version, operation, named)
        if operation == TELL and next(first, False):
            take_over(another, order_id, "M-forced", force=True)
            assert numbers_at_zonos(world, [order_id]) == {order_id: "M-forced"}

    vars(world.zonos)["note_call"] = force_meanwhile
    assert run(application).write_backs.outstanding == 1  # for Zonos heard the first one last
    assert numbers_at_zonos(world, [order_id]) == {order_id: number(order_id)}

    assert run(application).write_backs.outstanding == 0

    assert numbers_at_zonos(world, [order_id]) == {order_id: "M-forced"}
    assert world.order(order_id)["merchant_order_id"] == "M-forced"
    assert is_written_back(world, order_id)


def test_a_fault_with_one_order_stops_neither_the_others_nor_the_run(
    world: World, application: Application
) -> None:
    spoilt, other = untold(world, application, 2)
    world.dynamodb.update_item(
        TableName="OrdersTable", Key={"order_id": {"S": spoilt}}, UpdateExpression="REMOVE revision"
    )

    summary = run(application)

    assert (summary.outcome, is_written_back(world, other)) == ("clean", True)
    assert summary.write_backs.causes == {spoilt: "KeyError"}


def test_bad_credentials_are_met_once(world: World, application: Application) -> None:
    untold(world, application, 3)
    body = b'{"error": "Invalid security credentials"}'
    world.zonos.answer_next(TELL, 200, "application/json", body)

    done = run(application).write_backs

    assert (world.zonos.calls(TELL), done.failed, done.outstanding) == (1, 1, 3)


def test_without_time_nothing_is_told_and_all_stays_outstanding(
    world: World, application: Application
) -> None:
    untold(world, application, 3)

    done = run(application, seconds=2.2).write_backs

    assert (done.outstanding, world.zonos.calls(TELL)) == (3, 0)


def test_the_record_of_a_number_that_zonos_learned_otherwise_is_closed(
    world: World, application: Application
) -> None:
    (order_id,) = untold(world, application)
    world.zonos.set_merchant_order_id(order_id, number(order_id))
    run(application, orderIds=[order_id])
    assert is_written_back(world, order_id)

    run(application)

    assert (records(world), world.zonos.calls(TELL)) == ({}, 0)


# What a run reports of it


def gauges(functions: Functions) -> dict[str, float]:
    functions.printed = ""
    functions.reconcile()
    names = ("WriteBacksOutstanding", "PersistentWriteBacks", "WriteBackConfirmed", "WriteBackFailed")
    return {name: value for name, value in functions.metrics.items() if name in names}


@pytest.fixture
def order_id(world: World, application: Application) -> str:
    (order_id,) = untold(world, application)
    return order_id


def test_a_run_reports_that_nothing_is_outstanding(functions: Functions) -> None:
    assert gauges(functions) == {"WriteBacksOutstanding": 0, "PersistentWriteBacks": 0}


def test_a_number_that_is_told_is_counted(functions: Functions, order_id: str) -> None:
    assert gauges(functions) == {
        "WriteBacksOutstanding": 0,
        "PersistentWriteBacks": 0,
        "WriteBackConfirmed": 1,
    }


@pytest.mark.parametrize("fault", ["status_500", "html_502"])
def test_a_run_that_could_not_ask_zonos_says_nothing_of_what_is_outstanding(
    functions: Functions, world: World, order_id: str, fault: str
) -> None:
    world.zonos.break_down(fault)  # type: ignore[arg-type]
    assert gauges(functions) == {}


def test_a_run_that_could_not_read_what_is_outstanding_says_that_it_failed(
    functions: Functions, world: World
) -> None:
    world.aws.fail("Scan", about="write_back")
    assert gauges(functions) == {"WriteBackFailed": 1}


def test_a_number_that_zonos_refuses_persists_after_an_hour(
    functions: Functions, world: World, clock: TestClock, order_id: str
) -> None:
    refuse(world, 100)
    told = []
    for _ in range(6):
        told.append(gauges(functions)["PersistentWriteBacks"])
        clock.pass_time(15 * MINUTE)
    assert told == [0] * 4 + [1] * 2


def test_a_number_that_zonos_could_not_be_told_persists_after_a_day(
    functions: Functions, world: World, clock: TestClock, order_id: str
) -> None:
    world.zonos.break_down("status_500", operation=TELL)
    told = []
    for _ in range(6):
        told.append(gauges(functions)["PersistentWriteBacks"])
        clock.pass_time(5 * HOUR)
    assert told == [0] * 5 + [1]


def test_after_a_long_outage_only_what_was_tried_again_in_vain_persists(
    functions: Functions, world: World, clock: TestClock, application: Application
) -> None:
    untold(world, application, 5)
    clock.pass_time(2 * DAY)
    world.zonos.break_down("status_500", operation=TELL)  # again, after the list
    told = gauges(functions)
    assert (told["WriteBacksOutstanding"], told["PersistentWriteBacks"]) == (5, 3)


def test_a_number_that_is_taken_at_last_persists_no_more(
    functions: Functions, world: World, clock: TestClock, order_id: str
) -> None:
    refuse(world)
    gauges(functions)
    clock.pass_time(DAY)
    assert gauges(functions)["PersistentWriteBacks"] == 0


def test_the_record_of_a_run_says_what_is_outstanding_and_why(world: World, application: Application) -> None:
    (order_id,) = pay(world)
    run(application)
    refuse(world, 2)
    take_over(application, order_id)
    key = {"kind": {"S": "run"}, "id": {"S": "reconcile"}}
    run(application)
    item = world.dynamodb.get_item(TableName="ReconciliationTable", Key=key)["Item"]
    told = item["summary"]["M"]["write_backs"]["M"]
    assert (told["outstanding"]["N"], told["failed"]["N"], told["causes"]["M"]) == ("1", "0", {})
