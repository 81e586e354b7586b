"""How things stand, as each run reports it: the held orders, the oldest review, the lag, the credentials."""

from typing import Any

from tests.broken_aws import THROTTLED
from tests.integration.functions import Functions
from tests.sandbox.sam_template import ROOT
from tests.world import TestClock


def last_run(functions: Functions, **event: Any) -> dict[str, float]:
    """What one run reports by itself."""
    functions.printed = ""
    functions.reconcile(**event)
    return functions.metrics


def test_a_clean_run_emits_as_many_metrics_as_the_bill_is_said_to_have(functions: Functions) -> None:
    page = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    assert f"{len(last_run(functions))} are emitted by every clean run" in page


def test_a_run_reports_the_held_orders_by_reason_and_the_age_of_the_oldest_review(
    functions: Functions, clock: TestClock
) -> None:
    for kind in ("fraud_review", "csl_match", "test_order"):
        functions.redirect(f"orderId={functions.world.zonos.pay(kind)}")
    clock.pass_time(45 * 60)
    functions.redirect(f"orderId={functions.world.zonos.pay('fraud_review')}")
    clock.pass_time(5 * 60 + 59)
    told = last_run(functions)
    held = {name: value for name, value in told.items() if name.startswith("Held")}
    assert {name for name, value in held.items() if value == 0} == {
        "HeldOnHold",
        "HeldCancellationRequested",
        "HeldUnknownStatus",
        "HeldBeforeGoLive",
        "HeldReviewExpired",
        "HeldErased",
    }
    assert (held["HeldFraudReview"], held["HeldCslMatch"], held["HeldTestOrder"]) == (2, 1, 1)
    assert told["OldestReviewMinutes"] == 50


def test_a_run_reports_by_reason_for_how_many_days_the_oldest_order_is_held(
    functions: Functions, clock: TestClock
) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay('csl_match')}")
    assert last_run(functions)["DaysHeldCslMatch"] == 0
    clock.pass_time(9 * 86_400)
    functions.redirect(f"orderId={functions.world.zonos.pay('csl_match')}")
    told = last_run(functions)
    assert (told["DaysHeldCslMatch"], told["HeldCslMatch"], told["DaysHeldFraudReview"]) == (9, 2, 0)


def test_without_a_review_the_oldest_is_of_no_age(functions: Functions) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay('csl_match')}")
    assert last_run(functions)["OldestReviewMinutes"] == 0


def test_a_beginning_that_somebody_spoilt_is_left_out_of_the_age(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.dynamodb.update_item(
        TableName="OrdersTable",
        Key={"order_id": {"S": order_id}},
        UpdateExpression="SET review_started_at = :then",
        ExpressionAttributeValues={":then": {"S": "yesterday"}},
    )
    told = last_run(functions)
    assert (told["OldestReviewMinutes"], told["HeldFraudReview"]) == (0, 1)


def test_a_run_that_cannot_look_says_nothing_of_held_orders(functions: Functions) -> None:
    functions.world.aws.fail("Scan")
    told = last_run(functions)
    assert not {name for name in told if name.startswith(("Held", "DaysHeld"))} | (
        told.keys() & {"OldestReviewMinutes"}
    )
    assert told["ReconcileClean"] == 1


def test_a_run_reports_how_many_orders_wait_to_be_taken_over(functions: Functions) -> None:
    assert last_run(functions)["WaitingForHandOver"] == 0
    first, _second = functions.world.zonos.pay(), functions.world.zonos.pay()
    functions.world.zonos.pay("fraud_review")
    assert last_run(functions)["WaitingForHandOver"] == 2
    functions.desk(takeOver={"orderId": first, "merchantOrderId": "M-1"})
    assert last_run(functions)["WaitingForHandOver"] == 1


def test_the_orders_that_wait_are_counted_while_zonos_is_down(functions: Functions) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay()}")
    functions.world.zonos.break_down("status_500")
    told = last_run(functions)
    assert (told["ReconcileFailed"], told["WaitingForHandOver"]) == (1, 1)


def test_a_run_that_cannot_count_those_that_wait_says_nothing_of_them(functions: Functions) -> None:
    functions.world.aws.fail("Scan", about='"to_ship"')
    told = last_run(functions)
    assert "WaitingForHandOver" not in told
    assert (told["ReconcileClean"], told["HeldFraudReview"], told["WriteBacksOutstanding"]) == (1, 0, 0)


def test_neither_a_run_by_hand_nor_one_that_meets_another_says_how_many_wait(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    assert "WaitingForHandOver" not in last_run(functions, orderIds=[order_id])
    functions.world.take_lease("another run")
    assert "WaitingForHandOver" not in last_run(functions)


def test_the_lag_grows_until_a_run_is_clean_again(functions: Functions, clock: TestClock) -> None:
    assert last_run(functions)["ReconcileLagMinutes"] == 0
    functions.world.zonos.break_down("status_500")
    lags = []
    for _ in range(2):
        clock.pass_time(15 * 60)
        lags.append(last_run(functions)["ReconcileLagMinutes"])
    functions.world.zonos.recover()
    assert lags == [15, 30]
    assert last_run(functions)["ReconcileLagMinutes"] == 0


def test_before_the_first_clean_run_the_lag_counts_from_the_first_run(
    functions: Functions, clock: TestClock
) -> None:
    functions.world.zonos.break_down("status_500")
    functions.reconcile()
    clock.pass_time(20 * 60)
    assert last_run(functions)["ReconcileLagMinutes"] == 20


def test_a_run_with_bad_credentials_says_nothing_of_its_lag(functions: Functions) -> None:
    functions.world.zonos.secret = "another"
    told = last_run(functions)
    assert (told["BadCredentials"], "ReconcileLagMinutes" in told) == (1, False)


def test_a_run_that_did_not_hear_of_zonos_says_nothing_of_the_credentials(functions: Functions) -> None:
    assert last_run(functions)["BadCredentials"] == 0
    functions.world.zonos.break_down("status_500")
    assert "BadCredentials" not in last_run(functions)


def test_a_lag_that_could_not_be_noted_is_not_reported(functions: Functions) -> None:
    functions.world.aws.fail("UpdateItem", THROTTLED, about='{"S": "run"}')
    assert "ReconcileLagMinutes" not in last_run(functions)


def test_a_run_that_a_newer_one_has_overtaken_does_not_report_the_lag(
    functions: Functions, clock: TestClock
) -> None:
    newer = clock.now_ms() + 60_000
    assert functions.world.reconciliation_table.note_run(newer, {}) == newer
    assert functions.world.reconciliation_table.note_run(newer - 1, {}) is None
    told = last_run(functions)
    assert (told["ReconcileClean"], "ReconcileLagMinutes" in told) == (1, False)


def test_the_looks_of_a_review_do_not_hide_that_a_failure_persists(
    functions: Functions, clock: TestClock
) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.edit(order_id, orderId="999-7")
    told = []
    for _ in range(12):
        functions.recheck(order_id)
        clock.pass_time(10 * 60)
        told.append(last_run(functions)["PersistentFailures"])
        clock.pass_time(5 * 60)
    assert told == [0] * 4 + [1] * 8
