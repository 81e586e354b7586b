"""CloudWatch as it is documented: the datapoints of embedded metrics, and alarms that send messages.

Sources: the pages "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data". Time is in
whole minutes from an arbitrary start. Messages are counted, not sent.
"""

import operator
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MetricKey = tuple[str, str, frozenset[tuple[str, str]]]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}
_STATISTICS: Mapping[str, Callable[[Iterable[float]], float]] = {"Sum": sum, "Maximum": max}
# How far beyond its evaluation periods an alarm looks for data is not documented but for this example.
LOOKS_FURTHER = 2


class Metrics:
    """What was emitted: values by metric and minute."""

    def __init__(self) -> None:
        self._values: dict[MetricKey, list[tuple[int, float]]] = defaultdict(list)

    def take_in(self, line: Mapping[str, Any], minute: int) -> None:
        """Read one line of a log; it counts when it is in the embedded metric format."""
        for block in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in block["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                for metric in block["Metrics"]:
                    values = self._values[block["Namespace"], metric["Name"], dimensions]
                    values.extend((minute, value) for value in line[metric["Name"]])

    def keys(self) -> set[MetricKey]:
        return set(self._values)

    def between(self, key: MetricKey, after: int, until: int) -> list[float]:
        """Return the values of the minutes (after, until]."""
        values = self._values.get(key, [])
        first, end = (bisect_right(values, (minute, float("inf"))) for minute in (after, until))
        return [value for _, value in values[first:end]]


@dataclass(frozen=True)
class Alarm:
    """A metric alarm with a static threshold; periods in minutes."""

    name: str
    metric: MetricKey
    statistic: str
    period: int
    periods: int
    datapoints: int
    comparison: str
    threshold: float
    missing: str
    acts_on: frozenset[str]

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any], values: Mapping[str, Any]) -> "Alarm":
        """Read a resource of a template; `values` are those of its parameters."""

        def value_of(node: Any) -> Any:
            return values.get(node.get("Ref", ""), str(node)) if isinstance(node, dict) else node

        dimensions = frozenset((d["Name"], str(value_of(d["Value"]))) for d in properties["Dimensions"])
        periods = int(value_of(properties["EvaluationPeriods"]))
        actions = {"ALARM": "AlarmActions", "OK": "OKActions"}
        return cls(
            name,
            (properties["Namespace"], properties["MetricName"], dimensions),
            properties["Statistic"],
            int(properties["Period"]) // 60,
            periods,
            int(properties.get("DatapointsToAlarm", periods)),
            properties["ComparisonOperator"],
            float(value_of(properties["Threshold"])),
            properties["TreatMissingData"],
            frozenset(state for state, key in actions.items() if properties.get(key)),
        )

    def next_state(self, state: str, datapoints: list[float | None]) -> str:
        """Return the state after an evaluation; `datapoints` are those of its range, the newest first.

        When there are enough, the newest decide and what is missing does not matter. Otherwise all that
        there are count, and as few as possible are made up.
        """
        real = [value for value in datapoints if value is not None][: self.periods]
        breaching = sum(_COMPARISONS[self.comparison](value, self.threshold) for value in real)
        made_up = self.periods - len(real)
        if self.missing == "breaching":
            breaching += made_up
        elif self.missing == "ignore" and breaching < self.datapoints and breaching == len(real) and made_up:
            return state
        elif self.missing not in ("ignore", "notBreaching"):
            raise ValueError(f"{self.name} treats missing data as {self.missing}, which is not simulated")
        return "ALARM" if breaching >= self.datapoints else "OK"


@dataclass(frozen=True)
class Message:
    """What the topic gets, and so each subscriber."""

    minute: int
    state: str
    alarm: str


def messages(
    alarms: Iterable[Alarm], metrics: Metrics, minutes: range, looks_further: int = LOOKS_FURTHER
) -> list[Message]:
    """Evaluate the alarms in each of `minutes`, over sliding windows, and return what they send, in order."""
    sent = []
    for alarm in alarms:
        state = "INSUFFICIENT_DATA"
        datapoints: dict[int, float | None] = {}
        for minute in minutes:
            values = metrics.between(alarm.metric, minute - alarm.period, minute)
            datapoints[minute] = _STATISTICS[alarm.statistic](values) if values else None
            ends = range(minute, minute - (alarm.periods + looks_further) * alarm.period, -alarm.period)
            before, state = state, alarm.next_state(state, [datapoints.get(end) for end in ends])
            if state != before and state in alarm.acts_on:
                sent.append(Message(minute, state, alarm.name))
    return sorted(sent, key=lambda message: message.minute)
