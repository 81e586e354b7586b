"""The alarms: whatever needs a person. That their metrics are emitted is shown in tests/alarms."""

import re

import pytest

from tests.unit.template.deployed import RESOURCES, SAM

ALARMS = {
    name: body["Properties"] for name, body in RESOURCES.items() if body["Type"] == "AWS::CloudWatch::Alarm"
}
OWN_METRICS = {
    alarm["MetricName"]: alarm for alarm in ALARMS.values() if alarm.get("Namespace") == "ZonosOrders"
}


def test_what_needs_a_person_has_an_alarm() -> None:
    assert OWN_METRICS.keys() == {
        "ReconcileLagMinutes",
        "ReconcileEnded",
        "BadCredentials",
        "PersistentFailures",
        "PersistentWriteBacks",
        "HeldUnknownStatus",
        "ContractChanged",
        "ReviewExpired",
        "RestrictedPartyMatch",
        "OrderCancelledAfterReady",
        "ErasureFailed",
        "ReviewStartFailed",
        "BackfillSliceFailed",
        "RedirectFailed",
    }
    others = {(alarm["Namespace"], alarm["MetricName"]) for alarm in ALARMS.values()}
    assert {pair for pair in others if pair[0] != "ZonosOrders"} == {
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "IteratorAge"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/States", "ExecutionsTimedOut"),
        ("AWS/States", "ExecutionsAborted"),
    }


def test_each_bad_end_of_a_state_machine_has_an_alarm_that_one_datapoint_raises() -> None:
    """Not one alarm by metric math: of a metric that never had a datapoint nothing may come of it."""
    alarms = {name: alarm for name, alarm in ALARMS.items() if alarm["Namespace"] == "AWS/States"}
    assert {name: alarm["MetricName"] for name, alarm in alarms.items()} == {
        "ReviewLoopFailedAlarm": "ExecutionsFailed",
        "ReviewLoopTimedOutAlarm": "ExecutionsTimedOut",
        "ReviewLoopAbortedAlarm": "ExecutionsAborted",
        "BackfillFailedAlarm": "ExecutionsFailed",
        "BackfillTimedOutAlarm": "ExecutionsTimedOut",
    }
    for alarm in alarms.values():
        assert (alarm["DatapointsToAlarm"], alarm["Threshold"]) == (1, 1)
        assert alarm["TreatMissingData"] == "notBreaching"


def test_only_a_missing_reconciliation_is_silence_that_alarms() -> None:
    assert {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "breaching"} == {
        "ReconciliationMissingAlarm"
    }


def test_a_state_stands_until_a_run_reports_otherwise() -> None:
    """Silence is no all-clear: a run says nothing of what it could not learn."""
    assert {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "ignore"} == {
        "NoCleanReconciliationAlarm",
        "BadCredentialsAlarm",
        "PersistentFailuresAlarm",
        "WriteBacksOutstandingAlarm",
        "UnknownStatusAlarm",
    }
    assert {alarm["Statistic"] for alarm in ALARMS.values() if alarm["TreatMissingData"] == "ignore"} == {
        "Maximum"
    }


def test_there_is_no_all_clear_where_only_a_person_can_give_it() -> None:
    assert {name for name, alarm in ALARMS.items() if "OKActions" not in alarm} == {
        "ReviewExpiredAlarm",
        "RestrictedPartyMatchAlarm",
        "CancelledAfterReadyAlarm",
    }


def test_both_alarms_on_the_reconciliation_go_by_the_parameter() -> None:
    lag = {"Ref": "MaxReconcileLagMinutes"}
    assert ALARMS["NoCleanReconciliationAlarm"]["Threshold"] == lag
    missing = ALARMS["ReconciliationMissingAlarm"]
    assert (missing["EvaluationPeriods"], missing["Period"]) == (lag, 60)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_looks_back_as_far_as_it_can(name: str) -> None:
    """CloudWatch refuses more for periods under an hour, and more than a week for all."""
    most = SAM["Parameters"]["MaxReconcileLagMinutes"]["MaxValue"]
    alarm = ALARMS[name]
    periods = alarm["EvaluationPeriods"] if isinstance(alarm["EvaluationPeriods"], int) else most
    assert alarm["Period"] % 60 == 0
    assert alarm["Period"] * periods <= (86_400 if alarm["Period"] < 3600 else 604_800)
    assert alarm.get("DatapointsToAlarm", 1) <= periods


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_the_text_of_an_alarm_fits_and_names_a_command(name: str) -> None:
    text = str(ALARMS[name]["AlarmDescription"]["Fn::Sub"])
    # 1,024 characters in CloudWatch, with room for the names that are filled in.
    assert len(text) <= 800
    assert re.search(r"\b(aws|sam) [a-z]+ [A-Za-z-]+", text)


def test_every_alarm_goes_to_the_one_topic() -> None:
    topics = [name for name, body in RESOURCES.items() if body["Type"] == "AWS::SNS::Topic"]
    assert topics == ["AlarmTopic"]
    for alarm in ALARMS.values():
        for actions in ("AlarmActions", "OKActions"):
            assert alarm.get(actions, [{"Ref": "AlarmTopic"}]) == [{"Ref": "AlarmTopic"}]
