"""The evaluator does what the documentation's own tables say of missing data."""

import pytest

from tests.alarms.cloudwatch import Alarm, Message, Metrics, messages

KEY = ("Any", "Metric", frozenset({("service", "any")}))


def alarm(missing: str, periods: int = 3, datapoints: int = 3, *, period: int = 1) -> Alarm:
    comparison = "GreaterThanOrEqualToThreshold"
    acts_on = frozenset({"ALARM", "OK"})
    return Alarm("any", KEY, "Sum", period, periods, datapoints, comparison, 1.0, missing, acts_on)


# The state before is one that the table could not answer: where it stays, the alarm has kept it.
@pytest.mark.parametrize(
    ("datapoints", "to_alarm", "ignore", "breaching", "not_breaching"),
    [
        ("0-X-X", 3, "OK", "OK", "OK"),
        ("----0", 3, "OK", "OK", "OK"),
        ("-----", 3, "kept", "ALARM", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM", "ALARM"),
        ("--X--", 3, "kept", "ALARM", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "ALARM", "OK"),
        ("----0", 2, "OK", "ALARM", "OK"),
        ("----X", 2, "kept", "ALARM", "OK"),
    ],
)
def test_missing_data_is_treated_as_documented(
    datapoints: str, to_alarm: int, ignore: str, breaching: str, not_breaching: str
) -> None:
    values = [{"0": 0.0, "X": 1.0, "-": None}[one] for one in reversed(datapoints)]
    expected = {"ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    found = {way: alarm(way, datapoints=to_alarm).next_state("kept", values) for way in expected}
    assert found == expected


def test_a_treatment_that_is_not_simulated_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        alarm("missing").next_state("OK", [None])


def line(value: float, **dimensions: str) -> dict[str, object]:
    block = {"Namespace": "Any", "Dimensions": [list(dimensions)], "Metrics": [{"Name": "Metric"}]}
    return {"_aws": {"CloudWatchMetrics": [block]}, "Metric": [value], **dimensions}


def test_a_message_is_sent_when_the_state_changes_and_only_then() -> None:
    metrics = Metrics()
    for minute in (30, 31, 32, 60):
        metrics.take_in(line(1, service="any"), minute)
    metrics.take_in(line(1, service="another"), 90)
    metrics.take_in({"message": "a line of the log"}, 91)
    (on_events,) = [alarm("notBreaching", 1, 1)]
    assert messages([on_events], metrics, range(20, 100), looks_further=0) == [
        Message(20, "OK", "any"),
        Message(30, "ALARM", "any"),
        Message(33, "OK", "any"),
        Message(60, "ALARM", "any"),
        Message(61, "OK", "any"),
    ]


def test_windows_slide_and_old_data_counts_on_while_there_is_no_newer() -> None:
    metrics = Metrics()
    metrics.take_in(line(1, service="any"), 30)
    sent = messages([alarm("notBreaching", 1, 1, period=5)], metrics, range(20, 100))
    assert [(message.minute, message.state) for message in sent] == [(20, "OK"), (30, "ALARM"), (45, "OK")]


def test_a_state_stands_until_it_is_reported_otherwise() -> None:
    metrics = Metrics()
    for minute, value in ((30, 1), (80, 0)):
        metrics.take_in(line(value, service="any"), minute)
    sent = messages([alarm("ignore", 1, 1, period=5)], metrics, range(20, 100))
    assert [(message.minute, message.state) for message in sent] == [(30, "ALARM"), (80, "OK")]
