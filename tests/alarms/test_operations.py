"""docs/operations.md is complete, and what it says can be typed."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

import pytest

from tests.alarms.template_alarms import RESOURCES, STACK, TEMPLATE
from tests.integration.functions import through_url
from tests.sandbox.sam_template import ROOT
from zonos_orders import desk_payloads, supervisor_payloads
from zonos_orders.backfill_payloads import read_backfill_input
from zonos_orders.payloads import read_reconcile_request
from zonos_orders.publish_payloads import read_publish_request

TEXT = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
METRICS = re.findall(r"`([A-Z][A-Za-z]+\*?)`", "".join(re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)))


def supervised(wish: object, store_id: str) -> object:
    return supervisor_payloads.read_wish(through_url(wish), store_id)


READ: dict[str, Callable[[object, str], object]] = {
    "ReconcileOrdersFunction": read_reconcile_request,
    "OrderDeskFunction": desk_payloads.read_wish,
    "PublishChangesFunction": read_publish_request,
}
OF_FILES = {
    "reconcile": READ["ReconcileOrdersFunction"],
    "desk": READ["OrderDeskFunction"],
    "publish": READ["PublishChangesFunction"],
    "supervisor": supervised,
    "backfill": read_backfill_input,
}
HELD_OUTSIDE = {"<order_id>", "<execution_arn>"}


def commands() -> Iterator[list[str]]:
    for block in re.findall(r"^ *```\n(.*?)```", TEXT, re.MULTILINE | re.DOTALL):
        yield from (shlex.split(line, comments=True) for line in block.splitlines())
    for alarm in RESOURCES.values():
        for event in re.findall(r"--event '(.*?)'", alarm["AlarmDescription"]["Fn::Sub"]):
            yield ["sam", "remote", "invoke", "ReconcileOrdersFunction", "--event", event]


def sections() -> dict[str, str]:
    parts = re.split(r"^### (.*)\n", TEXT.split("\n## The metrics")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def option(command: list[str], name: str) -> str | None:
    return command[command.index(name) + 1] if name in command else None


def test_each_alarm_has_its_section_and_each_section_its_alarm() -> None:
    assert list(sections()) == sorted(RESOURCES, key=list(sections()).index)
    assert sections().keys() == RESOURCES.keys()


@pytest.mark.parametrize("alarm", sorted(RESOURCES))
def test_a_section_says_what_it_means_what_to_look_at_and_what_to_do(alarm: str) -> None:
    assert re.findall(r"^\*\*(.*?):\*\*", sections()[alarm], re.MULTILINE) == ["Means", "Look at", "Do"]


def test_it_begins_with_monday_morning() -> None:
    first, *_ = re.findall(r"^## (.*)", TEXT, re.MULTILINE)
    assert first == "Monday morning"


def test_what_is_to_be_filled_in_is_an_output_of_the_stack_or_an_order() -> None:
    named = set(re.findall(r"<\w+>", TEXT))
    assert named - HELD_OUTSIDE <= {f"<{output}>" for output in TEMPLATE["Outputs"]}
    assert named >= HELD_OUTSIDE


def test_every_resource_that_a_command_names_is_there() -> None:
    groups = {
        name.replace("${AWS::StackName}", STACK)
        for body in TEMPLATE["Resources"].values()
        if (name := body.get("Properties", {}).get("LogGroupName", {}).get("Fn::Sub"))
    }
    indexes = {
        index["IndexName"]
        for index in TEMPLATE["Resources"]["OrdersTable"]["Properties"]["GlobalSecondaryIndexes"]
    }
    logs = [command for command in commands() if command[:3] == ["aws", "logs", "tail"]]
    functions = [command[3] for command in commands() if command[:3] == ["sam", "remote", "invoke"]]
    resources = re.findall(r"--logical-resource-id (\w+)", TEXT)
    stacks = {option(command, "--stack-name") for command in commands()} - {None}
    assert {command[3] for command in logs} <= groups
    assert {*functions, *resources} <= TEMPLATE["Resources"].keys()
    assert {option(command, "--index-name") for command in commands()} - {None} <= indexes
    assert (stacks, bool(logs), bool(functions), bool(resources)) == ({STACK}, True, True, True)


def test_every_payload_is_one_that_its_function_takes() -> None:
    given = set()
    for command in commands():
        if command[:3] != ["sam", "remote", "invoke"]:
            continue
        event, file = option(command, "--event"), option(command, "--event-file")
        text = event if event else (ROOT / str(file)).read_text(encoding="utf-8")
        READ[command[3]](json.loads(text.replace("<order_id>", "999-100")), "999")
        given.add(command[3])
    assert given == READ.keys()


def test_every_event_file_that_the_text_names_is_taken_by_its_function() -> None:
    """In the text as well: there is no command around it."""
    named = re.findall(r"events/((backfill|desk|reconcile|publish|supervisor)_\w+\.json)", TEXT)
    assert {kind for _, kind in named} >= {"backfill", "desk", "reconcile", "supervisor"}
    for file, kind in named:
        payload = json.loads((ROOT / "events" / file).read_text(encoding="utf-8"))
        OF_FILES[kind](payload, "999")


def test_every_wish_of_the_supervisor_is_one_that_it_takes() -> None:
    wishes = [command[1] for command in commands() if command[:1] == ["supervise"]]
    assert len(wishes) >= 4
    for wish in wishes:
        supervised(json.loads(wish.replace("<order_id>", "999-100")), "999")


def test_every_key_and_value_of_a_command_is_json_as_dynamodb_writes_it() -> None:
    options = ("--key", "--expression-attribute-values")
    texts = {text for command in commands() for name in options if (text := option(command, name))}
    assert len(texts) >= 5
    for text in texts:
        assert all(list(value) == ["S"] for value in json.loads(text).values())


def test_the_list_of_metrics_names_what_alarms_watch() -> None:
    assert len(METRICS) > 30
    for alarm in RESOURCES.values():
        if alarm.get("Namespace") == "ZonosOrders":
            assert any(fnmatchcase(alarm["MetricName"], metric) for metric in METRICS)
