"""The deployed template, transformed as AWS does it: names, permissions, alarms, and what is left out."""

import ast
import re
import tomllib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests import template_checks as checks
from tests.sandbox.sam_template import ROOT, load_template, transform

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


# ------------------------------------------------------------------ what others rely on


def test_the_parameters_are_the_promised_ones() -> None:
    assert TEMPLATE["Parameters"].keys() == {
        "ZonosStoreId",
        "ZonosSecretName",
        "ShipFromDate",
        "ZonosApiUrl",
        "ReconcileSchedule",
        "MaxReconcileLagMinutes",
        "SuccessPage",
        "ThankYouUrl",
        "TestOrders",
        "RecheckBaseSeconds",
        "InitialLookbackDays",
        "ImportConcurrency",
        "LogRetentionDays",
        "AlarmEmail",
        "SuccessPageRateLimit",
        "SuccessPageBurstLimit",
    }


def test_only_what_the_deployer_alone_can_know_has_no_default() -> None:
    defaults = {name: body.get("Default") for name, body in TEMPLATE["Parameters"].items()}
    assert defaults == {
        "ZonosStoreId": None,
        "ZonosSecretName": None,
        "ShipFromDate": None,
        "ZonosApiUrl": "https://api.iglobalstores.com",
        "ReconcileSchedule": "rate(15 minutes)",
        "MaxReconcileLagMinutes": 60,
        "SuccessPage": "enabled",
        "ThankYouUrl": "",
        "TestOrders": "hold",
        "RecheckBaseSeconds": 300,
        "InitialLookbackDays": 30,
        "ImportConcurrency": 16,
        "LogRetentionDays": 30,
        "AlarmEmail": "",
        "SuccessPageRateLimit": 20,
        "SuccessPageBurstLimit": 40,
    }


def test_the_promised_resources_and_outputs_are_there() -> None:
    assert {name: RESOURCES[name]["Type"] for name in (*FUNCTIONS, "ReviewLoop", "OrdersApi")} == {
        "SuccessRedirectFunction": "AWS::Lambda::Function",
        "ReconcileOrdersFunction": "AWS::Lambda::Function",
        "RecheckOrderFunction": "AWS::Lambda::Function",
        "ReviewLoop": "AWS::StepFunctions::StateMachine",
        "OrdersApi": "AWS::ApiGatewayV2::Api",
    }
    assert {name: output["Value"] for name, output in WITH_PAGE["Outputs"].items()} == {
        "OrdersTableName": {"Ref": "OrdersTable"},
        "ReconciliationTableName": {"Ref": "ReconciliationTable"},
        "ReviewLoopArn": {"Ref": "ReviewLoop"},
        "SuccessPageUrl": {
            "Fn::Sub": "https://${OrdersApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/success"
        },
    }


def test_all_functions_have_the_same_environment() -> None:
    expected = {
        "ZONOS_STORE_ID": {"Ref": "ZonosStoreId"},
        "ZONOS_SECRET_NAME": {"Ref": "ZonosSecretName"},
        "ZONOS_API_URL": {"Ref": "ZonosApiUrl"},
        "ORDERS_TABLE": {"Ref": "OrdersTable"},
        "RECONCILIATION_TABLE": {"Ref": "ReconciliationTable"},
        "REVIEW_LOOP_ARN": {"Fn::Sub": REVIEW_LOOP_ARN},
        "SHIP_FROM_DATE": {"Ref": "ShipFromDate"},
        "TEST_ORDERS": {"Ref": "TestOrders"},
        "THANK_YOU_URL": {"Ref": "ThankYouUrl"},
        "RECHECK_BASE_SECONDS": {"Ref": "RecheckBaseSeconds"},
        "INITIAL_LOOKBACK_DAYS": {"Ref": "InitialLookbackDays"},
        "IMPORT_CONCURRENCY": {"Ref": "ImportConcurrency"},
        "POWERTOOLS_SERVICE_NAME": {"Ref": "AWS::StackName"},
        "POWERTOOLS_METRICS_NAMESPACE": "ZonosOrders",
    }
    for name in FUNCTIONS:
        assert properties(name)["Environment"]["Variables"] == expected


def test_the_name_in_the_environment_is_the_review_loops_own() -> None:
    name = properties("ReviewLoop")["StateMachineName"]["Fn::Sub"]
    assert REVIEW_LOOP_ARN.endswith(f":stateMachine:{name}")


# ------------------------------------------------------------------ soundness

CHECKS = (
    checks.circles,
    checks.dangling_references,
    checks.undescribed,
    checks.functions_without_kept_logs,
    checks.silent_alarms,
    checks.unwatched_schedules,
    checks.fixed_names,
)


def faults(template: checks.Template) -> list[str]:
    return [fault for check in CHECKS for fault in check(template)]


@pytest.mark.parametrize("template", [TEMPLATE, WITH_PAGE, WITHOUT_PAGE], ids=["whole", "page", "no page"])
def test_the_template_is_sound(template: checks.Template) -> None:
    assert faults(template) == []


def _set(*path: str | int, to: Any) -> Callable[[Any], None]:
    def change(template: Any) -> None:
        node = template
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Any], None]:
    def change(template: Any) -> None:
        node = template
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change


def _function(name: str, *path: str) -> tuple[str, ...]:
    return ("Resources", name, "Properties", *path)


_RECHECK_ENVIRONMENT = _function("RecheckOrderFunction", "Environment", "Variables", "REVIEW_LOOP_ARN")
_INVOKE_CONFIG = _function("ReconcileOrdersFunctionEventInvokeConfig")
_SCHEDULE = _function("ReconcileOrdersFunctionSchedule")
_ALARM = _function("ReviewExpiredAlarm")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            _set(*_RECHECK_ENVIRONMENT, to={"Ref": "ReviewLoop"}),
            "a circle: RecheckOrderFunction needs ReviewLoop needs RecheckOrderFunction",
        ),
        (
            _set(*_RECHECK_ENVIRONMENT, to={"Fn::Sub": "${ReviewLoop.Arn}"}),
            "a circle: RecheckOrderFunction needs ReviewLoop needs RecheckOrderFunction",
        ),
        (
            _set("Resources", "OrdersTable", "DependsOn", to="RecheckOrderFunction"),
            "a circle: OrdersTable needs RecheckOrderFunction needs OrdersTable",
        ),
        (
            _drop("Resources", "AlarmTopic"),
            "Resources.AlarmEmailSubscription refers to AlarmTopic, which is not there",
        ),
        (_drop("Parameters", "ShipFromDate", "Description"), "ShipFromDate has no description"),
        (_drop("Parameters", "ShipFromDate", "AllowedPattern"), "ShipFromDate accepts anything"),
        (
            _drop("Parameters", "ShipFromDate", "ConstraintDescription"),
            "ShipFromDate does not say what it accepts",
        ),
        (_drop("Outputs", "ReviewLoopArn", "Description"), "ReviewLoopArn has no description"),
        (
            _drop(*_function("RecheckOrderFunction", "LoggingConfig")),
            "RecheckOrderFunction has no log group of its own",
        ),
        (
            _set(
                *_function("RecheckOrderFunction", "LoggingConfig", "LogGroup", "Ref"),
                to="ReconcileOrdersLogs",
            ),
            "RecheckOrderFunction has no log group of its own",
        ),
        (
            _drop("Resources", "SuccessRedirectLogs", "Condition"),
            "SuccessRedirectFunction comes and goes without its log group",
        ),
        (
            _drop(*_function("OrdersApiLogs", "RetentionInDays")),
            "OrdersApiLogs keeps its logs for ever",
        ),
        (_set(*_ALARM, "AlarmActions", to=[]), "ReviewExpiredAlarm tells nobody (AlarmActions)"),
        (_drop(*_ALARM, "OKActions"), "ReviewExpiredAlarm tells nobody (OKActions)"),
        (_drop(*_ALARM, "AlarmDescription"), "ReviewExpiredAlarm does not say what to do"),
        (_drop(*_ALARM, "TreatMissingData"), "ReviewExpiredAlarm does not say what silence means"),
        (
            _drop(*_SCHEDULE, "Target", "DeadLetterConfig"),
            "ReconcileOrdersFunctionSchedule loses runs that cannot be delivered",
        ),
        (
            _drop("Resources", "ReconcileOrdersFunctionEventInvokeConfig"),
            "ReconcileOrdersFunctionSchedule loses runs that fail",
        ),
        (
            _set(*_INVOKE_CONFIG, "MaximumRetryAttempts", to=1),
            "ReconcileOrdersFunctionSchedule lets Lambda repeat runs",
        ),
        (
            _set(*_SCHEDULE, "Name", to="reconcile"),
            "ReconcileOrdersFunctionSchedule is called the same in every stack (Name)",
        ),
    ],
)
def test_a_broken_template_is_reported(change: Callable[[Any], None], fault: str) -> None:
    broken = deepcopy(TEMPLATE)
    change(broken)
    assert fault in faults(broken)


# ------------------------------------------------------------------ without the success page


def test_without_the_success_page_everything_of_it_is_left_out() -> None:
    assert WITH_PAGE["Resources"].keys() - WITHOUT_PAGE["Resources"].keys() == {
        "OrdersApi",
        "OrdersApiApiGatewayDefaultStage",
        "OrdersApiLogs",
        "SuccessRedirectFunction",
        "SuccessRedirectFunctionRole",
        "SuccessRedirectFunctionSuccessPermission",
        "SuccessRedirectLogs",
        "RedirectFailedAlarm",
        "SuccessPageErrorsAlarm",
    }
    assert WITH_PAGE["Outputs"].keys() - WITHOUT_PAGE["Outputs"].keys() == {"SuccessPageUrl"}


def test_an_alarm_on_the_page_that_stays_behind_is_reported() -> None:
    broken = deepcopy(TEMPLATE)
    del broken["Resources"]["SuccessPageErrorsAlarm"]["Condition"]
    left = checks.with_conditions_met(broken, {"SuccessPage": "disabled"})
    assert "Resources.SuccessPageErrorsAlarm refers to OrdersApi, which is not there" in faults(left)


def test_nobody_is_subscribed_without_an_address() -> None:
    assert "AlarmEmailSubscription" not in WITH_PAGE["Resources"]
    given = checks.with_conditions_met(TEMPLATE, {"AlarmEmail": "orders@shop.example"})
    assert "AlarmEmailSubscription" in given["Resources"]


# ------------------------------------------------------------------ permissions

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


# ------------------------------------------------------------------ functions, loop, page


def test_the_functions_run_on_one_platform_with_bounded_time() -> None:
    for name in FUNCTIONS:
        function = properties(name)
        assert function["Handler"] == "app.lambda_handler"
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert len(function["Layers"]) == 2
        assert "ReservedConcurrentExecutions" not in function
    assert {name: (properties(name)["Timeout"], properties(name)["MemorySize"]) for name in FUNCTIONS} == {
        "SuccessRedirectFunction": (10, 512),
        "ReconcileOrdersFunction": (300, 1024),
        "RecheckOrderFunction": (60, 512),
    }


def test_a_failed_scheduled_run_is_kept_in_the_failure_queue_and_not_repeated() -> None:
    queue = {"Fn::GetAtt": ["ReconcileFailureQueue", "Arn"]}
    config = properties("ReconcileOrdersFunctionEventInvokeConfig")
    assert config["MaximumRetryAttempts"] == 0
    assert config["MaximumEventAgeInSeconds"] == 600
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": queue}}
    schedule = properties("ReconcileOrdersFunctionSchedule")
    assert schedule["ScheduleExpression"] == {"Ref": "ReconcileSchedule"}
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Input"] == "{}"
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": queue}
    assert properties("ReconcileFailureQueue") == {
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": 14 * 24 * 3600,
    }


def test_the_review_loop_logs_failures_without_their_data() -> None:
    loop = properties("ReviewLoop")
    assert loop["StateMachineType"] == "STANDARD"
    assert loop["TracingConfiguration"] == {"Enabled": True}
    assert loop["LoggingConfiguration"]["Level"] == "ERROR"
    assert loop["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_the_page_is_throttled_and_its_access_log_has_nothing_of_the_buyer() -> None:
    stage = properties("OrdersApiApiGatewayDefaultStage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "SuccessPageRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "SuccessPageBurstLimit"},
    }
    logged = set(re.findall(r"\$context\.[A-Za-z.]+", stage["AccessLogSettings"]["Format"]))
    assert logged == {
        "$context.requestId",
        "$context.routeKey",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationErrorMessage",
    }
    assert list(properties("OrdersApi")["Body"]["paths"]) == ["/success"]


def test_a_loopback_address_is_the_only_one_without_tls() -> None:
    assert accepts("ZonosApiUrl", "http://127.0.0.1:8080")
    assert not accepts("ZonosApiUrl", "http://127.0.0.1.example.com")


# ------------------------------------------------------------------ tables


@pytest.mark.parametrize("table", ["OrdersTable", "ReconciliationTable"])
def test_the_tables_are_kept_whatever_happens_to_the_stack(table: str) -> None:
    assert RESOURCES[table]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[table]["UpdateReplacePolicy"] == "Retain"
    body = properties(table)
    assert body["DeletionProtectionEnabled"] is True
    assert body["BillingMode"] == "PAY_PER_REQUEST"
    assert body["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert body["SSESpecification"] == {"SSEEnabled": True}


def _keys(schema: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in schema]


def test_the_orders_table_has_its_key_its_stream_and_three_sparse_indexes() -> None:
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
            ["revision", "zonos_status", "disposition", "order_day", "reference_id"],
        ),
    }
    projections = {index["Projection"]["ProjectionType"] for index in table["GlobalSecondaryIndexes"]}
    assert projections == {"INCLUDE"}


def test_the_reconciliation_table_has_kind_and_id() -> None:
    assert _keys(properties("ReconciliationTable")["KeySchema"]) == [("kind", "HASH"), ("id", "RANGE")]


@pytest.mark.parametrize("table", ["OrdersTable", "ReconciliationTable"])
def test_every_key_is_text(table: str) -> None:
    assert {definition["AttributeType"] for definition in properties(table)["AttributeDefinitions"]} == {"S"}


# ------------------------------------------------------------------ alarms

ALARMS = {
    name: body["Properties"] for name, body in RESOURCES.items() if body["Type"] == "AWS::CloudWatch::Alarm"
}
OWN_METRICS = {
    alarm["MetricName"]: alarm for alarm in ALARMS.values() if alarm.get("Namespace") == "ZonosOrders"
}


def test_what_needs_a_person_has_an_alarm() -> None:
    assert OWN_METRICS.keys() == {
        "ReconcileClean",
        "BadCredentials",
        "UnknownStatus",
        "ContractChanged",
        "ReviewExpired",
        "RestrictedPartyMatch",
        "ImportFailed",
        "RedirectFailed",
    }
    others = {(alarm["Namespace"], alarm["MetricName"]) for alarm in ALARMS.values() if "MetricName" in alarm}
    assert {pair for pair in others if pair[0] != "ZonosOrders"} == {
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "Errors"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    }


def test_the_alarm_on_the_review_loop_counts_every_bad_end() -> None:
    metrics = ALARMS["ReviewLoopFailedAlarm"]["Metrics"]
    counted = {
        metric["Id"]: metric["MetricStat"]["Metric"]["MetricName"]
        for metric in metrics
        if "MetricStat" in metric
    }
    assert counted == {
        "failed": "ExecutionsFailed",
        "timed_out": "ExecutionsTimedOut",
        "aborted": "ExecutionsAborted",
    }
    (expression,) = (metric["Expression"] for metric in metrics if "Expression" in metric)
    assert expression == "FILL(failed, 0) + FILL(timed_out, 0) + FILL(aborted, 0)"


def test_only_a_missing_reconciliation_is_silence_that_alarms() -> None:
    assert {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "breaching"} == {
        "NoCleanReconciliationAlarm"
    }


@pytest.mark.parametrize("metric", sorted(OWN_METRICS))
def test_our_metrics_are_watched_under_the_stacks_name(metric: str) -> None:
    assert OWN_METRICS[metric]["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]


def _text_pattern(node: ast.AST) -> str | None:
    """Write a text of the code as a regular expression; what an f-string fills in is one word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return "".join(_text_pattern(part) or "[A-Z][a-z]+" for part in node.values)
    return None


def test_every_metric_that_is_watched_is_reported_by_the_code() -> None:
    code = [*ROOT.glob("layers/zonos_orders/zonos_orders/**/*.py"), *ROOT.glob("functions/*/*.py")]
    nodes = [node for module in code for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
    patterns = "|".join({pattern for node in nodes if (pattern := _text_pattern(node))})
    assert [metric for metric in sorted(OWN_METRICS) if not re.fullmatch(patterns, metric)] == []


def test_every_alarm_text_fits() -> None:
    # 1,024 characters in CloudWatch, with room for the names that are filled in.
    assert {name for name, alarm in ALARMS.items() if len(str(alarm["AlarmDescription"])) > 800} == set()


# ------------------------------------------------------------------ parameters


def accepts(parameter: str, value: str) -> bool:
    """Say whether CloudFormation would take this value."""
    rule = TEMPLATE["Parameters"][parameter]
    if "AllowedValues" in rule:
        return value in [str(allowed) for allowed in rule["AllowedValues"]]
    if "AllowedPattern" in rule:
        return re.fullmatch(rule["AllowedPattern"], value) is not None
    return re.fullmatch("[0-9]+", value) is not None and rule["MinValue"] <= int(value) <= rule["MaxValue"]


ACCEPTED = {
    "ZonosStoreId": ["1", "999", "1234567890"],
    "ZonosSecretName": ["zonos", "prod/zonos-orders/api_secret", "a+b=c@d.e"],
    "ZonosApiUrl": [
        "https://api.iglobalstores.com",
        "https://api.example:8443",
        "http://localhost",
        "http://127.0.0.1:5000",
        "http://[::1]:5000",
    ],
    "ShipFromDate": ["all", "20260101", "20261231"],
    "TestOrders": ["hold", "allow"],
    "SuccessPage": ["enabled", "disabled"],
    "ThankYouUrl": [
        "",
        "https://shop.example",
        "https://shop.example/thanks?lang=en&x=1#top",
        "https://shop.example?lang=en",
        "http://localhost:3000/thanks",
    ],
    "SuccessPageRateLimit": ["1", "10000"],
    "SuccessPageBurstLimit": ["1", "5000"],
    "ReconcileSchedule": [
        "rate(1 minute)",
        "rate(2 minutes)",
        "rate(15 minutes)",
        "rate(90 minutes)",
        "rate(1 hour)",
        "rate(12 hours)",
        "cron(0/15 * * * ? *)",
        "cron(5,35 * ? * MON-FRI *)",
    ],
    "MaxReconcileLagMinutes": ["5", "60", "1440"],
    "InitialLookbackDays": ["1", "30", "365"],
    "ImportConcurrency": ["1", "64"],
    "RecheckBaseSeconds": ["1", "300", "86400"],
    "AlarmEmail": ["", "orders@shop.example", "first.last+zonos@mail.shop.example"],
    "LogRetentionDays": ["1", "30", "3653"],
}
REFUSED = {
    "ZonosStoreId": ["", "0", "0999", "99a", "999-1", " 999", "999\n", "\u0669\u0669\u0669"],
    "ZonosSecretName": [
        "",
        "a b",
        "arn:aws:secretsmanager:us-east-1:1:secret:x",
        "secret?",
        "x\n",
        "a" * 513,
    ],
    "ZonosApiUrl": [
        "",
        "api.iglobalstores.com",
        "http://api.iglobalstores.com",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "https://user@evil.example",
        "https://api.iglobalstores.com/v2",
        "https://api.iglobalstores.com/",
        "https://api.iglobalstores.com\n",
        "ftp://127.0.0.1",
    ],
    "ShipFromDate": ["", "ALL", "2026-01-01", "20261301", "20260132", "20260100", "19991231", "20260101\n"],
    "TestOrders": ["", "true", "Hold"],
    "SuccessPage": ["", "true", "Enabled"],
    "ThankYouUrl": [
        "http://shop.example/thanks",
        "shop.example",
        "javascript:alert(1)",
        "//shop.example",
        "https://",
        "https://user:pass@shop.example/",
        "https://shop.example/a b",
        "https://shop.example/\r\nSet-Cookie: a=b",
        'https://shop.example/"><script>',
    ],
    "SuccessPageRateLimit": ["0", "10001"],
    "SuccessPageBurstLimit": ["0", "5001"],
    "ReconcileSchedule": [
        "",
        "15 minutes",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(1 hours)",
        "rate(13 hours)",
        "rate(1 day)",
        "cron(0/15 * * *)",
        "at(2026-01-01T00:00:00)",
    ],
    "MaxReconcileLagMinutes": ["4", "1441"],
    "InitialLookbackDays": ["0", "366"],
    "ImportConcurrency": ["0", "65"],
    "RecheckBaseSeconds": ["0", "86401", "-1"],
    "AlarmEmail": ["shop.example", "a@b", "a@b.example, c@d.example", "a b@c.example", "a@b.example\n"],
    "LogRetentionDays": ["0", "2", "forever"],
}


def test_every_parameter_has_examples() -> None:
    assert ACCEPTED.keys() == REFUSED.keys() == TEMPLATE["Parameters"].keys()


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, all_ in ACCEPTED.items() for value in all_]
)
def test_a_parameter_accepts_what_is_right(name: str, value: str) -> None:
    assert accepts(name, value)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, all_ in REFUSED.items() for value in all_]
)
def test_a_parameter_refuses_what_is_wrong(name: str, value: str) -> None:
    assert not accepts(name, value)


def test_every_default_is_itself_accepted() -> None:
    defaults = {name: body["Default"] for name, body in TEMPLATE["Parameters"].items() if "Default" in body}
    assert [name for name, value in defaults.items() if not accepts(name, str(value))] == []


def test_the_console_shows_every_parameter_in_a_group() -> None:
    groups = SAM["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    assert sorted(shown) == sorted(TEMPLATE["Parameters"])


def test_the_configuration_is_anybodys() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]
    assert config["global"]["parameters"] == {"stack_name": "zonos-orders"}
    assert config["validate"]["parameters"] == {"lint": True}
    assert config["deploy"]["parameters"] == {
        "capabilities": "CAPABILITY_IAM",
        "confirm_changeset": True,
        "resolve_s3": True,
    }
