"""The recorded complete answer, and every path in it that Zonos documents."""

import json
from collections.abc import Mapping
from typing import Any

from tests.sandbox.sam_template import ROOT

SAMPLES = ROOT / "tests" / "samples"
PATHS = (SAMPLES / "documented_paths.txt").read_text(encoding="utf-8").splitlines()
ANSWER_BYTES = (SAMPLES / "complete_order.json").read_bytes()
ANSWER: dict[str, Any] = json.loads(ANSWER_BYTES)


def values_at(path: str, answer: Mapping[str, Any]) -> list[Any]:
    """All values that a documented path names; `items[index]` names one for each item."""
    found: list[Any] = [answer]
    for key in path.split("."):
        found = [value[key.removesuffix("[index]")] for value in found]
        if key.endswith("[index]"):
            found = [element for value in found for element in value]
    return found
