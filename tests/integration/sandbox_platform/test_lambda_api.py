"""AWS clients invoke the sandbox's functions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.integration.eventually import eventually
from tests.sandbox.sandbox import Sandbox


def test_aws_client_gets_the_result(sandbox: Sandbox) -> None:
    answer = sandbox.client("lambda").invoke(
        FunctionName=sandbox.stack.functions["ReconcileOrdersFunction"].arn, Payload=b'{"a": "\xc3\xa9"}'
    )
    assert json.load(answer["Payload"])["event"] == {"a": "é"}
    assert "FunctionError" not in answer


def test_aws_client_gets_the_error(sandbox: Sandbox) -> None:
    answer = sandbox.client("lambda").invoke(
        FunctionName=sandbox.stack.functions["ReconcileOrdersFunction"].name, Payload=b'{"do": "fail"}'
    )
    error = json.load(answer["Payload"])
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "TransientError"
    assert error["errorMessage"] == "zonos is down"
    assert "raise TransientError" in error["stackTrace"][-1]


def test_asynchronous_invocation_is_accepted_and_then_run(sandbox: Sandbox) -> None:
    answer = sandbox.client("lambda").invoke(
        FunctionName=sandbox.stack.functions["SuccessRedirectFunction"].name,
        InvocationType="Event",
        Payload=b'{"do": "log"}',
    )
    assert answer["StatusCode"] == 202
    eventually(lambda: "to stdout" in sandbox.logs("SuccessRedirectFunction"))


def test_unknown_function_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sandbox.client("lambda").invoke(FunctionName="nobody")
