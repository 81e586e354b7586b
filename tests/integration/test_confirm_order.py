"""The buyer who comes back from the checkout gets an answer, whatever fails behind it."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest

from tests.broken_aws import THROTTLED, UNREACHABLE
from tests.integration.runs import run
from tests.sandbox.zonos_simulator import FaultKind, Purchase
from tests.world import TestClock, World
from zonos_orders.clock import Clock
from zonos_orders.confirm_order import Brake, State
from zonos_orders.errors import InvalidOrderId
from zonos_orders.merge import Outcome
from zonos_orders.wiring import Application


def wait_for_calls(world: World, calls: int) -> None:
    """Wait until so many orders have been asked for, three seconds at most."""
    for _ in range(300):
        if world.zonos.calls("orderDetail") >= calls:
            return
        time.sleep(0.01)
    raise AssertionError("Zonos was not asked")


# The ordinary paths


STATES: list[tuple[Purchase, str, State]] = [
    ("pay", "IGLOBAL_ORDER_IN_PROCESS", State.CONFIRMED),
    ("pay", "VENDOR_PREPARING_ORDER", State.CONFIRMED),
    ("pay", "VENDOR_END_OF_DAY_COMPLETE", State.CONFIRMED),
    ("pay", "IGLOBAL_ORDER_CANCELLED", State.CONFIRMING),
    ("pay", "IGLOBAL_FRAUD_REVIEW", State.CONFIRMING),
    ("pay", "SOMETHING_NEW", State.CONFIRMING),
    ("test_order", "IGLOBAL_ORDER_IN_PROCESS", State.CONFIRMING),
    ("csl_match", "IGLOBAL_ORDER_IN_PROCESS", State.CONFIRMING),
]


def test_the_buyer_learns_only_whether_the_order_is_confirmed(world: World, application: Application) -> None:
    for kind, status, state in STATES:
        order_id = world.zonos.pay(kind)
        world.zonos.set_status(order_id, status)
        first, again = application.confirm_order(order_id), application.confirm_order(order_id)
        assert (first.state, first.order_id, again.state) == (state, order_id, state)


def test_every_spelling_of_the_number_names_the_same_order(world: World, application: Application) -> None:
    order_id = world.zonos.pay()
    spellings = ["100", "0000100", "999-100", "999-00100"]
    assert {application.confirm_order(spelling).order_id for spelling in spellings} == {order_id}
    assert world.order_ids() == {order_id}


def test_what_is_no_number_is_refused(application: Application) -> None:
    with pytest.raises(InvalidOrderId):
        application.confirm_order("999-10x0")


def test_once_it_has_landed_zonos_is_asked_no_more(world: World, application: Application) -> None:
    order_id = world.zonos.pay()
    application.confirm_order(order_id)
    world.zonos.reset_calls()
    again = [application.confirm_order(order_id) for _ in range(10)]
    assert {(one.state, one.imported) for one in again} == {(State.CONFIRMED, None)}
    assert world.zonos.calls() == 0


def test_fifty_redirects_eight_at_once_make_one_order_with_one_loop(world: World) -> None:
    order_id = world.zonos.pay("fraud_review")
    world.zonos.latency_ms = 20
    instances = [world.application() for _ in range(8)]
    with ThreadPoolExecutor(8) as buyers:
        work = [
            buyers.submit(instance.confirm_order, order_id)
            for instance, _ in zip(cycle(instances), range(50), strict=False)
        ]
        states = {done.result().state for done in work}
    item = world.order(order_id)
    assert (states, item["revision"], len(item["history"])) == ({State.CONFIRMING}, 1, 1)
    assert set(world.executions()) == {f"{order_id}-1"}


def test_the_redirect_and_the_reconciliation_of_one_order_both_succeed(world: World) -> None:
    order_id = world.zonos.pay("fraud_review")
    world.zonos.break_down("silence", operation="orderDetail")
    redirect, scheduled = world.application(), world.application()
    with ThreadPoolExecutor(2) as pool:
        summary = pool.submit(run, scheduled)
        wait_for_calls(world, 1)
        confirmation = pool.submit(redirect.confirm_order, order_id)
        wait_for_calls(world, 2)
        world.zonos.recover()  # both are answered at once
    assert (confirmation.result().failure, summary.result().outcome) == (None, "clean")
    item = world.order(order_id)
    assert (item["revision"], len(item["history"]), world.failures()) == (1, 1, {})
    assert set(world.executions()) == {f"{order_id}-1"}


# What is not known


def test_a_buyer_faster_than_zonos_is_confirmed_a_second_later(
    world: World, application: Application
) -> None:
    world.zonos.break_down("not_yet", seconds=0.5)
    assert application.confirm_order(world.zonos.pay()).state is State.CONFIRMED
    assert world.zonos.calls("orderDetail") == 2


def test_an_unknown_number_leaves_no_trace(world: World, application: Application) -> None:
    confirmation = application.confirm_order("999-4711")
    assert (confirmation.state, confirmation.order_id) == (State.UNKNOWN, "")
    assert (world.order_ids(), world.executions(), world.failures()) == (set(), {}, {})


def test_zonos_is_not_asked_twice_when_the_first_answer_took_long(
    world: World, application: Application
) -> None:
    world.each_call_takes = 3
    assert application.confirm_order("999-4711").state is State.UNKNOWN
    assert world.zonos.calls() == 1


def test_another_stores_number_is_unknown_before_any_call(world: World, application: Application) -> None:
    world.aws.fail("*")
    confirmation = application.confirm_order("998-100")
    assert (confirmation.state, confirmation.failure, world.zonos.calls()) == (State.UNKNOWN, None, 0)


# Floods


@pytest.fixture
def braked(world: World, application: Application) -> Application:
    """An instance that has just been asked for ten unknown numbers."""
    for number in range(5000, 5010):
        application.confirm_order(f"999-{number}")
    world.zonos.reset_calls()
    return application


def test_after_ten_unknown_numbers_zonos_is_spared(world: World, braked: Application) -> None:
    assert braked.confirm_order("999-5999").state is State.UNKNOWN
    assert world.zonos.calls() == 0


def test_the_brake_does_not_hide_orders_that_are_known(world: World, braked: Application) -> None:
    order_id = world.zonos.pay()
    run(braked)
    assert braked.confirm_order(order_id).state is State.CONFIRMED


def test_the_brake_ends_after_a_minute(world: World, braked: Application, clock: TestClock) -> None:
    order_id = world.zonos.pay()
    clock.pass_time(61)
    assert braked.confirm_order(order_id).state is State.CONFIRMED


def test_ten_unknown_numbers_over_more_than_a_minute_are_no_flood(
    world: World, clock: TestClock, application: Application
) -> None:
    for number in range(5000, 5010):
        application.confirm_order(f"999-{number}")
        clock.pass_time(7)
    assert application.confirm_order(world.zonos.pay()).state is State.CONFIRMED


def test_a_flood_while_zonos_is_down_leaves_few_records(world: World, application: Application) -> None:
    world.zonos.break_down("status_500")
    states = {application.confirm_order(f"999-{number}").state for number in range(5000, 5030)}
    assert states == {State.CONFIRMING}
    assert len(world.failures()) == 10


def test_the_brake_counts_anew_after_it_was_on() -> None:
    clock = TestClock()
    brake = Brake(2, clock)
    brake.count("999-1")
    brake.count("999-2")
    clock.pass_time(61)
    brake.count("999-3")
    assert not brake.is_on


def test_pages_that_look_again_are_no_flood_and_quick_repeats_are_one() -> None:
    clock = TestClock()
    brake = Brake(4, clock)
    for order_id in ("999-1", "999-2", "999-3"):
        brake.count(order_id)
    for _ in range(2):
        clock.pass_time(15)
        for order_id in ("999-1", "999-2", "999-3"):
            brake.count(order_id)
    assert not brake.is_on
    brake.count("999-1")
    assert brake.is_on


def test_a_page_that_looks_again_asks_zonos_once_and_waits_for_nothing(
    world: World, application: Application, clock: TestClock
) -> None:
    assert application.confirm_order("999-4711").state is State.UNKNOWN
    assert world.zonos.calls("orderDetail") == 2
    began = clock.now_ms()
    assert application.confirm_order("999-4711", is_first_look=False).state is State.UNKNOWN
    assert (world.zonos.calls("orderDetail"), clock.now_ms()) == (3, began)


# Failures of Zonos


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited", "silence"])
def test_zonos_failing_is_not_the_buyers_problem(world: World, fault: FaultKind) -> None:
    order_id = world.zonos.pay()
    world.zonos.break_down(fault, seconds=20)
    began = time.monotonic()
    confirmation = world.application(Clock()).confirm_order(order_id)
    assert time.monotonic() - began < 8
    assert (confirmation.state, confirmation.order_id) == (State.CONFIRMING, order_id)
    assert world.failures()[order_id].error == confirmation.failure


@pytest.mark.parametrize("fault", ["status_500", "html_502"])
def test_what_failed_while_zonos_was_down_is_imported_by_the_next_run(
    world: World, application: Application, fault: FaultKind
) -> None:
    order_id = world.zonos.pay()
    world.zonos.break_down(fault)
    application.confirm_order(order_id)
    world.zonos.recover()
    assert run(application).outcome == "clean"
    assert (world.order(order_id)["imported_by"], world.failures()) == ("reconcile", {})


def test_an_answer_that_is_not_understood_is_recorded(world: World, application: Application) -> None:
    order_id = world.zonos.pay()
    world.zonos.answer_next("orderDetail", 200, "application/json", b'{"order": []}')
    confirmation = application.confirm_order(order_id)
    assert confirmation.state is State.CONFIRMING
    assert world.failures()[order_id].error.startswith("UnexpectedAnswer: ")


def test_wrong_credentials_are_not_the_buyers_problem(world: World, application: Application) -> None:
    world.zonos.secret = "another"
    confirmation = application.confirm_order(world.zonos.pay())
    assert confirmation.state is State.CONFIRMING
    assert (confirmation.failure or "").startswith("BadCredentials: ")


# Failures of AWS


@pytest.mark.parametrize("error", [UNREACHABLE, THROTTLED])
def test_all_of_aws_down_is_not_the_buyers_problem(
    world: World, application: Application, error: Exception
) -> None:
    order_id = world.zonos.pay()
    world.aws.fail("*", error)
    confirmation = application.confirm_order(order_id)
    assert confirmation.state is State.CONFIRMING
    assert (confirmation.failure or "").startswith("AwsUnavailable: ")
    world.aws.recover()
    assert run(application).recovered == 1


def test_aws_that_never_answers_is_left_behind_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{silent.getsockname()[1]}")
        application = world.application(Clock())
        began = time.monotonic()
        confirmation = application.confirm_order(world.zonos.pay())
        assert time.monotonic() - began < 8
    assert (confirmation.state, confirmation.failure) == (State.CONFIRMING, "Overrun")


def test_an_order_is_safe_although_its_review_cannot_start(world: World, application: Application) -> None:
    order_id = world.zonos.pay("fraud_review")
    world.aws.fail("StartExecution", THROTTLED)
    confirmation = application.confirm_order(order_id)
    assert (confirmation.state, confirmation.failure) == (State.CONFIRMING, None)
    assert confirmation.imported is not None
    assert confirmation.imported.outcome is Outcome.NEW
    assert (
        confirmation.imported.review_failure == "AwsUnavailable: start the review loop: ThrottlingException"
    )
    assert world.order(order_id)["disposition"] == "HELD"


def test_a_review_that_could_not_start_is_started_by_the_next_run(
    world: World, application: Application
) -> None:
    order_id = world.zonos.pay("fraud_review")
    world.aws.fail("StartExecution")
    application.confirm_order(order_id)
    world.aws.recover()
    assert run(application).restarts.restarted == 1
    assert set(world.executions()) == {f"{order_id}-1"}


def test_the_brake_is_on_for_a_whole_minute() -> None:
    clock = TestClock()
    brake = Brake(1, clock)
    brake.count("999-1")
    clock.pass_time(59)
    assert brake.is_on
    clock.pass_time(2)
    assert not brake.is_on


def test_nine_unknown_numbers_are_no_flood(world: World, application: Application) -> None:
    for number in range(5000, 5009):
        application.confirm_order(f"999-{number}")
    assert application.confirm_order(world.zonos.pay()).state is State.CONFIRMED
