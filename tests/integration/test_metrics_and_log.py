"""What the handlers tell: the metrics that alarms wait for, and nothing that may not be told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.broken_aws import THROTTLED
from tests.integration.functions import JSON, Functions
from tests.world import SECRET, LambdaContext, TestClock

# The metrics


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


SITUATIONS: list[tuple[Callable[[Functions], None], dict[str, int]]] = [
    (
        recovered,
        {"OrderImported": 1, "OrderImportedByReconcile": 1, "OrdersRecovered": 1, "ReconcileClean": 1},
    ),
    (poisoned, {"ImportFailed": 1, "ImportFailedUnexpectedAnswer": 1, "ReconcileClean": 1}),
    (listing_down, {"ReconcileFailed": 1}),
    (redirect_down, {"RedirectZonosFailed": 1, "ImportFailed": 1, "ImportFailedZonosUnavailable": 1}),
    (redirect_broken, {"RedirectFailed": 1, "ImportFailed": 1, "ImportFailedAwsUnavailable": 1}),
    (redirect_bug, {"RedirectFailed": 1, "ImportFailed": 1, "ImportFailedUnforeseen": 1}),
    (redirect_refused, {"RedirectZonosFailed": 1, "BadCredentials": 1, "ImportFailed": 1}),
    (released, {"OrderReleased": 1, "OrderChanged": 1, "OrderImportedBySuccessRedirect": 1}),
    (with_status, {"OrderImported": 1, "UnknownStatus": 1}),
    (with_match, {"OrderImported": 1, "RestrictedPartyMatch": 1}),
    (without_date, {"OrderImported": 1, "ContractChanged": 1}),
    (unreadable_listing, {"OrderImported": 1, "ContractChanged": 2, "ReconcileClean": 1}),
    (long_review, {"OrderImported": 1, "ReviewExpired": 1}),
    (bad_credentials, {"BadCredentials": 1, "ReconcileFailed": 1}),
    (stale_answer, {"StaleAnswer": 1, "OrderImported": 1}),
    (failed_look, {"OrderImported": 1, "ImportFailed": 1, "ImportFailedZonosUnavailable": 1}),
    (refused_look, {"OrderImported": 1, "ImportFailed": 1, "BadCredentials": 1}),
]
COUNTED = {name for _, expected in SITUATIONS for name in expected} | {"ReviewStartFailed"}
# Reported whenever something is imported or fails, and of interest to some situations only.
BY_THE_WAY = {
    "BadCredentials",
    "ReconcileClean",
    "OrdersRecovered",
    "OrderImported",
    "OrderImportedByReconcile",
    "OrderImportedBySuccessRedirect",
    "ImportFailedBadCredentials",
}


@pytest.mark.parametrize(("happen", "expected"), SITUATIONS, ids=[one.__name__ for one, _ in SITUATIONS])
def test_what_happens_is_counted(
    functions: Functions, happen: Callable[[Functions], None], expected: dict[str, int]
) -> None:
    happen(functions)
    alarming = {name: times for name, times in functions.metrics.items() if name in COUNTED}
    assert expected.items() <= alarming.items()
    assert {name for name in alarming.keys() - expected.keys() if alarming[name]} <= BY_THE_WAY


def test_a_review_that_cannot_start_is_counted_by_each_way_in(functions: Functions) -> None:
    functions.world.aws.fail("StartExecution")
    order_id = functions.world.zonos.pay("fraud_review")
    answer = functions.redirect(f"orderId={order_id}")
    assert (answer["statusCode"], functions.metrics["ReviewStartFailed"]) == (200, 1)
    functions.reconcile()
    assert functions.metrics["ReviewStartFailed"] == 2
    functions.world.aws.recover()
    functions.reconcile()
    assert (functions.metrics["ReviewStartFailed"], functions.metrics["ReviewsRestarted"]) == (2, 1)


def test_what_was_known_already_is_not_counted_again(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("csl_match", details={"orderStatus": "NEW", "orderDate": None})
    functions.redirect(f"orderId={order_id}")
    before = functions.metrics
    functions.reconcile(orderIds=[order_id])
    now = functions.metrics
    for name in ("OrderImported", "UnknownStatus", "RestrictedPartyMatch", "ContractChanged"):
        assert (before[name], now[name]) == (1, 1)


def test_a_dry_run_counts_no_imports(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("csl_match")
    functions.reconcile(orderIds=[order_id], dryRun=True)
    assert not functions.metrics.keys() & {"OrderImported", "RestrictedPartyMatch"}


@pytest.mark.parametrize("result", ['{"S": "watermark"}', '{"S": "run"}'])
def test_a_restricted_party_match_alarms_although_the_run_cannot_be_written_down(
    functions: Functions, result: str
) -> None:
    functions.world.zonos.pay("csl_match")
    functions.world.aws.fail("UpdateItem", THROTTLED, about=result)
    functions.reconcile()
    assert functions.metrics["RestrictedPartyMatch"] == 1


@pytest.mark.parametrize("secret", [SECRET, "another"])
def test_a_dry_run_raises_no_alarm_on_what_it_meets(functions: Functions, secret: str) -> None:
    order_id = functions.world.zonos.pay(details={"orderId": "999-7"})
    functions.world.zonos.secret = secret
    answer = functions.reconcile(orderIds=[order_id], dryRun=True)
    assert answer["failed"]
    assert not functions.metrics.keys() & {"ImportFailed", "BadCredentials"}


def test_a_run_by_hand_does_not_silence_the_alarm_on_missing_runs(functions: Functions) -> None:
    functions.reconcile(sinceDate="20260101")
    assert functions.metrics == {"ReconcileByHand": 1}


def test_a_run_that_meets_another_is_neither_clean_nor_failed(functions: Functions) -> None:
    functions.world.take_lease("another run")
    assert functions.reconcile()["outcome"] == "busy"
    assert functions.metrics == {"ReconcileBusy": 1}


def test_a_match_is_counted_once_and_not_again_when_its_order_changes(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("csl_match")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.edit(order_id)
    functions.reconcile(orderIds=[order_id])
    assert (functions.metrics["OrderChanged"], functions.metrics["RestrictedPartyMatch"]) == (1, 1)


# How things stand


def last_run(functions: Functions, **event: Any) -> dict[str, float]:
    """What one run reports by itself."""
    functions.printed = ""
    functions.reconcile(**event)
    return functions.metrics


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
    }
    assert (held["HeldFraudReview"], held["HeldCslMatch"], held["HeldTestOrder"]) == (2, 1, 1)
    assert told["OldestReviewMinutes"] == 50


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
    assert not {name for name in told if name.startswith("Held")} | (told.keys() & {"OldestReviewMinutes"})
    assert told["ReconcileClean"] == 1


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


# What may not be told


def test_nothing_of_the_request_but_the_number_is_told(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.redirect("orderId=999-100&email=ada.sample%40example.com&token=hush-hush")
    functions.redirect("orderId=hush-hush")
    assert "hush" not in functions.printed


def test_the_reference_of_a_cart_is_not_told(functions: Functions) -> None:
    functions.reconcile(referenceIds=["cart-of-ada"])
    assert "cart-of-ada" not in functions.printed


def test_every_failure_is_told_with_its_order_and_its_cause(functions: Functions) -> None:
    poisoned(functions)
    told = [line for line in functions.lines if line.get("level") == "ERROR"]
    assert [line["order_id"] for line in told] == ["999-100"]
    assert told[0]["error"].startswith("UnexpectedAnswer: ")


@pytest.mark.parametrize(
    ("happen", "error"),
    [(failed_look, "ZonosUnavailable"), (long_review, None), (redirect_down, "ZonosUnavailable")],
)
def test_what_a_person_must_know_is_told_as_an_error(
    functions: Functions, happen: Callable[[Functions], None], error: str | None
) -> None:
    happen(functions)
    (told,) = [line for line in functions.lines if line.get("level") == "ERROR"]
    assert told["order_id"] == "999-100"
    assert error is None or told["error"].startswith(error)


def test_a_run_that_failed_is_told_as_an_error(functions: Functions) -> None:
    listing_down(functions)
    (told,) = [line for line in functions.lines if line.get("level") == "ERROR"]
    assert (told["run"]["outcome"], told["dry_run"]) == ("unavailable", False)


@pytest.mark.parametrize(
    ("details", "fails"), [({"orderDate": None}, False), ({}, True), ({"orderDate": None}, True)]
)
def test_an_order_that_needs_a_look_is_told_by_the_run_that_met_it(
    functions: Functions, details: dict[str, Any], fails: bool
) -> None:
    functions.world.zonos.pay("fraud_review", details=details)
    if fails:
        functions.world.aws.fail("StartExecution")
    functions.reconcile()
    (told,) = [line for line in functions.lines if line.get("level") == "WARNING"]
    assert told["order_id"] == "999-100"
    assert (bool(told["contract_changes"]), "review_failure" in told) == (bool(details), fails)


def test_an_order_that_needs_a_look_is_told_by_the_look_that_met_it(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.set_status(order_id, "")
    functions.recheck(order_id)
    (told,) = [line for line in functions.lines if line.get("level") == "WARNING"]
    assert (told["order_id"], told["contract_changes"]) == (order_id, ["orderStatus"])


def test_a_redirect_tells_what_became_of_its_order(functions: Functions) -> None:
    functions.world.zonos.pay("fraud_review")
    functions.redirect("orderId=999-100")
    (told,) = [line for line in functions.lines if line.get("level") == "INFO"]
    assert (told["order_id"], told["state"], told["outcome"]) == ("999-100", "confirming", "new")
    assert (told["disposition"], told["hold_reasons"]) == ("HELD", ["FRAUD_REVIEW"])
    assert functions.metrics["RedirectConfirming"] == 1


def test_every_line_names_its_invocation(functions: Functions) -> None:
    functions.world.zonos.pay("fraud_review")
    functions.redirect("orderId=999-100")
    functions.reconcile(orderIds=["999-100"], dryRun=True)
    functions.recheck("999-100")
    told = [line for line in functions.lines if "level" in line]
    assert [line["function_request_id"] for line in told] == [LambdaContext.aws_request_id] * 3
    assert told[1]["dry_run"] is True


def test_a_status_of_another_form_is_not_repeated_in_the_log(functions: Functions) -> None:
    paid = functions.world.zonos.pay(details={"orderStatus": "held for Ada Nobody"})
    functions.redirect(f"orderId={paid}")
    assert functions.world.order(paid)["zonos_status"] == "held for Ada Nobody"
    assert "Ada" not in functions.printed
    assert "(not a status)" in functions.printed
