"""The recorded sample answer holds every field that Zonos documents."""

import json
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[1] / "samples"
DOCUMENTED_PATHS = (SAMPLES / "documented_paths.txt").read_text(encoding="utf-8").splitlines()
ANSWER = json.loads((SAMPLES / "complete_order.json").read_text(encoding="utf-8"))


def values_at(path: str) -> list[Any]:
    """All values that a documented path names; `items[index]` names one for each item."""
    values = [ANSWER]
    for key in path.split("."):
        values = [value[key.removesuffix("[index]")] for value in values]
        if key.endswith("[index]"):
            values = [element for value in values for element in value]
    return values


def test_the_documentation_names_113_paths() -> None:
    assert len(set(DOCUMENTED_PATHS)) == len(DOCUMENTED_PATHS) == 113


@pytest.mark.parametrize("path", [*DOCUMENTED_PATHS, "order.dutyTaxesTotalForeign"])
def test_the_sample_holds_a_value_at(path: str) -> None:
    values = values_at(path)

    assert values
    assert None not in values


def test_the_amounts_of_the_sample_add_up() -> None:
    order = ANSWER["order"]

    assert round(sum(order["dutyTaxesBreakdown"].values()), 2) == order["dutyTaxesTotal"] == 113.18
    assert round(order["itemsTotal"] + order["shippingTotal"] + order["dutyTaxesTotal"], 2) == 433.42
    assert order["grandTotal"] == 433.42
    assert order["itemsCount"] == len(order["items"])


def test_everybody_in_the_sample_is_invented() -> None:
    order = ANSWER["order"]

    for address in (order["email"], order["billingEmail"], order["notes"][0]["createdByUser"]):
        assert address.endswith("@example.com")
