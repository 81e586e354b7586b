"""The first day with a wrong secret: one message that says what is wrong, and one line in the log a run."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.alarms.cloudwatch import Message, Metrics, messages
from tests.alarms.template_alarms import RESOURCES, template_alarms
from tests.sandbox.__main__ import parameters
from tests.sandbox.sandbox import RECONCILIATION, SUCCESS_PAGE, Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE

RUNS = (1, 16, 31)  # in minutes after the deployment
NEW = "ReconciliationMissingAlarm"  # until the first run has ended nothing has ever been reported


@pytest.fixture(scope="module")
def first_day() -> Iterator[Sandbox]:
    """Three runs with a wrong secret, and a buyer who comes back after them."""
    with (
        ZonosSimulator(store_id=STORE, secret=SECRET) as simulator,
        Sandbox(parameters(simulator, "enabled"), "another canary") as sandbox,
    ):
        simulator.world.pay()
        for _ in RUNS:
            sandbox.fire_schedule()
        assert simulator.world.calls() == len(RUNS)  # one each: nothing is gained by asking again
        sandbox.invoke(SUCCESS_PAGE, {"rawQueryString": f"orderId={STORE}-100", "headers": {}})
        yield sandbox


def lines(sandbox: Sandbox, function: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sandbox.logs(function) if line.startswith("{")]


def sent(sandbox: Sandbox) -> list[Message]:
    metrics = Metrics()
    told = [line for line in lines(sandbox, RECONCILIATION) if "_aws" in line]
    for minute, line in zip(RUNS, told, strict=True):
        metrics.take_in(line, minute)
    for line in lines(sandbox, SUCCESS_PAGE):
        metrics.take_in(line, RUNS[-1] + 1)
    return messages(template_alarms(MaxReconcileLagMinutes=60), metrics, range(45))


def test_one_alarm_says_it(first_day: Sandbox) -> None:
    alarms = [message for message in sent(first_day) if message.state == "ALARM" and message.alarm != NEW]
    assert [(message.alarm, message.minute) for message in alarms] == [("BadCredentialsAlarm", RUNS[0])]
    words = RESOURCES["BadCredentialsAlarm"]["AlarmDescription"]["Fn::Sub"]
    assert "Zonos refuses it together with the store id" in words
    assert "aws secretsmanager put-secret-value" in words


def test_each_run_says_it_in_one_line_that_begins_with_the_cause(first_day: Sandbox) -> None:
    told = [line for line in lines(first_day, RECONCILIATION) if line.get("level") in ("WARNING", "ERROR")]
    assert [line["message"] for line in told] == ["The reconciliation is not clean"] * len(RUNS)
    for line in told:
        assert line["outcome"] == "bad_credentials"
        assert line["error"] == "BadCredentials: Zonos refuses the store id or the secret"
        assert list(line).index("error") < list(line).index("run")


def test_the_buyer_is_thanked_and_the_log_names_the_order_and_the_cause(first_day: Sandbox) -> None:
    (told,) = [line for line in lines(first_day, SUCCESS_PAGE) if line.get("level") == "ERROR"]
    assert (told["order_id"], told["state"]) == (f"{STORE}-100", "confirming")
    assert told["error"] == "BadCredentials: Zonos refuses the store id or the secret"
