"""The recorded sample answer holds every field that Zonos documents."""

import json

import pytest

from tests.documented_order import ANSWER_BYTES, PATHS, values_at

ANSWER = json.loads(ANSWER_BYTES)


def test_the_documentation_names_113_paths() -> None:
    assert len(set(PATHS)) == len(PATHS) == 113


@pytest.mark.parametrize("path", [*PATHS, "order.dutyTaxesTotalForeign"])
def test_the_sample_holds_a_value_at(path: str) -> None:
    values = values_at(path, ANSWER)

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
