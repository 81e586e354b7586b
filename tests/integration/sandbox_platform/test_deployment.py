"""Sandboxes begin as the template says, keep its schedule, run side by side and leave nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.eventually import eventually
from tests.integration.sandbox_platform.use import start
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sam_template import ROOT
from tests.sandbox.sandbox import Sandbox

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


def test_fires_the_function_with_the_template_s_input(sandbox: Sandbox) -> None:
    assert sandbox.fire_schedule()["event"] == {"from": "the template"}


def test_fires_by_itself_until_the_sandbox_stops(project: Path) -> None:
    lines: list[tuple[str, str]] = []

    def fired() -> int:
        return lines.count(("ReconcileOrdersFunction", "echo"))

    with start(project, reconcile_every=0.2, on_log=lambda *line: lines.append(line)):
        eventually(lambda: fired() >= 3)
    before = fired()
    time.sleep(0.5)
    assert fired() == before


def test_stack_without_the_page_has_no_page(project: Path) -> None:
    with start(project, parameters={"SuccessPage": "disabled"}) as sandbox:
        assert sandbox.page_url is None
        assert sandbox.api_url is None
        assert "SuccessRedirectFunction" not in sandbox.stack.functions
        assert sandbox.fire_schedule()["layer"] is True


def test_secret_is_where_the_template_says(sandbox: Sandbox) -> None:
    secret = sandbox.client("secretsmanager").get_secret_value(SecretId="zonos/secret")
    assert secret["SecretString"] == "s3cret"


def test_tables_are_read_by_key(sandbox: Sandbox) -> None:
    sandbox.client("dynamodb").put_item(
        TableName=sandbox.stack.physical_ids["ReconciliationTable"],
        Item={"kind": {"S": "failure"}, "id": {"S": "999-1"}, "attempts": {"N": "2"}},
    )
    found = sandbox.reconciliation_item("failure", "999-1")
    assert found == {"kind": "failure", "id": "999-1", "attempts": 2}
    assert sandbox.reconciliation_item("failure", "999-2") is None


def test_one_sandbox_leaves_nothing_to_the_next_and_both_can_run(sandbox: Sandbox, project: Path) -> None:
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
    project: Path, parameters: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint), start(project, parameters=parameters):
        pass


def test_sandbox_with_a_busy_function_and_a_waiting_execution_stops_at_once(project: Path) -> None:
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


def test_nothing_outlives_a_process_that_is_killed(project: Path) -> None:
    script = [sys.executable, "-c", KILLED_WHILE_BUSY, str(project)]
    killed = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    port, *pids = map(int, killed.stdout.split())
    assert len(pids) == 2
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
