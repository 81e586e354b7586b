"""What a call needs, in the words of the policies, and what a policy allows."""

from typing import Any

import pytest

from tests import granted_calls
from zonos_orders.settings import Settings

ROLE = "RecheckOrderFunctionRole"
ORDERS, RECONCILIATION = "${OrdersTable.Arn}", "${ReconciliationTable.Arn}"
SETTINGS = Settings.from_env(
    {
        "ZONOS_STORE_ID": "999",
        "ZONOS_SECRET_NAME": "zonos/secret",
        "ZONOS_API_URL": "https://api.example",
        "ORDERS_TABLE": "orders-1X2Y",
        "RECONCILIATION_TABLE": "reconciliation-3Z",
        "REVIEW_LOOP_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:zonos-orders-review",
        "SHIP_FROM_DATE": "all",
        "ORDERS_BUS": "zonos-orders-orders",
        "EVENTS_FAILURE_QUEUE": "https://sqs.example/events",
    }
)
FAILURE_KEY = {"kind": {"S": "failure"}, "id": {"S": "999-1"}}
LEASE_KEY = {"kind": {"S": "lease"}, "id": {"S": "reconcile"}}


@pytest.mark.parametrize(
    ("params", "resources"),
    [
        ({"TableName": "orders-1X2Y", "Key": {"order_id": {"S": "999-1"}}}, {ORDERS}),
        ({"TableName": "orders-1X2Y", "IndexName": "held"}, {f"{ORDERS}/index/held"}),
        ({"TableName": "reconciliation-3Z", "Key": LEASE_KEY}, {f"{RECONCILIATION}#lease"}),
        (
            {
                "TableName": "reconciliation-3Z",
                "KeyConditionExpression": "kind = :kind",
                "ExpressionAttributeValues": {":kind": {"S": "failure"}},
            },
            {f"{RECONCILIATION}#failure"},
        ),
        (
            {
                "RequestItems": {
                    "orders-1X2Y": {"Keys": [{"order_id": {"S": "999-1"}}]},
                    "reconciliation-3Z": {"Keys": [FAILURE_KEY, LEASE_KEY]},
                }
            },
            {ORDERS, f"{RECONCILIATION}#failure", f"{RECONCILIATION}#lease"},
        ),
        (
            {"stateMachineArn": SETTINGS.review_loop_arn, "name": "999-1-1"},
            {
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
                ":stateMachine:${AWS::StackName}-review"
            },
        ),
        (
            {"Entries": [{"EventBusName": "zonos-orders-orders", "Source": "zonos.orders"}] * 2},
            {"${OrdersBus.Arn}"},
        ),
        ({"Entries": [{"EventBusName": "default"}]}, {"default"}),
        (
            {"SecretId": "zonos/secret"},
            {
                "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}"
                ":secret:${ZonosSecretName}-AbCdEf"
            },
        ),
        ({"SecretId": "another"}, {"another"}),
        ({"TableName": "another", "Key": LEASE_KEY}, {"another#lease"}),
        ({"QueueUrl": "https://sqs.example/events"}, {"${EventsFailureQueue.Arn}"}),
        ({"QueueUrl": "https://sqs.example/another"}, {"https://sqs.example/another"}),
        ({"TopicArn": "arn:aws:sns:topic"}, {"what no policy names: ['TopicArn']"}),
    ],
)
def test_a_call_needs_what_it_names(params: dict[str, Any], resources: set[str]) -> None:
    asked = granted_calls.asked(SETTINGS, "a", "Call", params)
    assert set(asked) == {("a:Call", resource) for resource in resources}


@pytest.mark.parametrize(
    ("granted", "needed", "is_allowed"),
    [
        (ORDERS, ORDERS, True),
        (ORDERS, f"{ORDERS}/index/held", False),
        (f"{ORDERS}/index/held", f"{ORDERS}/index/by_day", False),
        (f"{ORDERS}/index/held", ORDERS, False),
        (RECONCILIATION, f"{RECONCILIATION}#lease", True),
        (f"{RECONCILIATION}#failure", f"{RECONCILIATION}#lease", False),
        (f"{RECONCILIATION}#failure", RECONCILIATION, False),
        ("secret:${Name}-??????", "secret:${Name}-AbCdEf", True),
        ("secret:${Name}-??????", "secret:${Name}-more-AbCdEf", False),
        ("*", ORDERS, True),
    ],
)
def test_a_role_allows_what_its_policy_says(granted: str, needed: str, *, is_allowed: bool) -> None:
    grants = {ROLE: [("dynamodb:GetItem", granted)]}
    calls = [(ROLE, ("dynamodb:GetItem", needed))]
    faults = [] if is_allowed else [f"{ROLE} may not dynamodb:GetItem on {needed}"]
    assert granted_calls.refused(calls, grants) == faults
    unused = [] if is_allowed else [f"{ROLE} never needed dynamodb:GetItem on {granted}"]
    assert granted_calls.unused(calls, grants) == unused


def test_another_action_and_another_role_are_not_covered() -> None:
    grants = {ROLE: [("dynamodb:GetItem", ORDERS)], "OtherRole": [("dynamodb:Query", ORDERS)]}
    calls = [(ROLE, ("dynamodb:Query", ORDERS)), (ROLE, ("dynamodb:GetItem", ORDERS))]
    assert granted_calls.refused(calls, grants) == [f"{ROLE} may not dynamodb:Query on {ORDERS}"]
    assert granted_calls.unused(calls, grants) == [f"OtherRole never needed dynamodb:Query on {ORDERS}"]
