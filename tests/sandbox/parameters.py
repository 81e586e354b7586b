"""The template's rules for its parameters, which CloudFormation enforces and moto does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


class WrongParameter(ValueError):
    """A parameter that the template does not allow; the message is the template's own."""


def check_parameters(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> None:
    """Raise `WrongParameter` for a parameter that AWS would refuse, is missing, or is not in the template."""
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        message = f"the template has no parameters {', '.join(unknown)}"
        raise WrongParameter(message)
    for name, rules in declared.items():
        value = given.get(name, rules.get("Default"))
        if value is None:
            message = f"the parameter {name} must be given"
            raise WrongParameter(message)
        if not _allowed(str(value), rules):
            message = f"the parameter {name} does not allow {value!r}: {rules.get('ConstraintDescription')}"
            raise WrongParameter(message)


def _allowed(value: str, rules: Mapping[str, Any]) -> bool:
    if "AllowedPattern" in rules and not re.fullmatch(rules["AllowedPattern"], value):
        return False
    if "AllowedValues" in rules and value not in map(str, rules["AllowedValues"]):
        return False
    if rules.get("Type") != "Number":
        return True
    try:
        number = float(value)
    except ValueError:
        return False
    lowest, highest = float(rules.get("MinValue", "-inf")), float(rules.get("MaxValue", "inf"))
    return lowest <= number <= highest
