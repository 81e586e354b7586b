"""The built functions killed in the middle of their work: the next run finishes it, and nothing twice."""

import time

import pytest

from tests.emulated.lambda_emulator import EmulatedFunction
from tests.emulated.world import RECHECK, World, event
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import RECONCILIATION, SUCCESS_PAGE
from tests.tally import Tally

EACH_IN_REVIEW = 100  # one order in so many
LEASE_MARGIN_SECONDS = 10  # for how long a lease outlives the time-out of the run that took it
SCHEDULED = event("reconcile_scheduled")


def test_what_a_reconciliation_leaves_at_its_time_out_the_next_one_after_its_lease_finishes(
    emulated: World, tally: Tally
) -> None:
    pay(emulated, 500)
    reconciliation = emulated.function(RECONCILIATION, timeout=10)
    start(reconciliation)
    frozen = reconciliation.runtime
    emulated.zonos.at_look(50, reconciliation.freeze)
    with pytest.raises(InvocationFailed, match=r"Task timed out after 10\.00 seconds"):
        reconciliation.invoke(SCHEDULED)
    assert reconciliation.runtime is None
    assert 0 < lease_stands(emulated) <= LEASE_MARGIN_SECONDS
    stored = set(emulated.orders())

    assert reconciliation.invoke(SCHEDULED)["outcome"] == "busy"
    assert reconciliation.runtime not in (None, frozen)
    assert set(emulated.orders()) == stored

    time.sleep(max(0.0, lease_stands(emulated)))
    assert_finished(emulated, stored)
    tally.count("built functions killed in the middle")


def test_what_a_killed_reconciliation_leaves_the_next_one_after_its_lease_finishes(
    emulated: World, tally: Tally
) -> None:
    pay(emulated, 500)
    reconciliation = emulated.function(RECONCILIATION)
    emulated.zonos.at_look(250, reconciliation.kill)
    with pytest.raises(InvocationFailed, match="Runtime exited with error: signal: killed"):
        reconciliation.invoke(SCHEDULED)
    # The template's time-out was told; the lease is over before the next quarter of an hour.
    template_timeout = reconciliation.function.timeout
    assert template_timeout - 60 < lease_stands(emulated) <= template_timeout + LEASE_MARGIN_SECONDS

    assert reconciliation.invoke(SCHEDULED)["outcome"] == "busy"
    stored = set(emulated.orders())
    emulated.let_lease_expire()
    assert_finished(emulated, stored)
    tally.count("built functions killed in the middle")


def test_a_reconciliation_ends_by_itself_before_a_short_time_out_and_the_next_one_finishes(
    emulated: World,
) -> None:
    pay(emulated, 240)
    emulated.zonos.latency_ms = 500  # 240 orders, 16 at a time: 7.5 s at least
    reconciliation = emulated.function(RECONCILIATION, timeout=6)
    start(reconciliation)
    summary = reconciliation.invoke(SCHEDULED)
    assert (summary["outcome"], summary["stopped"]) == ("incomplete", "the time was nearly over")
    assert (summary["watermark"], emulated.noted("watermark")) == (None, [])
    assert summary["left"] == 240 - summary["imported_new"] > 0
    assert summary["imported_new"] == len(emulated.orders()) > 0
    assert emulated.noted("lease") == []

    emulated.zonos.latency_ms = 0
    assert_finished(emulated, set(emulated.orders()))


def test_the_order_of_a_killed_redirect_is_imported_by_the_next_reconciliation(
    emulated: World, tally: Tally
) -> None:
    order_id = emulated.zonos.pay("fraud_review")
    redirect = emulated.function(SUCCESS_PAGE)
    emulated.zonos.at_look(1, redirect.kill)
    with pytest.raises(InvocationFailed, match="signal: killed"):
        redirect.invoke(event("success_redirect", order_id))
    assert emulated.orders() == {}
    reconciliation = emulated.function(RECONCILIATION)
    assert reconciliation.invoke(SCHEDULED)["recovered"] == 1
    # The buyer comes again, and somebody imports the order by hand.
    assert redirect.invoke(event("success_redirect", order_id))["statusCode"] == 200
    assert reconciliation.invoke({"orderIds": [order_id]})["imported_unchanged"] == 1
    assert once(emulated) == {order_id: (1, 1)}
    assert list(emulated.review_loops()) == [f"{order_id}-1"]
    tally.count("built functions killed in the middle")


def test_a_killed_look_is_made_again(emulated: World, tally: Tally) -> None:
    order_id = emulated.zonos.pay("fraud_review")
    emulated.function(RECONCILIATION).invoke(SCHEDULED)
    emulated.zonos.release(order_id)
    recheck = emulated.function(RECHECK)
    emulated.zonos.at_look(1, recheck.kill)
    with pytest.raises(InvocationFailed, match="signal: killed"):
        recheck.invoke(event("recheck_order", order_id))
    assert emulated.orders()[order_id]["disposition"] == "HELD"
    assert recheck.invoke(event("recheck_order", order_id))["outcome"] == "settled"
    assert once(emulated) == {order_id: (2, 2)}
    tally.count("built functions killed in the middle")


def pay(emulated: World, times: int) -> None:
    for n in range(times):
        emulated.zonos.pay("pay" if n % EACH_IN_REVIEW else "fraud_review")


def start(function: EmulatedFunction) -> None:
    """Let the imports be done, which on Lambda are not the time of the first invocation."""
    with pytest.raises(InvocationFailed, match="the payload is not understood"):
        function.invoke({"nothing": "that is known"})


def lease_stands(emulated: World) -> float:
    """Return for how many seconds the one lease still keeps other runs away."""
    (lease,) = emulated.noted("lease")
    return float(lease["expires_at"]) / 1000 - time.time()


def assert_finished(emulated: World, stored: set[str]) -> None:
    """Run the next reconciliation: it asks for what is not stored, and then everything is there, once."""
    paid = [order.order_id for order in emulated.zonos.orders()]
    assert 0 < len(stored) < len(paid)
    emulated.zonos.reset_calls()
    summary = emulated.function(RECONCILIATION).invoke(SCHEDULED)
    assert (summary["outcome"], summary["listed"]) == ("clean", len(paid))
    assert summary["imported_new"] == len(paid) - len(stored)
    asked = {call.order_id for call in emulated.zonos.call_log() if call.operation == "orderDetail"}
    assert asked == set(paid) - stored
    assert once(emulated) == dict.fromkeys(paid, (1, 1))
    assert sorted(emulated.review_loops()) == [f"{order_id}-1" for order_id in paid[::EACH_IN_REVIEW]]
    assert emulated.noted("lease") == emulated.noted("failure") == []
    assert len(emulated.noted("watermark")) == 1


def once(emulated: World) -> dict[str, tuple[int, int]]:
    """Return each order's revision and the length of its history."""
    return {k: (int(order["revision"]), len(order["history"])) for k, order in emulated.orders().items()}
