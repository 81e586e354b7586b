"""The template passes the checks that `sam validate` does not make, with the page and without."""

from collections.abc import Callable
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

import pytest

from tests import template_checks as checks
from tests.unit.template.deployed import TEMPLATE, WITH_PAGE, WITHOUT_PAGE

CHECKS = (
    checks.circles,
    checks.dangling_references,
    checks.undescribed,
    checks.functions_without_kept_logs,
    checks.silent_alarms,
    checks.unwatched_schedules,
    checks.fixed_names,
)


def faults(template: checks.Template) -> list[str]:
    return [fault for check in CHECKS for fault in check(template)]


@pytest.mark.parametrize("template", [TEMPLATE, WITH_PAGE, WITHOUT_PAGE], ids=["whole", "page", "no page"])
def test_the_template_is_sound(template: checks.Template) -> None:
    assert faults(template) == []


def _holder(template: Any, path: tuple[str | int, ...]) -> Any:
    """The node that holds the end of a path."""
    return reduce(getitem, path[:-1], template)


def _set(*path: str | int, to: Any) -> Callable[[Any], None]:
    def change(template: Any) -> None:
        _holder(template, path)[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Any], None]:
    def change(template: Any) -> None:
        del _holder(template, path)[path[-1]]

    return change


def _function(name: str, *path: str) -> tuple[str, ...]:
    return ("Resources", name, "Properties", *path)


_RECHECK_ENVIRONMENT = _function("RecheckOrderFunction", "Environment", "Variables", "REVIEW_LOOP_ARN")
_INVOKE_CONFIG = _function("ReconcileOrdersFunctionEventInvokeConfig")
_SCHEDULE = _function("ReconcileOrdersFunctionSchedule")
_ALARM = _function("BadCredentialsAlarm")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            _set(*_RECHECK_ENVIRONMENT, to={"Ref": "ReviewLoop"}),
            "a circle: RecheckOrderFunction needs ReviewLoop needs RecheckOrderFunction",
        ),
        (
            _set(*_RECHECK_ENVIRONMENT, to={"Fn::Sub": "${ReviewLoop.Arn}"}),
            "a circle: RecheckOrderFunction needs ReviewLoop needs RecheckOrderFunction",
        ),
        (
            _set("Resources", "OrdersTable", "DependsOn", to="RecheckOrderFunction"),
            "a circle: OrdersTable needs RecheckOrderFunction needs OrdersTable",
        ),
        (
            _drop("Resources", "AlarmTopic"),
            "Resources.AlarmEmailSubscription refers to AlarmTopic, which is not there",
        ),
        (_drop("Parameters", "ShipFromDate", "Description"), "ShipFromDate has no description"),
        (_drop("Parameters", "ShipFromDate", "AllowedPattern"), "ShipFromDate accepts anything"),
        (
            _drop("Parameters", "ShipFromDate", "ConstraintDescription"),
            "ShipFromDate does not say what it accepts",
        ),
        (_drop("Outputs", "ReviewLoopArn", "Description"), "ReviewLoopArn has no description"),
        (
            _drop(*_function("RecheckOrderFunction", "LoggingConfig")),
            "RecheckOrderFunction has no log group of its own",
        ),
        (
            _set(
                *_function("RecheckOrderFunction", "LoggingConfig", "LogGroup", "Ref"),
                to="ReconcileOrdersLogs",
            ),
            "RecheckOrderFunction has no log group of its own",
        ),
        (
            _drop("Resources", "SuccessRedirectLogs", "Condition"),
            "SuccessRedirectFunction comes and goes without its log group",
        ),
        (
            _drop(*_function("OrdersApiLogs", "RetentionInDays")),
            "OrdersApiLogs keeps its logs for ever",
        ),
        (_set(*_ALARM, "AlarmActions", to=[]), "BadCredentialsAlarm tells nobody (AlarmActions)"),
        (_drop(*_ALARM, "OKActions"), "BadCredentialsAlarm tells nobody (OKActions)"),
        (_drop(*_ALARM, "AlarmDescription"), "BadCredentialsAlarm does not say what to do"),
        (_drop(*_ALARM, "TreatMissingData"), "BadCredentialsAlarm does not say what silence means"),
        (
            _drop(*_SCHEDULE, "Target", "DeadLetterConfig"),
            "ReconcileOrdersFunctionSchedule loses runs that cannot be delivered",
        ),
        (
            _drop("Resources", "ReconcileOrdersFunctionEventInvokeConfig"),
            "ReconcileOrdersFunctionSchedule loses runs that fail",
        ),
        (
            _set(*_INVOKE_CONFIG, "MaximumRetryAttempts", to=1),
            "ReconcileOrdersFunctionSchedule lets Lambda repeat runs",
        ),
        (
            _set(*_SCHEDULE, "Name", to="reconcile"),
            "ReconcileOrdersFunctionSchedule is called the same in every stack (Name)",
        ),
    ],
)
def test_a_broken_template_is_reported(change: Callable[[Any], None], fault: str) -> None:
    broken = deepcopy(TEMPLATE)
    change(broken)
    assert fault in faults(broken)


def test_without_the_success_page_everything_of_it_is_left_out() -> None:
    assert WITH_PAGE["Resources"].keys() - WITHOUT_PAGE["Resources"].keys() == {
        "OrdersApi",
        "OrdersApiApiGatewayDefaultStage",
        "OrdersApiLogs",
        "SuccessRedirectFunction",
        "SuccessRedirectFunctionRole",
        "SuccessRedirectFunctionSuccessPermission",
        "SuccessRedirectLogs",
        "RedirectFailedAlarm",
        "SuccessPageErrorsAlarm",
    }
    assert WITH_PAGE["Outputs"].keys() - WITHOUT_PAGE["Outputs"].keys() == {"SuccessPageUrl"}


def test_an_alarm_on_the_page_that_stays_behind_is_reported() -> None:
    broken = deepcopy(TEMPLATE)
    del broken["Resources"]["SuccessPageErrorsAlarm"]["Condition"]
    left = checks.with_conditions_met(broken, {"SuccessPage": "disabled"})
    assert "Resources.SuccessPageErrorsAlarm refers to OrdersApi, which is not there" in faults(left)


def test_nobody_is_subscribed_without_an_address() -> None:
    assert "AlarmEmailSubscription" not in WITH_PAGE["Resources"]
    given = checks.with_conditions_met(TEMPLATE, {"AlarmEmail": "orders@shop.example"})
    assert "AlarmEmailSubscription" in given["Resources"]
