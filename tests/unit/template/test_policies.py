"""Each role may do what it needs and nothing else."""

from tests import template_checks as checks
from tests.unit.template.deployed import REVIEW_LOOP_ARN, TEMPLATE, WITH_PAGE, properties

ORDERS = "${OrdersTable.Arn}"
RECONCILIATION = "${ReconciliationTable.Arn}"
SECRET = (
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${ZonosSecretName}-??????"
)
LOOKING_AT_ONE_ORDER = {
    ("dynamodb:GetItem", ORDERS),
    ("dynamodb:UpdateItem", ORDERS),
    ("dynamodb:UpdateItem", f"{RECONCILIATION}#failure"),
    ("dynamodb:UpdateItem", f"{RECONCILIATION}#review"),
    ("secretsmanager:GetSecretValue", SECRET),
    ("states:StartExecution", REVIEW_LOOP_ARN),
}
PERMISSIONS = {
    "SuccessRedirectFunctionRole": LOOKING_AT_ONE_ORDER,
    "RecheckOrderFunctionRole": LOOKING_AT_ONE_ORDER,
    "ReconcileOrdersFunctionRole": {
        ("dynamodb:GetItem", ORDERS),
        ("dynamodb:UpdateItem", ORDERS),
        ("dynamodb:BatchGetItem", ORDERS),
        ("dynamodb:Query", f"{ORDERS}/index/by_day"),
        ("dynamodb:Scan", f"{ORDERS}/index/held"),
        ("dynamodb:BatchGetItem", RECONCILIATION),
        ("dynamodb:DeleteItem", RECONCILIATION),
        ("dynamodb:GetItem", RECONCILIATION),
        ("dynamodb:Query", RECONCILIATION),
        ("dynamodb:UpdateItem", RECONCILIATION),
        ("secretsmanager:GetSecretValue", SECRET),
        ("states:StartExecution", REVIEW_LOOP_ARN),
        ("sqs:SendMessage", "${ReconcileFailureQueue.Arn}"),
    },
    "ReconcileOrdersFunctionScheduleRole": {
        ("lambda:InvokeFunction", "${ReconcileOrdersFunction.Arn}"),
        ("sqs:SendMessage", "${ReconcileFailureQueue.Arn}"),
    },
    "ReviewLoopRole": {
        ("lambda:InvokeFunction", "${RecheckOrderFunction.Arn}"),
        # Log delivery belongs to no resource: AWS documents these with "*" only.
        ("logs:CreateLogDelivery", "*"),
        ("logs:DeleteLogDelivery", "*"),
        ("logs:DescribeLogGroups", "*"),
        ("logs:DescribeResourcePolicies", "*"),
        ("logs:GetLogDelivery", "*"),
        ("logs:ListLogDeliveries", "*"),
        ("logs:PutResourcePolicy", "*"),
        ("logs:UpdateLogDelivery", "*"),
    },
}


def test_each_role_may_do_what_it_needs_and_nothing_else() -> None:
    assert checks.permissions(WITH_PAGE) == PERMISSIONS


def test_a_key_of_ones_own_may_be_used_through_the_tables_and_the_secret_alone() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    granted = checks.permissions(checks.with_conditions_met(TEMPLATE, {"KmsKeyArn": key}))
    reads = {
        ("kms:Decrypt", f"${{KmsKeyArn}} via {service}.${{AWS::Region}}.amazonaws.com")
        for service in ("dynamodb", "secretsmanager")
    }
    assert granted == {
        role: allowed | reads if role.endswith("FunctionRole") else allowed
        for role, allowed in PERMISSIONS.items()
    }


def test_no_role_has_more_than_logs_and_traces_from_aws_managed_policies() -> None:
    managed = {
        str(arn).rpartition("/")[2]
        for role in PERMISSIONS
        for arn in properties(role).get("ManagedPolicyArns", [])
    }
    assert managed == {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
