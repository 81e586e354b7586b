"""The deployed template, transformed as AWS does it."""

from typing import Any

from tests import template_checks as checks
from tests.sandbox.sam_template import load_template, transform

SAM = load_template()
TEMPLATE = transform(SAM)
RESOURCES = TEMPLATE["Resources"]
WITH_PAGE = checks.with_conditions_met(TEMPLATE, {"SuccessPage": "enabled"})
WITHOUT_PAGE = checks.with_conditions_met(TEMPLATE, {"SuccessPage": "disabled"})
FUNCTIONS = ("SuccessRedirectFunction", "ReconcileOrdersFunction", "RecheckOrderFunction")
REVIEW_LOOP_ARN = (
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-review"
)


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found
