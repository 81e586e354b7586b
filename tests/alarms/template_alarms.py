"""The alarms of the template, as they are deployed."""

from collections.abc import Mapping
from typing import Any

from tests.alarms.cloudwatch import Alarm
from tests.sandbox.sam_template import load_template

TEMPLATE = load_template()
RESOURCES: Mapping[str, Any] = {
    name: body["Properties"]
    for name, body in TEMPLATE["Resources"].items()
    if body["Type"] == "AWS::CloudWatch::Alarm"
}
STACK = "zonos-orders"  # and so the service of the metrics, by POWERTOOLS_SERVICE_NAME


def template_alarms(**parameters: str | int) -> list[Alarm]:
    """Return the alarms; parameters have their defaults unless given."""
    defaults = {name: body.get("Default") for name, body in TEMPLATE["Parameters"].items()}
    values = {**defaults, "AWS::StackName": STACK, **parameters}
    return [Alarm.of(name, properties, values) for name, properties in RESOURCES.items()]
