"""The alarms: whatever needs a person, on metrics that the code reports."""

import ast
import re

import pytest

from tests.sandbox.sam_template import ROOT
from tests.unit.template.deployed import RESOURCES

ALARMS = {
    name: body["Properties"] for name, body in RESOURCES.items() if body["Type"] == "AWS::CloudWatch::Alarm"
}
OWN_METRICS = {
    alarm["MetricName"]: alarm for alarm in ALARMS.values() if alarm.get("Namespace") == "ZonosOrders"
}


def test_what_needs_a_person_has_an_alarm() -> None:
    assert OWN_METRICS.keys() == {
        "ReconcileClean",
        "BadCredentials",
        "UnknownStatus",
        "ContractChanged",
        "ReviewExpired",
        "RestrictedPartyMatch",
        "ImportFailed",
        "RedirectFailed",
    }
    others = {(alarm["Namespace"], alarm["MetricName"]) for alarm in ALARMS.values() if "MetricName" in alarm}
    assert {pair for pair in others if pair[0] != "ZonosOrders"} == {
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "Errors"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    }


def test_the_alarm_on_the_review_loop_counts_every_bad_end() -> None:
    metrics = ALARMS["ReviewLoopFailedAlarm"]["Metrics"]
    counted = {
        metric["Id"]: metric["MetricStat"]["Metric"]["MetricName"]
        for metric in metrics
        if "MetricStat" in metric
    }
    assert counted == {
        "failed": "ExecutionsFailed",
        "timed_out": "ExecutionsTimedOut",
        "aborted": "ExecutionsAborted",
    }
    (expression,) = (metric["Expression"] for metric in metrics if "Expression" in metric)
    assert expression == "FILL(failed, 0) + FILL(timed_out, 0) + FILL(aborted, 0)"


def test_only_a_missing_reconciliation_is_silence_that_alarms() -> None:
    assert {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "breaching"} == {
        "NoCleanReconciliationAlarm"
    }


@pytest.mark.parametrize("metric", sorted(OWN_METRICS))
def test_our_metrics_are_watched_under_the_stacks_name(metric: str) -> None:
    assert OWN_METRICS[metric]["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]


def _text_pattern(node: ast.AST) -> str | None:
    """Write a text of the code as a regular expression; what an f-string fills in is one word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return "".join(_text_pattern(part) or "[A-Z][a-z]+" for part in node.values)
    return None


def test_every_metric_that_is_watched_is_reported_by_the_code() -> None:
    code = [*ROOT.glob("layers/zonos_orders/zonos_orders/**/*.py"), *ROOT.glob("functions/*/*.py")]
    nodes = [node for module in code for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
    patterns = "|".join({pattern for node in nodes if (pattern := _text_pattern(node))})
    assert [metric for metric in sorted(OWN_METRICS) if not re.fullmatch(patterns, metric)] == []


def test_every_alarm_text_fits() -> None:
    # 1,024 characters in CloudWatch, with room for the names that are filled in.
    assert {name for name, alarm in ALARMS.items() if len(str(alarm["AlarmDescription"])) > 800} == set()
