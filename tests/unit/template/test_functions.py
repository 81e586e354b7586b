"""The functions, the review loop and the page: bounded time, kept failures, no data in logs."""

import re

from tests.unit.template.deployed import FUNCTIONS, properties


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
        "ReconcileOrdersFunction": (300, 2048),
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
