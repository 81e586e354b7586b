"""The tables: kept, keyed and indexed."""

from typing import Any

import pytest

from tests import template_checks as checks
from tests.unit.template.deployed import RESOURCES, TEMPLATE, properties

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize("table", ["OrdersTable", "ReconciliationTable"])
def test_the_tables_are_kept_whatever_happens_to_the_stack(table: str) -> None:
    assert RESOURCES[table]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[table]["UpdateReplacePolicy"] == "Retain"
    body = properties(table)
    assert body["DeletionProtectionEnabled"] is True
    assert body["BillingMode"] == "PAY_PER_REQUEST"
    assert body["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("table", ["OrdersTable", "ReconciliationTable"])
@pytest.mark.parametrize(
    ("key", "named"), [("", {}), (KEY, {"KMSMasterKeyId": {"Ref": "KmsKeyArn"}})], ids=["AWS's", "one's own"]
)
def test_the_tables_are_encrypted_with_the_key_that_is_asked_for(
    table: str, key: str, named: dict[str, Any]
) -> None:
    template = checks.with_conditions_met(TEMPLATE, {"KmsKeyArn": key})
    encryption = template["Resources"][table]["Properties"]["SSESpecification"]
    assert encryption == {"SSEEnabled": True, "SSEType": "KMS", **named}


def _keys(schema: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in schema]


def test_the_orders_table_has_its_key_its_stream_and_four_sparse_indexes() -> None:
    table = properties("OrdersTable")
    assert _keys(table["KeySchema"]) == [("order_id", "HASH")]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    indexes = {
        index["IndexName"]: (_keys(index["KeySchema"]), index["Projection"]["NonKeyAttributes"])
        for index in table["GlobalSecondaryIndexes"]
    }
    assert indexes == {
        "by_day": (
            [("order_day", "HASH"), ("order_id", "RANGE")],
            ["revision", "zonos_status", "status_changed_at", "disposition"],
        ),
        "held": (
            [("held_day", "HASH"), ("order_id", "RANGE")],
            [
                "revision",
                "zonos_status",
                "disposition",
                "hold_reasons",
                "review_generation",
                "review_started_at",
            ],
        ),
        "to_ship": (
            [("to_ship_day", "HASH"), ("order_id", "RANGE")],
            ["revision", "zonos_status", "disposition", "order_day"],
        ),
        "write_back": (
            [("write_back_day", "HASH"), ("order_id", "RANGE")],
            ["revision", "merchant_order_id", "taken_over_at"],
        ),
    }
    projections = {index["Projection"]["ProjectionType"] for index in table["GlobalSecondaryIndexes"]}
    assert projections == {"INCLUDE"}


def test_the_reconciliation_table_has_kind_and_id() -> None:
    assert _keys(properties("ReconciliationTable")["KeySchema"]) == [("kind", "HASH"), ("id", "RANGE")]


@pytest.mark.parametrize("table", ["OrdersTable", "ReconciliationTable"])
def test_every_key_is_text(table: str) -> None:
    assert {definition["AttributeType"] for definition in properties(table)["AttributeDefinitions"]} == {"S"}
