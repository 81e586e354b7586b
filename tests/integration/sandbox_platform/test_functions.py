"""Functions run as in Lambda: environment, instances, logs, errors, time-outs, no internet."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.sandbox_platform.use import invoke
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import Sandbox


def test_environment_is_the_template_s_resolved_and_all_strings(sandbox: Sandbox) -> None:
    environment = invoke(sandbox, {"do": "environment"})
    assert environment["COUNT"] == "300"
    assert environment["LITERAL"] == "7"
    assert environment["SWITCH"] == "true"
    assert environment["TABLE"] == sandbox.stack.physical_ids["OrdersTable"]
    assert environment["LOOP_ARN"] == sandbox.stack.state_machines["ReviewLoop"]


def test_nothing_of_the_sandbox_s_own_environment_is_inherited(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-real-account")
    monkeypatch.setenv("ZONOS_SECRET", "a-real-secret")
    environment = invoke(sandbox, {"do": "environment"}, "RecheckOrderFunction")
    assert "AWS_PROFILE" not in environment
    assert "ZONOS_SECRET" not in environment
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_layers_are_on_the_python_path(sandbox: Sandbox) -> None:
    assert invoke(sandbox, {"a": 1}) == {"event": {"a": 1}, "layer": True}


def test_context_tells_what_the_template_says(sandbox: Sandbox) -> None:
    function = sandbox.stack.functions["ReconcileOrdersFunction"]
    context = invoke(sandbox, {"do": "context"})
    assert context["name"] == function.name
    assert context["arn"] == function.arn
    assert context["memory"] == "256"
    assert 4000 < context["left"] <= 5000
    assert context["log"][0] == f"/aws/lambda/{function.name}"
    assert "[$LATEST]" in context["log"][1]


def test_an_instance_is_used_again(sandbox: Sandbox) -> None:
    assert invoke(sandbox, {"do": "who"}) == invoke(sandbox, {"do": "who"})


def test_invocations_at_once_get_an_instance_each(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(3) as threads:
        pids = set(threads.map(lambda _: invoke(sandbox, {"do": "who", "seconds": 1}), range(3)))
    assert len(pids) == 3
    assert sandbox.instances("ReconcileOrdersFunction") == 3


def test_what_a_handler_prints_is_in_its_log_when_it_has_answered(sandbox: Sandbox) -> None:
    invoke(sandbox, {"do": "log"})
    log = sandbox.logs("ReconcileOrdersFunction")
    assert {"to stdout", "to stderr", "without a newline"} <= set(log)


def test_error_carries_the_class_name_and_its_traceback_is_logged(sandbox: Sandbox) -> None:
    with pytest.raises(InvocationFailed, match="zonos is down") as failure:
        invoke(sandbox, {"do": "fail"})
    assert failure.value.error_type == "TransientError"
    log = sandbox.logs("ReconcileOrdersFunction")
    assert "[ERROR] TransientError: zonos is down" in log
    assert not any("worker.py" in line for line in log)


def test_function_that_overruns_its_time_is_killed_and_replaced(sandbox: Sandbox) -> None:
    before = invoke(sandbox, {"do": "who"}, "RecheckOrderFunction")
    with pytest.raises(InvocationFailed, match=r"Task timed out after 1\.00 seconds") as failure:
        invoke(sandbox, {"do": "hang"}, "RecheckOrderFunction")
    assert failure.value.error_type == "Sandbox.Timedout"
    assert any(line.startswith("began") for line in sandbox.logs("RecheckOrderFunction"))
    assert invoke(sandbox, {"do": "who"}, "RecheckOrderFunction") != before


def test_process_that_ends_is_an_error_and_is_replaced(sandbox: Sandbox) -> None:
    with pytest.raises(InvocationFailed, match="exit status 3") as failure:
        invoke(sandbox, {"do": "exit"})
    assert failure.value.error_type == "Runtime.ExitError"
    assert invoke(sandbox, {"do": "who"}) > 0


def test_answer_that_is_not_json_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(InvocationFailed) as failure:
        invoke(sandbox, {"do": "set"})
    assert failure.value.error_type == "Runtime.MarshalError"


def test_handler_that_cannot_be_imported_fails_each_invocation_with_the_cause(sandbox: Sandbox) -> None:
    for _ in range(2):
        with pytest.raises(InvocationFailed, match="MISSING_SETTING") as failure:
            invoke(sandbox, {}, "BrokenFunction")
        assert failure.value.error_type == "KeyError"
    assert sandbox.instances("BrokenFunction") == 0


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1"])
def test_functions_cannot_reach_the_internet(sandbox: Sandbox, host: str) -> None:
    with pytest.raises(InvocationFailed, match="The sandbox has no internet"):
        invoke(sandbox, {"do": "connect", "host": host})


def test_conditional_writes_at_once_let_one_through(sandbox: Sandbox) -> None:
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
