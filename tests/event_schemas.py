"""The published JSON Schemas, one an event, and what of an event on the bus does not keep to its own."""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from tests.sandbox.sam_template import ROOT

FOLDER = ROOT / "events" / "schemas"
SCHEMAS: Mapping[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
}


def faults(event: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with an event as it is on the bus; nothing wrong is an empty list."""
    name = event["detail-type"]
    if name not in SCHEMAS:
        return [f"{name} is an event that nobody has described"]
    found = Draft202012Validator(SCHEMAS[name]).iter_errors(event)
    return [f"{name}: {error.json_path}: {error.message}" for error in found]
