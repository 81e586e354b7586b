"""The sandbox's own promises, shown with a small stack of its own; then that the real one deploys."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.exceptions import ClientError

from tests.integration import small_stack
from tests.sandbox.http_api import HttpApi
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.reduced_template import LEFT_OUT
from tests.sandbox.sam_template import ROOT, load_template
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.stack import Route

PARAMETERS = {"ZonosStoreId": "999", "ZonosSecretName": "zonos/secret", "ShipFromDate": "all"}

KILLED_WHILE_BUSY = """
import os, signal, sys, threading, time
from pathlib import Path
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.stack import Route

with Sandbox({"ZonosSecretName": "a"}, "s3cret", root=Path(sys.argv[1])) as sandbox:
    idle = sandbox.invoke("RecheckOrderFunction", {"do": "who"})
    hang = ("ReconcileOrdersFunction", {"do": "hang"})
    threading.Thread(target=sandbox.invoke, args=hang, daemon=True).start()
    while not (busy := sandbox.logs("ReconcileOrdersFunction")):
        time.sleep(0.05)
    port = sandbox.client("dynamodb").meta.endpoint_url.rpartition(":")[2]
    print(port, idle, busy[0].split()[1], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_stack.write(tmp_path_factory.mktemp("project"))


def start(root: Path, **options: Any) -> Sandbox:
    parameters = {"ZonosSecretName": "zonos/secret", **options.pop("parameters", {})}
    return Sandbox(parameters, "s3cret", root=root, **options)


@pytest.fixture(scope="module")
def sandbox(project: Path) -> Iterator[Sandbox]:
    with start(project) as running:
        yield running


def invoke(sandbox: Sandbox, event: dict[str, Any], function: str = "ReconcileOrdersFunction") -> Any:
    return sandbox.invoke(function, event)


def eventually(condition: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it has not come about in time"
        time.sleep(0.05)
    return found


def fetch(sandbox: Sandbox, target: str, method: str = "GET", **more: Any) -> http.client.HTTPResponse:
    """Send a request line exactly as given."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.api_url or "").netloc, timeout=10)
    connection.request(method, target, **more)
    return connection.getresponse()


class TestFunctions:
    def test_environment_is_the_template_s_resolved_and_all_strings(self, sandbox: Sandbox) -> None:
        environment = invoke(sandbox, {"do": "environment"})
        assert environment["COUNT"] == "300"
        assert environment["LITERAL"] == "7"
        assert environment["SWITCH"] == "true"
        assert environment["TABLE"] == sandbox.stack.physical_ids["OrdersTable"]
        assert environment["LOOP_ARN"] == sandbox.stack.state_machines["ReviewLoop"]

    def test_nothing_of_the_sandbox_s_own_environment_is_inherited(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "a-real-account")
        monkeypatch.setenv("ZONOS_SECRET", "a-real-secret")
        environment = invoke(sandbox, {"do": "environment"}, "RecheckOrderFunction")
        assert "AWS_PROFILE" not in environment
        assert "ZONOS_SECRET" not in environment
        assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")

    def test_layers_are_on_the_python_path(self, sandbox: Sandbox) -> None:
        assert invoke(sandbox, {"a": 1}) == {"event": {"a": 1}, "layer": True}

    def test_context_tells_what_the_template_says(self, sandbox: Sandbox) -> None:
        function = sandbox.stack.functions["ReconcileOrdersFunction"]
        context = invoke(sandbox, {"do": "context"})
        assert context["name"] == function.name
        assert context["arn"] == function.arn
        assert context["memory"] == "256"
        assert 4000 < context["left"] <= 5000
        assert context["log"][0] == f"/aws/lambda/{function.name}"
        assert "[$LATEST]" in context["log"][1]

    def test_an_instance_is_used_again(self, sandbox: Sandbox) -> None:
        assert invoke(sandbox, {"do": "who"}) == invoke(sandbox, {"do": "who"})

    def test_invocations_at_once_get_an_instance_each(self, sandbox: Sandbox) -> None:
        with ThreadPoolExecutor(3) as threads:
            pids = set(threads.map(lambda _: invoke(sandbox, {"do": "who", "seconds": 1}), range(3)))
        assert len(pids) == 3
        assert sandbox.instances("ReconcileOrdersFunction") == 3

    def test_what_a_handler_prints_is_in_its_log_when_it_has_answered(self, sandbox: Sandbox) -> None:
        invoke(sandbox, {"do": "log"})
        log = sandbox.logs("ReconcileOrdersFunction")
        assert {"to stdout", "to stderr", "without a newline"} <= set(log)

    def test_error_carries_the_class_name_and_its_traceback_is_logged(self, sandbox: Sandbox) -> None:
        with pytest.raises(InvocationFailed, match="zonos is down") as failure:
            invoke(sandbox, {"do": "fail"})
        assert failure.value.error_type == "TransientError"
        log = sandbox.logs("ReconcileOrdersFunction")
        assert "[ERROR] TransientError: zonos is down" in log
        assert not any("worker.py" in line for line in log)

    def test_function_that_overruns_its_time_is_killed_and_replaced(self, sandbox: Sandbox) -> None:
        before = invoke(sandbox, {"do": "who"}, "RecheckOrderFunction")
        with pytest.raises(InvocationFailed, match=r"Task timed out after 1\.00 seconds") as failure:
            invoke(sandbox, {"do": "hang"}, "RecheckOrderFunction")
        assert failure.value.error_type == "Sandbox.Timedout"
        assert any(line.startswith("began") for line in sandbox.logs("RecheckOrderFunction"))
        assert invoke(sandbox, {"do": "who"}, "RecheckOrderFunction") != before

    def test_process_that_ends_is_an_error_and_is_replaced(self, sandbox: Sandbox) -> None:
        with pytest.raises(InvocationFailed, match="exit status 3") as failure:
            invoke(sandbox, {"do": "exit"})
        assert failure.value.error_type == "Runtime.ExitError"
        assert invoke(sandbox, {"do": "who"}) > 0

    def test_answer_that_is_not_json_is_an_error(self, sandbox: Sandbox) -> None:
        with pytest.raises(InvocationFailed) as failure:
            invoke(sandbox, {"do": "set"})
        assert failure.value.error_type == "Runtime.MarshalError"

    def test_handler_that_cannot_be_imported_fails_each_invocation_with_the_cause(
        self, sandbox: Sandbox
    ) -> None:
        for _ in range(2):
            with pytest.raises(InvocationFailed, match="MISSING_SETTING") as failure:
                invoke(sandbox, {}, "BrokenFunction")
            assert failure.value.error_type == "KeyError"
        assert sandbox.instances("BrokenFunction") == 0

    @pytest.mark.parametrize("host", ["example.com", "192.0.2.1"])
    def test_functions_cannot_reach_the_internet(self, sandbox: Sandbox, host: str) -> None:
        with pytest.raises(InvocationFailed, match="The sandbox has no internet"):
            invoke(sandbox, {"do": "connect", "host": host})

    def test_conditional_writes_at_once_let_one_through(self, sandbox: Sandbox) -> None:
        def write(seen: int) -> str:
            try:
                invoke(sandbox, {"do": "count", "seen": seen})
            except InvocationFailed as failure:
                return failure.error_type
            return "written"

        for seen in range(5):
            with ThreadPoolExecutor(4) as threads:
                endings = Counter(threads.map(write, [seen] * 4))
            assert endings == {"written": 1, "ConditionalCheckFailedException": 3}
        assert sandbox.order("1") == {"order_id": "1", "revision": 5}
        assert sandbox.orders() == [{"order_id": "1", "revision": 5}]


class TestLambdaApi:
    def test_aws_client_gets_the_result(self, sandbox: Sandbox) -> None:
        answer = sandbox.client("lambda").invoke(
            FunctionName=sandbox.stack.functions["ReconcileOrdersFunction"].arn, Payload=b'{"a": "\xc3\xa9"}'
        )
        assert json.load(answer["Payload"])["event"] == {"a": "é"}
        assert "FunctionError" not in answer

    def test_aws_client_gets_the_error(self, sandbox: Sandbox) -> None:
        answer = sandbox.client("lambda").invoke(
            FunctionName=sandbox.stack.functions["ReconcileOrdersFunction"].name, Payload=b'{"do": "fail"}'
        )
        error = json.load(answer["Payload"])
        assert answer["FunctionError"] == "Unhandled"
        assert error["errorType"] == "TransientError"
        assert error["errorMessage"] == "zonos is down"
        assert "raise TransientError" in error["stackTrace"][-1]

    def test_asynchronous_invocation_is_accepted_and_then_run(self, sandbox: Sandbox) -> None:
        answer = sandbox.client("lambda").invoke(
            FunctionName=sandbox.stack.functions["SuccessRedirectFunction"].name,
            InvocationType="Event",
            Payload=b'{"do": "log"}',
        )
        assert answer["StatusCode"] == 202
        eventually(lambda: "to stdout" in sandbox.logs("SuccessRedirectFunction"))

    def test_unknown_function_is_not_found(self, sandbox: Sandbox) -> None:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            sandbox.client("lambda").invoke(FunctionName="nobody")


class TestHttpApi:
    def test_event_has_payload_format_two(self, sandbox: Sandbox) -> None:
        response = fetch(
            sandbox,
            "/success?orderId=999-1&orderId=999%2D2&empty=&%C3%A9=a+b",
            headers={"X-Two": "1", "x-two": "2", "Cookie": "a=1; b=2", "User-Agent": "a test"},
        )
        event = json.load(response)["event"]
        context = event.pop("requestContext")
        http_part = context.pop("http")
        assert response.status == 200
        assert event["version"] == "2.0"
        assert event["routeKey"] == "GET /success"
        assert event["rawPath"] == "/success"
        assert event["rawQueryString"] == "orderId=999-1&orderId=999%2D2&empty=&%C3%A9=a+b"
        assert event["queryStringParameters"] == {"orderId": "999-1,999-2", "empty": "", "é": "a b"}
        assert event["cookies"] == ["a=1", "b=2"]
        assert event["headers"]["x-two"] == "1,2"
        assert event["isBase64Encoded"] is False
        assert "body" not in event
        assert http_part == {
            "method": "GET",
            "path": "/success",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "a test",
        }
        assert context["stage"] == "$default"
        assert context["routeKey"] == "GET /success"
        assert abs(context["timeEpoch"] / 1000 - time.time()) < 60

    def test_request_without_query_has_no_parameters(self, sandbox: Sandbox) -> None:
        event = json.load(fetch(sandbox, "/success"))["event"]
        assert event["rawQueryString"] == ""
        assert "queryStringParameters" not in event

    @pytest.mark.parametrize(
        ("body", "expected"),
        [(b"caf\xc3\xa9", ("café", False)), (b"\xff\x00", ("/wA=", True))],
    )
    def test_body_is_text_or_base64(self, sandbox: Sandbox, body: bytes, expected: tuple[str, bool]) -> None:
        event = json.load(fetch(sandbox, "/post", "POST", body=body))["event"]
        assert (event["body"], event["isBase64Encoded"]) == expected

    @pytest.mark.parametrize(
        ("method", "target"), [("GET", "/"), ("GET", "/success/"), ("POST", "/success"), ("HEAD", "/success")]
    )
    def test_route_that_the_template_does_not_have_is_not_found(
        self, sandbox: Sandbox, method: str, target: str
    ) -> None:
        response = fetch(sandbox, target, method)
        assert response.status == 404
        assert response.read() == (b"" if method == "HEAD" else b'{"message": "Not Found"}')

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (
                {"statusCode": 303, "headers": {"Location": "https://a"}, "cookies": ["a=1", "b=2"]},
                (303, {"location": "https://a", "set-cookie": "a=1, b=2"}, b""),
            ),
            (
                {"statusCode": 200, "body": "é"},
                (200, {"content-type": "text/plain;charset=UTF-8"}, b"\xc3\xa9"),
            ),
            ({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}, (200, {}, b"\xff\x00")),
            ({"no": "statusCode"}, (200, {"content-type": "application/json"}, b'{"no": "statusCode"}')),
            ({"statusCode": "many"}, (500, {}, b'{"message": "Internal Server Error"}')),
            (InvocationFailed("KeyError", "x"), (500, {}, b'{"message": "Internal Server Error"}')),
        ],
    )
    def test_answer_becomes_a_response(
        self, answer: object, expected: tuple[int, dict[str, str], bytes]
    ) -> None:
        def invoke(function: str, event: object) -> object:
            if isinstance(answer, InvocationFailed):
                raise answer
            return answer

        api = HttpApi([Route("GET", "/", "AnyFunction")], invoke)
        try:
            response = requests.get(api.url, allow_redirects=False, timeout=10)
        finally:
            api.close()
        status, headers, body = expected
        assert (response.status_code, response.content) == (status, body)
        assert headers.items() <= {name.lower(): value for name, value in response.headers.items()}.items()

    def test_page_url_is_the_route_of_the_success_page(self, sandbox: Sandbox) -> None:
        assert sandbox.page_url == f"{sandbox.api_url}/success"
        assert requests.get(sandbox.page_url, params={"orderId": "1"}, timeout=10).status_code == 200


class TestReviewLoop:
    def run(self, sandbox: Sandbox, name: str, payload: dict[str, Any]) -> None:
        sandbox.client("stepfunctions").start_execution(
            stateMachineArn=sandbox.stack.state_machines["ReviewLoop"],
            name=name,
            input=json.dumps({"payload": payload}),
        )

    def named(self, sandbox: Sandbox, name: str) -> Any:
        return next(execution for execution in sandbox.executions() if execution.name == name)

    def test_state_machine_calls_the_handler(self, sandbox: Sandbox) -> None:
        self.run(sandbox, "echo-1", {"a": 1})
        eventually(lambda: self.named(sandbox, "echo-1").status == "SUCCEEDED")
        execution = self.named(sandbox, "echo-1")
        assert execution.input == {"payload": {"a": 1}}
        assert execution.output == {"event": {"a": 1}, "layer": True}

    def test_class_name_of_an_error_drives_retry_and_catch(self, sandbox: Sandbox) -> None:
        self.run(sandbox, "fail-1", {"do": "fail"})
        eventually(lambda: self.named(sandbox, "fail-1").status == "SUCCEEDED")
        history = [event["type"] for event in sandbox.execution_history("fail-1")]
        assert history.count("TaskFailed") == 2
        assert self.named(sandbox, "fail-1").output == {"after": 300, "error": "TransientError"}

    def test_time_out_of_the_function_is_caught_by_name(self, sandbox: Sandbox) -> None:
        self.run(sandbox, "slow-1", {"do": "hang"})
        eventually(
            lambda: any(
                event.get("stateEnteredEventDetails", {}).get("name") == "TooSlow"
                for event in sandbox.execution_history("slow-1")
            )
        )
        assert self.named(sandbox, "slow-1").status == "RUNNING"


class TestSchedule:
    def test_fires_the_function_with_the_template_s_input(self, sandbox: Sandbox) -> None:
        assert sandbox.fire_schedule()["event"] == {"from": "the template"}

    def test_fires_by_itself_until_the_sandbox_stops(self, project: Path) -> None:
        lines: list[tuple[str, str]] = []

        def fired() -> int:
            return lines.count(("ReconcileOrdersFunction", "echo"))

        with start(project, reconcile_every=0.2, on_log=lambda *line: lines.append(line)):
            eventually(lambda: fired() >= 3)
        before = fired()
        time.sleep(0.5)
        assert fired() == before


class TestDeployment:
    def test_stack_without_the_page_has_no_page(self, project: Path) -> None:
        with start(project, parameters={"SuccessPage": "disabled"}) as sandbox:
            assert sandbox.page_url is None
            assert sandbox.api_url is None
            assert "SuccessRedirectFunction" not in sandbox.stack.functions
            assert sandbox.fire_schedule()["layer"] is True

    def test_secret_is_where_the_template_says(self, sandbox: Sandbox) -> None:
        secret = sandbox.client("secretsmanager").get_secret_value(SecretId="zonos/secret")
        assert secret["SecretString"] == "s3cret"

    def test_tables_are_read_by_key(self, sandbox: Sandbox) -> None:
        sandbox.client("dynamodb").put_item(
            TableName=sandbox.stack.physical_ids["ReconciliationTable"],
            Item={"kind": {"S": "failure"}, "id": {"S": "999-1"}, "attempts": {"N": "2"}},
        )
        found = sandbox.reconciliation_item("failure", "999-1")
        assert found == {"kind": "failure", "id": "999-1", "attempts": 2}
        assert sandbox.reconciliation_item("failure", "999-2") is None

    def test_one_sandbox_leaves_nothing_to_the_next_and_both_can_run(
        self, sandbox: Sandbox, project: Path
    ) -> None:
        with start(project) as other:
            other.client("dynamodb").put_item(
                TableName=other.stack.physical_ids["OrdersTable"], Item={"order_id": {"S": "other"}}
            )
            assert [order["order_id"] for order in other.orders()] == ["other"]
            assert sandbox.order("other") is None
        assert sandbox.order("other") is None

    @pytest.mark.parametrize(
        ("parameters", "complaint"),
        [
            ({"ZonosSecretName": "NOT ALLOWED"}, "does not allow"),
            ({"SuccessPage": "perhaps"}, "does not allow"),
            ({"Count": "0"}, "does not allow"),
            ({"Nobody": "1"}, "has no parameters Nobody"),
        ],
    )
    def test_parameters_that_aws_would_refuse_are_refused(
        self, project: Path, parameters: dict[str, str], complaint: str
    ) -> None:
        with pytest.raises(ValueError, match=complaint), start(project, parameters=parameters):
            pass

    def test_sandbox_with_a_busy_function_and_a_waiting_execution_stops_at_once(self, project: Path) -> None:
        with ThreadPoolExecutor(1) as threads, start(project) as sandbox:
            sandbox.client("stepfunctions").start_execution(
                stateMachineArn=sandbox.stack.state_machines["ReviewLoop"],
                name="waits",
                input='{"payload": {"do": "hang"}}',
            )
            busy = threads.submit(sandbox.invoke, "ReconcileOrdersFunction", {"do": "hang"})
            eventually(lambda: "began" in str(sandbox.logs("ReconcileOrdersFunction")))
            stopping = time.monotonic()
            sandbox.__exit__()
            assert time.monotonic() - stopping < 2
            assert isinstance(busy.exception(timeout=2), InvocationFailed)

    def test_nothing_outlives_a_process_that_is_killed(self, project: Path) -> None:
        script = [sys.executable, "-c", KILLED_WHILE_BUSY, str(project)]
        killed = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        port, *pids = map(int, killed.stdout.split())
        assert len(pids) == 2
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)


@pytest.fixture(scope="module")
def real() -> Iterator[Sandbox]:
    with Sandbox({**PARAMETERS, "RecheckBaseSeconds": "2"}, "s3cret") as running:
        yield running


class TestTheRealTemplate:
    def test_every_function_gets_its_environment(self, real: Sandbox) -> None:
        for function in real.stack.functions.values():
            environment = function.environment
            assert environment["ZONOS_STORE_ID"] == "999"
            assert environment["ZONOS_SECRET_NAME"] == "zonos/secret"
            assert environment["ZONOS_API_URL"] == "https://api.iglobalstores.com"
            assert environment["ORDERS_TABLE"] == real.stack.outputs["OrdersTableName"]
            assert environment["RECONCILIATION_TABLE"] == real.stack.outputs["ReconciliationTableName"]
            assert environment["REVIEW_LOOP_ARN"] == real.stack.state_machines["ReviewLoop"]
            assert environment["RECHECK_BASE_SECONDS"] == "2"

    def test_tables_exist_with_their_indexes(self, real: Sandbox) -> None:
        table = real.client("dynamodb").describe_table(TableName=real.stack.physical_ids["OrdersTable"])[
            "Table"
        ]
        assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
            "by_day",
            "held",
            "to_ship",
        }
        assert real.orders() == []
        assert real.reconciliation_item("watermark", "999") is None

    def test_state_machine_has_no_open_placeholders(self, real: Sandbox) -> None:
        machine = real.client("stepfunctions").describe_state_machine(
            stateMachineArn=real.stack.state_machines["ReviewLoop"]
        )
        assert machine["name"] == "zonos-orders-review"
        assert real.stack.functions["RecheckOrderFunction"].arn in machine["definition"]
        assert "${" not in machine["definition"]
        assert real.executions() == []

    def test_page_and_schedule_are_the_template_s(self, real: Sandbox) -> None:
        assert real.page_url == f"{real.api_url}/success"
        assert [schedule.function for schedule in real.stack.schedules] == ["ReconcileOrdersFunction"]

    def test_what_is_left_out_is_what_the_template_has_and_moto_lacks(self, real: Sandbox) -> None:
        written = load_template()["Resources"]
        made = set(real.stack.physical_ids)
        missing = {name for name in written if name not in made}
        assert {written[name]["Type"] for name in missing} <= {
            "AWS::Serverless::HttpApi",
            "AWS::Serverless::LayerVersion",
            *LEFT_OUT,
        }

    def test_stack_without_the_page(self) -> None:
        with Sandbox({**PARAMETERS, "SuccessPage": "disabled"}, "s3cret") as sandbox:
            assert sandbox.page_url is None
            assert set(sandbox.stack.functions) == {"ReconcileOrdersFunction", "RecheckOrderFunction"}
