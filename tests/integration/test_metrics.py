"""What happens is counted, for the alarms that wait for it."""

from collections.abc import Callable

import pytest

from tests.broken_aws import THROTTLED
from tests.integration import situations
from tests.integration.functions import Functions
from tests.world import SECRET

SITUATIONS: list[tuple[Callable[[Functions], None], dict[str, int]]] = [
    (
        situations.recovered,
        {"OrderImported": 1, "OrderImportedByReconcile": 1, "OrdersRecovered": 1, "ReconcileClean": 1},
    ),
    (situations.poisoned, {"ImportFailed": 1, "ImportFailedUnexpectedAnswer": 1, "ReconcileClean": 1}),
    (situations.listing_down, {"ReconcileFailed": 1}),
    (
        situations.redirect_down,
        {"RedirectZonosFailed": 1, "ImportFailed": 1, "ImportFailedZonosUnavailable": 1},
    ),
    (situations.redirect_broken, {"RedirectFailed": 1, "ImportFailed": 1, "ImportFailedAwsUnavailable": 1}),
    (situations.redirect_bug, {"RedirectFailed": 1, "ImportFailed": 1, "ImportFailedUnforeseen": 1}),
    (situations.redirect_refused, {"RedirectZonosFailed": 1, "BadCredentials": 1, "ImportFailed": 1}),
    (situations.released, {"OrderReleased": 1, "OrderChanged": 1, "OrderImportedBySuccessRedirect": 1}),
    (situations.with_status, {"OrderImported": 1, "UnknownStatus": 1}),
    (situations.with_match, {"OrderImported": 1, "RestrictedPartyMatch": 1}),
    (situations.without_date, {"OrderImported": 1, "ContractChanged": 1}),
    (situations.unreadable_listing, {"OrderImported": 1, "ContractChanged": 2, "ReconcileClean": 1}),
    (situations.long_review, {"OrderImported": 1, "ReviewExpired": 1}),
    (situations.bad_credentials, {"BadCredentials": 1, "ReconcileFailed": 1}),
    (situations.stale_answer, {"StaleAnswer": 1, "OrderImported": 1}),
    (situations.failed_look, {"OrderImported": 1, "ImportFailed": 1, "ImportFailedZonosUnavailable": 1}),
    (situations.refused_look, {"OrderImported": 1, "ImportFailed": 1, "BadCredentials": 1}),
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
    assert functions.metrics == {"ReconcileByHand": 1, "ZonosMilliseconds": 0}


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
