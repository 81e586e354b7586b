"""Each role may do what it needs and nothing else."""

from tests import template_checks as checks
from tests.unit.template.deployed import REVIEW_LOOP_ARN, TEMPLATE, properties

ORDERS = "${OrdersTable.Arn}"
RECONCILIATION = "${ReconciliationTable.Arn}"
SECRET = (
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${ZonosSecretName}-??????"
)
LOOKING_AT_ONE_ORDER = {
    ("dynamodb:GetItem", ORDERS),
    ("dynamodb:UpdateItem", ORDERS),
    ("dynamodb:UpdateItem", RECONCILIATION),
    ("secretsmanager:GetSecretValue", SECRET),
    ("states:StartExecution", REVIEW_LOOP_ARN),
}
PERMISSIONS = {
    "SuccessRedirectFunctionRole": LOOKING_AT_ONE_ORDER,
    "RecheckOrderFunctionRole": LOOKING_AT_ONE_ORDER,
    "ReconcileOrdersFunctionRole": {
        *LOOKING_AT_ONE_ORDER,
        ("dynamodb:BatchGetItem", ORDERS),
        ("dynamodb:Query", f"{ORDERS}/index/by_day"),
        ("dynamodb:Scan", f"{ORDERS}/index/held"),
        ("dynamodb:BatchGetItem", RECONCILIATION),
        ("dynamodb:DeleteItem", RECONCILIATION),
        ("dynamodb:GetItem", RECONCILIATION),
        ("dynamodb:Query", RECONCILIATION),
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
    assert checks.permissions(TEMPLATE) == PERMISSIONS


def test_no_role_has_more_than_logs_and_traces_from_aws_managed_policies() -> None:
    managed = {
        str(arn).rpartition("/")[2]
        for role in PERMISSIONS
        for arn in properties(role).get("ManagedPolicyArns", [])
    }
    assert managed == {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
