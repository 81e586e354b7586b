"""The table's stream and the bus: tried again, bisected, kept when it fails for good, read by one role."""

from tests import template_checks as checks
from tests.unit.template.deployed import SAM, TEMPLATE, WITH_PAGE, properties

DAY = 24 * 3600
QUEUE = {"Fn::GetAtt": ["EventsFailureQueue", "Arn"]}


def test_the_function_runs_as_the_others_do_and_alone_knows_the_bus() -> None:
    function = properties("PublishChangesFunction")
    assert (function["Timeout"], function["MemorySize"]) == (60, 512)
    assert (function["Handler"], function["Runtime"]) == ("app.lambda_handler", "python3.13")
    assert (function["Architectures"], function["TracingConfig"]) == (["arm64"], {"Mode": "Active"})
    shared = SAM["Globals"]["Function"]["Environment"]["Variables"]
    own = {"ORDERS_BUS": {"Ref": "OrdersBus"}, "EVENTS_FAILURE_QUEUE": {"Ref": "EventsFailureQueue"}}
    assert function["Environment"]["Variables"] == shared | own
    with_bus = {
        name
        for name, resource in TEMPLATE["Resources"].items()
        if "ORDERS_BUS" in resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    }
    assert with_bus == {"PublishChangesFunction"}


def test_the_stream_is_read_from_its_beginning_and_what_fails_is_tried_again_apart_and_kept() -> None:
    mapping = properties("OrdersStream")
    assert mapping == {
        "FunctionName": {"Ref": "PublishChangesFunction"},
        "EventSourceArn": {"Fn::GetAtt": ["OrdersTable", "StreamArn"]},
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": 79_200,
        "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
    }


def test_nothing_is_given_up_before_it_could_be_told_and_nothing_forgotten_before_it_is_given_up() -> None:
    """DynamoDB forgets a change after a day, and tells nobody."""
    mapping = properties("OrdersStream")
    assert 12 * 3600 < mapping["MaximumRecordAgeInSeconds"] < DAY
    assert properties("EventsFailureQueue") == {
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": 14 * DAY,
    }


def test_the_stream_is_read_in_the_name_of_one_role() -> None:
    granted = checks.permissions(WITH_PAGE)
    readers = {
        role
        for role, pairs in granted.items()
        for action, _ in pairs
        if action in {"dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"}
    }
    assert readers == {"PublishChangesFunctionRole"}
    assert checks.needed_by_lambda(WITH_PAGE)["PublishChangesFunctionRole"] == {
        ("dynamodb:DescribeStream", "${OrdersTable.StreamArn}"),
        ("dynamodb:GetRecords", "${OrdersTable.StreamArn}"),
        ("dynamodb:GetShardIterator", "${OrdersTable.StreamArn}"),
        ("dynamodb:ListStreams", "*"),
        ("sqs:SendMessage", "${EventsFailureQueue.Arn}"),
    }


def test_the_bus_bears_the_name_of_the_stack() -> None:
    assert properties("OrdersBus") == {"Name": {"Fn::Sub": "${AWS::StackName}-orders"}}
