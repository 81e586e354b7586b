"""What a function tells whoever called it, and what it leaves behind in AWS."""

import json
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3

from tests.leaks.private import assert_nothing_private

Handler = Callable[[Any, Any], Any]
ANSWERS = "answers, errors and lines of functions"


def recorded(handler: Handler, told: list[str]) -> Handler:
    """Let a handler's answers and errors be noted in `told`.

    An error with all that a reporter of errors could show of it: text and stack trace, and its causes' as
    well. Lambda puts the first two into the log, the history of an execution and the failure queue.
    """

    def invoke(event: Any, context: Any) -> Any:
        try:
            answer = handler(event, context)
        except Exception as exc:
            told.append("".join(traceback.format_exception(exc)))
            raise
        told.append(json.dumps(answer))
        return answer

    return invoke


@cache
def client_of_this_process(service: Any) -> Any:
    """Return a client of the AWS that is simulated in this process, one that no test breaks."""
    return boto3.Session().client(service)


def assert_aws_holds_nothing_private(client: Callable[[str], Any] = client_of_this_process) -> None:
    """Look through a simulated account: all but the Orders table. `client` makes clients by service."""
    assert_nothing_private("items outside the Orders table", _items(client("dynamodb")))
    assert_nothing_private(
        "inputs, outputs and histories of executions", _executions(client("stepfunctions"))
    )
    assert_nothing_private("queued messages", _messages(client("sqs")))
    assert_nothing_private("objects in S3", _objects(client("s3")))


def _items(dynamodb: Any) -> Iterator[str]:
    for table in _all(dynamodb, "list_tables", "TableNames"):
        if "OrdersTable" not in table:
            yield from map(repr, _all(dynamodb, "scan", "Items", TableName=table))


def _executions(step_functions: Any) -> Iterator[str]:
    for machine in _all(step_functions, "list_state_machines", "stateMachines"):
        arn = machine["stateMachineArn"]
        for execution in _all(step_functions, "list_executions", "executions", stateMachineArn=arn):
            name = {"executionArn": execution["executionArn"]}
            yield repr(step_functions.describe_execution(**name))
            yield from map(repr, _all(step_functions, "get_execution_history", "events", **name))


def _messages(sqs: Any) -> Iterator[str]:
    for url in _all(sqs, "list_queues", "QueueUrls"):
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                yield repr(message)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _objects(s3: Any) -> Iterator[str]:
    for bucket in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        for found in _all(s3, "list_objects_v2", "Contents", Bucket=bucket):
            yield found["Key"]
            yield s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read().decode("utf-8", "replace")


def _all(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(key, ())
