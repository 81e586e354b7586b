"""Each role may do what it needs and nothing else."""

from tests import template_checks as checks
from tests.unit.template.deployed import REVIEW_LOOP_ARN, TEMPLATE, WITH_PAGE, properties

ORDERS = "${OrdersTable.Arn}"
WRITTEN_BY_RUNS = ("failure", "lease", "refresh", "review", "run", "sweep", "watermark", "write_back")
SHOWN = ("failure", "review", "run", "watermark", "write_back")  # not who has erased what
INDEXES = [index["IndexName"] for index in properties("OrdersTable")["GlobalSecondaryIndexes"]]
RECONCILIATION = "${ReconciliationTable.Arn}"
SECRET = (
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${ZonosSecretName}-??????"
)
STATES = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
# Log delivery belongs to no resource: AWS documents these with "*" only.
DELIVERING_LOGS = {
    ("logs:CreateLogDelivery", "*"),
    ("logs:DeleteLogDelivery", "*"),
    ("logs:DescribeLogGroups", "*"),
    ("logs:DescribeResourcePolicies", "*"),
    ("logs:GetLogDelivery", "*"),
    ("logs:ListLogDeliveries", "*"),
    ("logs:PutResourcePolicy", "*"),
    ("logs:UpdateLogDelivery", "*"),
}
LOOKING_AT_ONE_ORDER = {
    ("dynamodb:GetItem", ORDERS),
    ("dynamodb:UpdateItem", ORDERS),
    ("dynamodb:GetItem", f"{RECONCILIATION}#erased"),
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
        ("dynamodb:Scan", f"{ORDERS}/index/to_ship"),
        ("dynamodb:Scan", f"{ORDERS}/index/write_back"),
        ("dynamodb:BatchGetItem", RECONCILIATION),
        ("dynamodb:GetItem", RECONCILIATION),
        ("dynamodb:Query", RECONCILIATION),
        *(("dynamodb:DeleteItem", f"{RECONCILIATION}#{kind}") for kind in ("failure", "lease", "write_back")),
        *(("dynamodb:UpdateItem", f"{RECONCILIATION}#{kind}") for kind in WRITTEN_BY_RUNS),
        ("secretsmanager:GetSecretValue", SECRET),
        ("states:StartExecution", REVIEW_LOOP_ARN),
        ("sqs:SendMessage", "${ReconcileFailureQueue.Arn}"),
    },
    "BackfillOrdersFunctionRole": {
        ("dynamodb:GetItem", ORDERS),
        ("dynamodb:UpdateItem", ORDERS),
        ("dynamodb:BatchGetItem", ORDERS),
        ("dynamodb:Query", f"{ORDERS}/index/by_day"),
        ("dynamodb:DeleteItem", f"{RECONCILIATION}#failure"),
        ("dynamodb:BatchGetItem", f"{RECONCILIATION}#erased"),
        ("dynamodb:Query", f"{RECONCILIATION}#failure"),
        ("dynamodb:GetItem", f"{RECONCILIATION}#erased"),
        ("dynamodb:UpdateItem", f"{RECONCILIATION}#failure"),
        ("dynamodb:UpdateItem", f"{RECONCILIATION}#review"),
        ("secretsmanager:GetSecretValue", SECRET),
        ("states:StartExecution", REVIEW_LOOP_ARN),
    },
    "OrderDeskFunctionRole": {
        ("dynamodb:BatchGetItem", ORDERS),
        ("dynamodb:GetItem", ORDERS),
        ("dynamodb:Query", f"{ORDERS}/index/by_day"),
        ("dynamodb:UpdateItem", ORDERS),
        ("dynamodb:Scan", f"{ORDERS}/index/held"),
        ("dynamodb:Scan", f"{ORDERS}/index/to_ship"),
        ("dynamodb:Scan", f"{ORDERS}/index/write_back"),
        ("dynamodb:BatchGetItem", f"{RECONCILIATION}#review"),
        ("dynamodb:DeleteItem", f"{RECONCILIATION}#failure"),
        ("dynamodb:DeleteItem", f"{RECONCILIATION}#write_back"),
        *(("dynamodb:GetItem", f"{RECONCILIATION}#{kind}") for kind in ("erased", "run", "watermark")),
        *(("dynamodb:Query", f"{RECONCILIATION}#{kind}") for kind in ("failure", "write_back")),
        *(
            ("dynamodb:UpdateItem", f"{RECONCILIATION}#{kind}")
            for kind in ("failure", "review", "write_back")
        ),
        ("secretsmanager:GetSecretValue", SECRET),
        ("states:StartExecution", REVIEW_LOOP_ARN),
    },
    "OrderSupervisorFunctionRole": {
        ("dynamodb:GetItem", ORDERS),
        ("dynamodb:UpdateItem", ORDERS),
        ("dynamodb:GetItem", f"{RECONCILIATION}#erased"),
        ("dynamodb:UpdateItem", f"{RECONCILIATION}#erased"),
        ("dynamodb:UpdateItem", f"{RECONCILIATION}#review"),
        ("secretsmanager:GetSecretValue", SECRET),
        ("states:StartExecution", REVIEW_LOOP_ARN),
    },
    "PublishChangesFunctionRole": {
        ("dynamodb:GetItem", ORDERS),
        ("dynamodb:DescribeStream", "${OrdersTable.StreamArn}"),
        ("dynamodb:GetRecords", "${OrdersTable.StreamArn}"),
        ("dynamodb:GetShardIterator", "${OrdersTable.StreamArn}"),
        # It names streams, and AWS documents it with "*" only.
        ("dynamodb:ListStreams", "*"),
        ("events:PutEvents", "${OrdersBus.Arn}"),
        ("sqs:SendMessage", "${EventsFailureQueue.Arn}"),
    },
    "ReconcileOrdersFunctionScheduleRole": {
        ("lambda:InvokeFunction", "${ReconcileOrdersFunction.Arn}"),
        ("sqs:SendMessage", "${ReconcileFailureQueue.Arn}"),
    },
    "ReviewLoopRole": {("lambda:InvokeFunction", "${RecheckOrderFunction.Arn}"), *DELIVERING_LOGS},
    "BackfillRole": {
        ("lambda:InvokeFunction", "${BackfillOrdersFunction.Arn}"),
        ("states:StartExecution", f"{STATES}:stateMachine:${{AWS::StackName}}-backfill"),
        *(
            (f"states:{action}Execution", f"{STATES}:execution:${{AWS::StackName}}-backfill{label}:*")
            for action in ("Describe", "Stop")
            for label in ("", "/Slices")
        ),
        ("states:RedriveExecution", f"{STATES}:execution:${{AWS::StackName}}-backfill/Slices:*"),
        *(
            (f"s3:{action}", "${BackfillBucket.Arn}/backfills/*")
            for action in ("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject")
        ),
        *DELIVERING_LOGS,
    },
}


def test_each_role_may_do_what_it_needs_and_nothing_else() -> None:
    assert checks.permissions(WITH_PAGE) == PERMISSIONS


def test_a_key_of_ones_own_may_be_used_through_the_tables_and_the_secret_alone() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    granted = checks.permissions(checks.with_conditions_met(TEMPLATE, {"KmsKeyArn": key}))
    table, secret = (
        ("kms:Decrypt", f"${{KmsKeyArn}} via {service}.${{AWS::Region}}.amazonaws.com")
        for service in ("dynamodb", "secretsmanager")
    )
    assert granted == {
        role: allowed
        | ({table} if role.endswith("FunctionRole") else set())
        | ({secret} if ("secretsmanager:GetSecretValue", SECRET) in allowed else set())
        for role, allowed in PERMISSIONS.items()
    }


def test_the_supervisors_policy_opens_its_url_and_nothing_else() -> None:
    """AWS asks for both actions; without its condition the second would grant a forged invocation."""
    function = {"Fn::GetAtt": ["OrderSupervisorFunction", "Arn"]}
    assert properties("OrderSupervisorPolicy")["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunctionUrl",
            "Resource": function,
            "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        },
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": function,
            "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        },
    ]


def granted_to_people(policy: str) -> set[tuple[str, str]]:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"Policies": [WITH_PAGE["Resources"][policy]["Properties"]]},
    }
    return checks.permissions({"Resources": {policy: role}})[policy]


def test_whoever_may_see_the_state_of_orders_sees_nothing_personal() -> None:
    assert granted_to_people("ReadOrderStatusPolicy") == {
        *(
            (f"dynamodb:{action}", f"{ORDERS}/index/{name}")
            for action in ("Query", "Scan")
            for name in INDEXES
        ),
        *(
            (f"dynamodb:{action}", f"{RECONCILIATION}#{kind}")
            for action in ("GetItem", "Query")
            for kind in SHOWN
        ),
    }


def test_whoever_may_read_the_orders_whole_may_write_none() -> None:
    assert granted_to_people("ReadOrdersPolicy") == {
        (f"dynamodb:{action}", resource)
        for action in ("BatchGetItem", "GetItem", "Query", "Scan")
        for resource in (ORDERS, *(f"{ORDERS}/index/{name}" for name in INDEXES))
    }


def test_nobody_in_the_stack_may_call_the_supervisor() -> None:
    for role, allowed in checks.permissions(WITH_PAGE).items():
        invoked = {resource for action, resource in allowed if action.startswith("lambda:Invoke")}
        assert "${OrderSupervisorFunction.Arn}" not in invoked, role
        assert "*" not in invoked, role


def test_no_role_has_more_than_logs_and_traces_from_aws_managed_policies() -> None:
    managed = {
        str(arn).rpartition("/")[2]
        for role in PERMISSIONS
        for arn in properties(role).get("ManagedPolicyArns", [])
    }
    assert managed == {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
