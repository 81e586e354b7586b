"""Each alarm on our own metrics is raised by what its situation makes the real handlers print."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

import pytest

from tests.alarms.cloudwatch import messages
from tests.alarms.episode import Episode
from tests.alarms.template_alarms import RESOURCES, STACK, TEMPLATE, template_alarms
from tests.alarms.test_operations import METRICS
from tests.integration.functions import JSON, Functions
from tests.integration.hand_overs import refuse
from tests.world import TestClock
from zonos_orders.errors import UnexpectedAnswer

HOUR = 60


def zonos_is_down(now: Episode) -> None:
    now.functions.reconcile()
    now.until(15)
    now.zonos.break_down("status_500")
    for minute in (15, 75):
        now.until(minute)
        now.functions.reconcile()


def nothing_runs(now: Episode) -> None:
    now.functions.reconcile()


def the_secret_is_wrong(now: Episode) -> None:
    now.zonos.secret = "another"
    now.functions.reconcile()


def an_order_is_poisoned(now: Episode) -> None:
    now.zonos.pay(details={"orderId": "999-7"})
    for minute in range(0, HOUR + 15, 15):
        now.until(minute)
        now.functions.reconcile()


def zonos_refuses_a_number(now: Episode) -> None:
    order_id = now.zonos.pay()
    now.functions.reconcile()
    refuse(now.functions.world, 6)
    assert now.functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})["taken_over"]
    for minute in range(0, HOUR + 30, 15):
        now.until(minute)
        now.functions.reconcile()


def a_ready_order_is_cancelled(now: Episode) -> None:
    order_id = now.zonos.pay()
    now.functions.reconcile()
    now.until(15)
    now.zonos.cancel(order_id)
    now.functions.reconcile()


def a_status_is_new(now: Episode) -> None:
    now.zonos.set_status(now.zonos.pay(), "SOMETHING_NEW")
    for _ in range(2):
        now.functions.reconcile()


def an_order_has_no_date(now: Episode) -> None:
    now.functions.redirect(f"orderId={now.zonos.pay(details={'orderDate': None})}")


def the_list_is_odd(now: Episode) -> None:
    body = f'{{"orders": [{{"nummer": 5}}, {{"id": "{now.zonos.pay()}"}}]}}'
    now.zonos.answer_next("orderNumbers", 200, JSON, body.encode())
    now.functions.reconcile()


def a_review_goes_on_and_on(now: Episode) -> None:
    order_id = now.zonos.pay("fraud_review")
    now.functions.redirect(f"orderId={order_id}")
    now.until(30 * 24 * HOUR)
    assert now.functions.recheck(order_id)["outcome"] == "expired"


def an_order_matches(now: Episode) -> None:
    now.functions.redirect(f"orderId={now.zonos.pay('csl_match')}")


def nothing_can_be_erased(now: Episode) -> None:
    now.functions.world.aws.fail("Query", about='"erased"')
    for minute in (0, 90):
        now.until(minute)
        now.functions.reconcile()


def reviews_cannot_be_started(now: Episode) -> None:
    now.functions.world.aws.fail("StartExecution")
    now.zonos.pay("fraud_review")
    for minute in (0, 90):
        now.until(minute)
        now.functions.reconcile()


def the_table_is_throttled(now: Episode) -> None:
    now.functions.world.aws.fail("GetItem")
    for _ in range(3):
        now.functions.redirect(f"orderId={now.zonos.pay()}")


def a_slice_of_a_backfill_is_not_understood(now: Episode) -> None:
    now.functions.reconcile()
    now.zonos.answer_next("orderNumbers", 200, JSON, b'{"orders": 5}')
    window = {"sinceDate": "20240101", "throughDate": "20240104"}
    with pytest.raises(UnexpectedAnswer):
        now.functions.invoke("backfill_orders", {"slice": window, "so_far": {}})


SITUATIONS: Mapping[Callable[[Episode], None], str] = {
    zonos_is_down: "NoCleanReconciliationAlarm",
    nothing_runs: "ReconciliationMissingAlarm",
    the_secret_is_wrong: "BadCredentialsAlarm",
    an_order_is_poisoned: "PersistentFailuresAlarm",
    zonos_refuses_a_number: "WriteBacksOutstandingAlarm",
    a_ready_order_is_cancelled: "CancelledAfterReadyAlarm",
    a_status_is_new: "UnknownStatusAlarm",
    an_order_has_no_date: "ContractChangedAlarm",
    the_list_is_odd: "ContractChangedAlarm",
    a_review_goes_on_and_on: "ReviewExpiredAlarm",
    an_order_matches: "RestrictedPartyMatchAlarm",
    nothing_can_be_erased: "ErasureFailedAlarm",
    reviews_cannot_be_started: "ReviewsNotStartedAlarm",
    the_table_is_throttled: "RedirectFailedAlarm",
    a_slice_of_a_backfill_is_not_understood: "BackfillSliceFailedAlarm",
}
# AWS's own: the dimensions under which AWS documents each metric.
OF_AWS = {
    ("AWS/ApiGateway", "5xx"): ["ApiId"],
    ("AWS/Lambda", "Errors"): ["FunctionName"],
    ("AWS/Lambda", "IteratorAge"): ["FunctionName"],
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ["QueueName"],
    ("AWS/States", "ExecutionsFailed"): ["StateMachineArn"],
    ("AWS/States", "ExecutionsTimedOut"): ["StateMachineArn"],
    ("AWS/States", "ExecutionsAborted"): ["StateMachineArn"],
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_what_happens_raises_its_alarm_and_no_other(
    functions: Functions, clock: TestClock, situation: Callable[[Episode], None]
) -> None:
    now = Episode(functions, clock)
    situation(now)
    ended = now.minute
    now.until(ended + 1)
    if situation is nothing_runs:
        now.until(ended := ended + 2 * HOUR)
    name = SITUATIONS[situation]
    (alarm,) = [one for one in template_alarms() if one.name == name]
    assert alarm.metric in now.metrics.keys()  # noqa: SIM118 - its method, not a mapping's
    others = [one for one in template_alarms() if one.name != "ReconciliationMissingAlarm" or one == alarm]
    raised = {
        sent.alarm
        for sent in messages(others, now.metrics, range(max(0, ended - 48 * HOUR), ended + 1))
        if sent.state == "ALARM"
    }
    assert raised == {name}
    emitted = {metric for _, metric, _ in now.metrics.keys()}  # noqa: SIM118 - its method, not a mapping's
    assert {one for one in emitted if not any(fnmatchcase(one, known) for known in METRICS)} == set()


def test_every_alarm_on_a_metric_of_ours_has_a_situation() -> None:
    ours = {name for name, alarm in RESOURCES.items() if alarm.get("Namespace") == "ZonosOrders"}
    assert ours == set(SITUATIONS.values())


def test_the_functions_report_under_the_namespace_and_service_of_the_alarms() -> None:
    environment = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert environment["POWERTOOLS_METRICS_NAMESPACE"] == "ZonosOrders"
    assert environment["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    assert {alarm.metric[2] for alarm in template_alarms() if alarm.metric[0] == "ZonosOrders"} == {
        frozenset({("service", STACK)})
    }


def test_the_metrics_of_aws_are_watched_by_the_dimensions_that_aws_documents() -> None:
    watched = {}
    for alarm in RESOURCES.values():
        if alarm["Namespace"] != "ZonosOrders":
            pair = (alarm["Namespace"], alarm["MetricName"])
            watched[pair] = [dimension["Name"] for dimension in alarm["Dimensions"]]
    assert watched == OF_AWS
