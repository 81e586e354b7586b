"""The real template deploys in the sandbox."""

from __future__ import annotations

import json
from ast import literal_eval
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.sandbox.reduced_template import LEFT_OUT
from tests.sandbox.sam_template import load_template
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.table_stream import FOR_EVER

PARAMETERS = {"ZonosStoreId": "999", "ZonosSecretName": "zonos/secret", "ShipFromDate": "all"}


@pytest.fixture(scope="module")
def real() -> Iterator[Sandbox]:
    with Sandbox({**PARAMETERS, "RecheckBaseSeconds": "2"}, "s3cret") as running:
        yield running


def test_every_function_gets_its_environment(real: Sandbox) -> None:
    for function in real.stack.functions.values():
        environment = function.environment
        assert environment["ZONOS_STORE_ID"] == "999"
        assert environment["ZONOS_SECRET_NAME"] == "zonos/secret"
        assert environment["ZONOS_API_URL"] == "https://api.iglobalstores.com"
        assert environment["ORDERS_TABLE"] == real.stack.outputs["OrdersTableName"]
        assert environment["RECONCILIATION_TABLE"] == real.stack.outputs["ReconciliationTableName"]
        assert environment["REVIEW_LOOP_ARN"] == real.stack.state_machines["ReviewLoop"]
        assert environment["RECHECK_BASE_SECONDS"] == "2"


def test_any_aws_client_reaches_the_tables_and_the_order_desk(
    real: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in real.aws_environment.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session()
    assert real.stack.outputs["OrdersTableName"] in session.client("dynamodb").list_tables()["TableNames"]
    answer = session.client("lambda").invoke(
        FunctionName=real.stack.outputs["OrderDeskFunctionName"], Payload=b'{"status": {}}'
    )
    assert "FunctionError" not in answer
    assert json.load(answer["Payload"])["waiting_for_hand_over"]["count"] == 0


def test_tables_exist_with_their_indexes(real: Sandbox) -> None:
    table = real.client("dynamodb").describe_table(TableName=real.stack.physical_ids["OrdersTable"])["Table"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        "by_day",
        "held",
        "to_ship",
        "write_back",
    }
    assert real.orders() == []
    assert real.reconciliation_item("watermark", "999") is None


def test_state_machine_has_no_open_substitutions(real: Sandbox) -> None:
    machine = real.client("stepfunctions").describe_state_machine(
        stateMachineArn=real.stack.state_machines["ReviewLoop"]
    )
    assert machine["name"] == "zonos-orders-review"
    assert real.stack.functions["RecheckOrderFunction"].arn in machine["definition"]
    assert "${" not in machine["definition"]
    assert real.executions() == []


def test_page_and_schedule_are_the_template_s(real: Sandbox) -> None:
    assert real.page_url == f"{real.api_url}/success"
    assert [schedule.function for schedule in real.stack.schedules] == ["ReconcileOrdersFunction"]


def test_the_stream_of_orders_is_read_by_its_function_and_the_bus_has_its_name(real: Sandbox) -> None:
    (stream,) = real.stack.streams
    assert (stream.function, stream.batch_size, stream.retries) == ("PublishChangesFunction", 100, FOR_EVER)
    assert f":table/{real.stack.outputs['OrdersTableName']}/stream/" in stream.stream_arn
    environment = real.stack.functions["PublishChangesFunction"].environment
    assert environment["ORDERS_BUS"] == real.stack.outputs["OrdersBusName"] == "zonos-orders-orders"


def test_what_is_left_out_is_what_the_template_has_and_moto_lacks(real: Sandbox) -> None:
    written = load_template()["Resources"]
    made = set(real.stack.physical_ids)
    missing = {name for name in written if name not in made}
    assert {written[name]["Type"] for name in missing} <= {
        "AWS::Serverless::HttpApi",
        "AWS::Serverless::LayerVersion",
        *LEFT_OUT,
    }


def test_stack_without_the_page() -> None:
    with Sandbox({**PARAMETERS, "SuccessPage": "disabled"}, "s3cret") as sandbox:
        assert sandbox.page_url is None
        written = load_template()["Resources"].items()
        functions = {name for name, body in written if body["Type"] == "AWS::Serverless::Function"}
        assert set(sandbox.stack.functions) == functions - {"SuccessRedirectFunction"}


def _may_decrypt(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What the role of a function, as it was deployed, may do with keys."""
    role = sandbox.stack.physical_ids["RecheckOrderFunctionRole"]
    iam = sandbox.client("iam")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    # moto's CloudFormation hands the policy to its IAM as Python spells it, not as JSON.
    document = literal_eval(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
    # Where AWS leaves a statement out for AWS::NoValue, moto leaves an empty place.
    return [found for found in document["Statement"] if found and found["Action"] == "kms:Decrypt"]


def test_stack_with_a_key_of_one_s_own(real: Sandbox) -> None:
    assert _may_decrypt(real) == []
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    with Sandbox({**PARAMETERS, "KmsKeyArn": key}, "s3cret") as sandbox:
        (statement,) = _may_decrypt(sandbox)
        assert statement["Resource"] == key
        services = ["dynamodb.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"]
        assert statement["Condition"] == {"StringEquals": {"kms:ViaService": services}}
