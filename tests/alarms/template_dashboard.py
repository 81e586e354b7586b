"""The dashboard of the template, as CloudWatch gets it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.alarms.cloudwatch import MetricKey
from tests.alarms.template_alarms import STACK
from tests.unit.template.deployed import WITH_PAGE, WITHOUT_PAGE

DASHBOARDS = {"with the page": WITH_PAGE, "without the page": WITHOUT_PAGE}
_PARAMETERS = {
    "AWS::StackName": STACK,
    "AWS::Region": "us-east-1",
    "MaxReconcileLagMinutes": str(WITH_PAGE["Parameters"]["MaxReconcileLagMinutes"]["Default"]),
}


def widgets(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the widgets of a template whose conditions are decided; a resource stands by its logical id.

    KeyError: something is named that this template does not make.
    """
    text, variables = template["Resources"]["OrdersDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    values = {
        **{resource: resource for resource in template["Resources"]},
        **{f"{resource}.Arn": resource for resource in template["Resources"]},
        **_PARAMETERS,
    }

    def filled_in(node: Any, values: Mapping[str, str]) -> str:
        text = node["Fn::Sub"] if isinstance(node, Mapping) else str(node)
        return re.sub(r"\$\{([^}]*)\}", lambda name: values[name[1]], text)

    own = {name: filled_in(node, values) for name, node in variables.items()}
    found: list[dict[str, Any]] = json.loads(filled_in(text, values | own))["widgets"]
    return found


def of_kind(template: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the properties of the widgets of a kind."""
    yield from (widget["properties"] for widget in widgets(template) if widget["type"] == kind)


def metrics(properties: Mapping[str, Any]) -> list[tuple[MetricKey, Mapping[str, Any]]]:
    """Return the metrics of a widget with how each is shown; `.` repeats what the line before has there."""
    found: list[tuple[MetricKey, Mapping[str, Any]]] = []
    before: list[str] = []
    for line in properties["metrics"]:
        names, shown = (line[:-1], line[-1]) if isinstance(line[-1], dict) else (line, {})
        before = [before[n] if name == "." else name for n, name in enumerate(names)]
        namespace, name, *pairs = before
        dimensions = frozenset(zip(pairs[::2], pairs[1::2], strict=True))
        found.append(((namespace, name, dimensions), {**properties, **shown}))
    return found
