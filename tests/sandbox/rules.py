"""The template's `Rules`: what two parameters have to do with each other, which moto does not look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.sandbox.parameters import WrongParameter

# Those of CloudFormation's functions for rules that the template uses.
_FUNCTIONS: Final[Mapping[str, Callable[..., bool]]] = {
    "Fn::And": lambda *values: all(values),
    "Fn::Contains": lambda texts, text: text in texts,
    "Fn::Equals": lambda one, other: one == other,
    "Fn::Not": lambda value: not value,
    "Fn::Or": lambda *values: any(values),
}


def check_rules(template: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Raise `WrongParameter`, with the template's own words, for a rule that the parameters break."""
    values = {name: str(body.get("Default", "")) for name, body in template["Parameters"].items()} | dict(
        given
    )
    for rule in template.get("Rules", {}).values():
        if "RuleCondition" in rule and not _value(rule["RuleCondition"], values):
            continue
        for assertion in rule["Assertions"]:
            if not _value(assertion["Assert"], values):
                raise WrongParameter(assertion["AssertDescription"])


def _value(expression: Any, values: Mapping[str, str]) -> Any:
    """Evaluate as CloudFormation does: every parameter is a text, a number's too."""
    if isinstance(expression, list):
        return [_value(member, values) for member in expression]
    if not isinstance(expression, dict):
        return str(expression)
    ((name, argument),) = expression.items()
    if name == "Ref":
        return values[argument]
    return _FUNCTIONS[name](*_value(argument, values))
