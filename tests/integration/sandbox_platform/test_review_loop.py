"""State machines call the sandbox's functions, retry and catch."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.eventually import eventually
from tests.sandbox.sandbox import Sandbox


def run(sandbox: Sandbox, name: str, payload: dict[str, Any]) -> None:
    sandbox.client("stepfunctions").start_execution(
        stateMachineArn=sandbox.stack.state_machines["ReviewLoop"],
        name=name,
        input=json.dumps({"payload": payload}),
    )


def named(sandbox: Sandbox, name: str) -> Any:
    return next(execution for execution in sandbox.executions() if execution.name == name)


def test_state_machine_calls_the_handler(sandbox: Sandbox) -> None:
    run(sandbox, "echo-1", {"a": 1})
    eventually(lambda: named(sandbox, "echo-1").status == "SUCCEEDED")
    execution = named(sandbox, "echo-1")
    assert execution.input == {"payload": {"a": 1}}
    assert execution.output == {"event": {"a": 1}, "layer": True}


def test_class_name_of_an_error_drives_retry_and_catch(sandbox: Sandbox) -> None:
    run(sandbox, "fail-1", {"do": "fail"})
    eventually(lambda: named(sandbox, "fail-1").status == "SUCCEEDED")
    history = [event["type"] for event in sandbox.execution_history("fail-1")]
    assert history.count("TaskFailed") == 2
    assert named(sandbox, "fail-1").output == {"after": 300, "error": "TransientError"}


def test_time_out_of_the_function_is_caught_by_name(sandbox: Sandbox) -> None:
    run(sandbox, "slow-1", {"do": "hang"})
    eventually(
        lambda: any(
            event.get("stateEnteredEventDetails", {}).get("name") == "TooSlow"
            for event in sandbox.execution_history("slow-1")
        )
    )
    assert named(sandbox, "slow-1").status == "RUNNING"
