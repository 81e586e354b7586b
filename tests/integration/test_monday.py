"""Monday morning after a weekend without Zonos, with 40 orders in review: the walk of docs/operations.md."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.__main__ import parameters
from tests.sandbox.sam_template import ROOT
from tests.sandbox.sandbox import ORDER_DESK, Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE

PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
IN_REVIEW = 40
PAID_MEANWHILE = 15


@dataclass
class Monday:
    """Zonos is back; nothing has run since."""

    sandbox: Sandbox
    zonos: Any
    reviewed: list[str]
    paid: list[str]
    matched: str
    given_up: str  # by its review loop, after 30 days
    failing: str

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.sandbox.invoke(ORDER_DESK, _event("desk_status.json"))
        return answer

    def differences(self) -> dict[str, tuple[str, str]]:
        """Orders whose status is another one here than at Zonos, or that are missing here."""
        here = {order["order_id"]: order["zonos_status"] for order in self.sandbox.orders()}
        there = {order.order_id: order.status for order in self.zonos.orders()}
        return {
            one: (here.get(one, "missing"), status)
            for one, status in there.items()
            if here.get(one) != status and one != self.failing
        }


@pytest.fixture
def monday() -> Iterator[Monday]:
    with ZonosSimulator(store_id=STORE, secret=SECRET) as simulator:
        patient = parameters(simulator, "disabled") | {"RecheckBaseSeconds": "3600"}
        with Sandbox(patient, SECRET) as sandbox:
            zonos = simulator.world
            reviewed = [zonos.pay("fraud_review") for _ in range(IN_REVIEW)]
            matched, given_up, failing = zonos.pay("csl_match"), zonos.pay("fraud_review"), zonos.pay()
            zonos.edit(failing, orderId="999-7")
            sandbox.fire_schedule()
            _give_up(sandbox, given_up)
            zonos.break_down("status_500")
            for _ in range(3):
                sandbox.fire_schedule()
            for n, order_id in enumerate(reviewed):
                (zonos.release, zonos.cancel, zonos.hold, lambda _: None)[n % 4](order_id)
            paid = [zonos.pay() for _ in range(PAID_MEANWHILE)]
            yield Monday(sandbox, zonos, reviewed, paid, matched, given_up, failing)


def test_all_is_settled_within_two_reconciliations_of_recovery(monday: Monday) -> None:
    before = monday.status()
    assert before["reconciliation"]["outcome"] == "unavailable"
    assert before["held"]["FRAUD_REVIEW"]["count"] == IN_REVIEW + 1
    assert len(monday.differences()) == IN_REVIEW * 3 // 4 + PAID_MEANWHILE

    monday.zonos.recover()
    outcomes = [monday.sandbox.fire_schedule()["outcome"] for _ in range(2)]

    assert outcomes[1] == "clean"
    assert monday.differences() == {}
    after = monday.status()
    assert after["reconciliation"]["outcome"] == "clean"
    assert [found["orders"] for found in after["failures"].values()] == [[monday.failing]]
    assert after["for_a_person"] == {
        "CSL_MATCH": {"count": 1, "orders": [monday.matched]},
        "REVIEW_EXPIRED": {"count": 1, "orders": [monday.given_up]},
    }
    assert {reason: found["count"] for reason, found in after["held"].items()} == {
        "FRAUD_REVIEW": IN_REVIEW // 4 + 1,
        "CSL_MATCH": 1,
        "REVIEW_EXPIRED": 1,
        "ON_HOLD": IN_REVIEW // 4,
    }
    assert after["waiting_for_hand_over"]["count"] == IN_REVIEW // 4 + PAID_MEANWHILE
    loops = [execution.name for execution in monday.sandbox.executions()]
    assert len(loops) == len(set(loops)) == IN_REVIEW + 1


def test_the_looks_of_the_page_tell_the_same(monday: Monday) -> None:
    """The commands of "Monday morning" that read a table, typed as they stand there."""
    for_a_person = {monday.matched, monday.given_up}
    assert _looks(monday.sandbox) == ("unavailable", {monday.failing}, for_a_person)

    monday.zonos.recover()
    monday.sandbox.fire_schedule()
    assert _looks(monday.sandbox) == ("clean", {monday.failing}, for_a_person)

    monday.zonos.edit(monday.failing, orderId=monday.failing)
    monday.sandbox.invoke(ORDER_DESK, _event("desk_retry_failures.json"))
    assert _looks(monday.sandbox) == ("clean", set(), for_a_person)


def _event(name: str) -> Any:
    """Return the payload that the page gives to a function."""
    assert f"--event-file events/{name}" in PAGE
    return json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))


def _looks(sandbox: Sandbox) -> tuple[str, set[str], set[str]]:
    """How the last run ended, which orders have failed, and which wait for a person."""
    morning = PAGE.split("## Monday morning")[1].split("\n## ")[0]
    commands = re.findall(r"^ *(aws dynamodb .*)$", morning, re.MULTILINE)
    run, failed, waiting = (_typed(command, sandbox) for command in commands)
    return (
        run["Item"]["summary"]["M"]["outcome"]["S"],
        {item["id"]["S"] for item in failed["Items"]},
        {item["order_id"]["S"] for item in waiting["Items"]},
    )


def _give_up(sandbox: Sandbox, order_id: str) -> None:
    """Let 30 days have passed for the review of an order."""
    sandbox.client("dynamodb").update_item(
        TableName=sandbox.stack.outputs["OrdersTableName"],
        Key={"order_id": {"S": order_id}},
        UpdateExpression="SET hold_reasons = list_append(hold_reasons, :expired)",
        ExpressionAttributeValues={":expired": {"L": [{"S": "REVIEW_EXPIRED"}]}},
    )


def _typed(command: str, sandbox: Sandbox) -> Any:
    """Do what an `aws dynamodb` command line does."""
    outputs = sandbox.stack.outputs
    for name in ("OrdersTableName", "ReconciliationTableName"):
        command = command.replace(f"<{name}>", outputs[name])
    _, _, operation, *options = shlex.split(command)
    client = sandbox.client("dynamodb")
    given = {}
    for name, value in zip(options[::2], options[1::2], strict=True):
        key = "".join(word.capitalize() for word in name.removeprefix("--").split("-"))
        given[key] = json.loads(value) if value.startswith("{") else value
    return getattr(client, operation.replace("-", "_"))(**given)
