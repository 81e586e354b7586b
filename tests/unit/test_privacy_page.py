"""docs/privacy.md says of every documented field whether it is about a person, and names what there is."""

import re
from collections import Counter

import pytest

from tests import template_checks
from tests.documented_order import PATHS
from tests.sandbox.sam_template import ROOT
from tests.unit.template.deployed import TEMPLATE, WITH_PAGE
from zonos_orders.erasure import without_personal_data
from zonos_orders.order import Order
from zonos_orders.sensitive import SENSITIVE_FIELDS

PAGE = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
# What must never be taken for harmless, whoever edits the page.
ABOUT_A_PERSON = re.compile(
    r"name|company|email|phone|address[123]|city|state|zip|billing\w+|birthDate|nationalIdentifier|\w*note"
    r"|createdByUser|shippingInstructions|itemCustomization|carrierAccountNumber|poNumber|transactionId"
    r"|trackingNumber|lastFour|cslListMatch|misc[1-6]",
    re.IGNORECASE,
)


def fields(heading: str) -> dict[str, list[str]]:
    """Return the groups of the table under a heading, with their fields."""
    table = PAGE.split(f"| {heading} | fields |\n|---|---|\n")[1].split("\n\n")[0]
    rows = [row.strip("|").split("|") for row in table.splitlines()]
    return {group.strip(" *"): re.findall(r"`(\w+)`", names) for group, names in rows}


PERSONAL, OTHERS = fields("what"), fields("what is about the order alone")
NAMED = [name for groups in (PERSONAL, OTHERS) for names in groups.values() for name in names]


def leaf(path: str) -> str:
    return path.rpartition(".")[2]


LEAVES = {
    leaf(path) for path in PATHS if not any(other.startswith((f"{path}.", f"{path}[")) for other in PATHS)
}


def test_every_documented_field_is_in_one_group() -> None:
    assert [name for name, times in Counter(NAMED).items() if times > 1] == []
    assert set(NAMED) == LEAVES


def test_no_field_about_a_person_is_called_harmless() -> None:
    harmless = {name for names in OTHERS.values() for name in names}
    assert {name for name in harmless if ABOUT_A_PERSON.fullmatch(name)} == set()
    assert len({name for name in LEAVES if ABOUT_A_PERSON.fullmatch(name)}) > 40


def test_the_sensitive_fields_are_those_that_the_parameter_governs() -> None:
    assert set(PERSONAL["sensitive"]) == SENSITIVE_FIELDS
    assert TEMPLATE["Parameters"]["SensitiveFields"]["Default"] == "keep"


def test_what_the_page_says_is_left_of_an_erased_order_is_all_that_is_left() -> None:
    content = {leaf(path): "x" for path in PATHS}
    left = without_personal_data(Order.read(content, "999-1", 0)).content
    named = PAGE.split("what is left is ")[1].split(", and\n")[0]
    assert set(re.findall(r"`(\w+)`", named)) == left.keys()
    personal = {name for names in PERSONAL.values() for name in names}
    assert left.keys() & personal == {"orderId", "merchantOrderId"}


def test_the_roles_of_the_page_are_those_that_there_are() -> None:
    assert set(re.findall(r"`(\w+Role)`", PAGE)) == template_checks.permissions(WITH_PAGE).keys()


@pytest.mark.parametrize("action", ["PutItem", "DeleteItem", "Scan", "Query", "BatchGetItem"])
def test_no_role_may_do_more_to_orders_than_the_page_says(action: str) -> None:
    granted = template_checks.permissions(WITH_PAGE)
    may = {role for role, pairs in granted.items() if (f"dynamodb:{action}", "${OrdersTable.Arn}") in pairs}
    by_the_hundred = {
        "BackfillOrdersFunctionRole",
        "OrderDeskFunctionRole",
        "ReconcileOrdersFunctionRole",
    }
    assert may == (by_the_hundred if action == "BatchGetItem" else set())
    readers = {role for role, pairs in granted.items() if any("StreamArn" in name for _, name in pairs)}
    assert readers == {"PublishChangesFunctionRole"}


def test_the_parameters_of_the_page_are_the_templates() -> None:
    named = {"SensitiveFields", "LogRetentionDays", "ThankYouUrl", "KmsKeyArn", "InitialLookbackDays"}
    for parameter in {*named, "PersonalDataRetentionDays", "SuccessPage", "SuccessPageRateLimit"}:
        assert f"`{parameter}" in PAGE
        assert parameter in TEMPLATE["Parameters"]
