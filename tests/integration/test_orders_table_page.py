"""docs/orders-table.md: its queries are typed as they stand there, and its lists are complete."""

import gzip
import json
import re
import shlex
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from tests.integration.functions import Functions
from tests.sandbox.sam_template import ROOT, load_template
from tests.unit.template.deployed import TEMPLATE
from tests.world import World
from zonos_orders.instants import day_of
from zonos_orders.status import HoldReason

PAGE = (ROOT / "docs/orders-table.md").read_text(encoding="utf-8")
QUERIES = PAGE.split("\n## Three queries\n")[1].split("\n## ")[0]
COMMANDS = re.findall(r"^aws dynamodb .*$", QUERIES, re.MULTILINE)
(PROGRAM,) = re.findall(r"```python\n(.*?)```", QUERIES, re.DOTALL)
ATTRIBUTES = PAGE.split("| attribute | type | |\n")[1].split("\n\n")[0]
# Flags of the command line that take no value.
FLAGS = {"--consistent-read": "ConsistentRead"}


def quoted(names: Iterable[str]) -> str:
    """Name attributes as the page does."""
    return ", ".join(f"`{name}`" for name in names)


def typed(command: str, world: World, order_id: str) -> Any:
    """Do what an `aws dynamodb` command line does."""
    named = command.replace("<OrdersTableName>", "OrdersTable").replace("<order_id>", order_id)
    words = iter(shlex.split(named)[2:])
    operation = next(words).replace("-", "_")
    given: dict[str, Any] = {}
    for word in words:
        if word in FLAGS:
            given[FLAGS[word]] = True
            continue
        value = next(words)
        key = "".join(part.capitalize() for part in word.removeprefix("--").split("-"))
        given[key] = json.loads(value) if value.startswith("{") else value
    return getattr(world.dynamodb, operation)(**given)


def program(world: World) -> Any:
    """Run the page's program and return its function."""
    names: dict[str, Any] = {}
    exec(PROGRAM.replace("<OrdersTableName>", "OrdersTable"), names)
    return names["not_released"]


def test_what_is_to_be_shipped_is_listed(functions: Functions) -> None:
    zonos = functions.world.zonos
    ready, _, taken = zonos.pay(), zonos.pay("fraud_review"), zonos.pay()
    functions.reconcile()
    functions.desk(takeOver={"orderId": taken, "merchantOrderId": "M-1"})
    listed = typed(COMMANDS[0], functions.world, ready)["Items"]
    assert [item["order_id"]["S"] for item in listed] == [ready]


def test_one_order_is_shown_whole(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    functions.reconcile()
    item = typed(COMMANDS[1], functions.world, order_id)["Item"]
    assert item["disposition"] == {"S": "READY"}
    assert item["order"]["M"]["orderId"] == {"S": order_id}


def test_the_orders_of_a_day_that_are_not_released_are_found(functions: Functions) -> None:
    zonos = functions.world.zonos
    held, _, cancelled = zonos.pay("fraud_review"), zonos.pay(), zonos.pay()
    zonos.cancel(cancelled)
    functions.reconcile()
    today = day_of(functions.world.clock.now_ms())
    assert program(functions.world)(today) == [(held, "HELD"), (cancelled, "CANCELLED")]
    assert program(functions.world)("20200101") == []


def test_a_day_of_many_pages_is_read_to_its_end(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_released = program(functions.world)
    pages = iter(
        [
            {
                "Items": [{"order_id": "999-1", "disposition": "HELD"}],
                "LastEvaluatedKey": {"order_id": "999-1"},
            },
            {"Items": [{"order_id": "999-2", "disposition": "HELD"}]},
        ]
    )
    asked: list[Any] = []

    def query(**call: Any) -> Any:
        asked.append(call.get("ExclusiveStartKey"))
        return next(pages)

    monkeypatch.setattr(not_released.__globals__["orders"], "query", query, raising=False)
    assert [order_id for order_id, _ in not_released("20260101")] == ["999-1", "999-2"]
    assert asked == [None, {"order_id": "999-1"}]


def test_what_dynamodb_cannot_hold_is_read_as_the_page_says(functions: Functions) -> None:
    order_id = functions.world.zonos.pay(details={"deep": json.loads("[" * 40 + "1.10" + "]" * 40)})
    functions.reconcile()
    stored = functions.world.dynamodb.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})[
        "Item"
    ]
    assert "order" not in stored
    item = {"order_gz": TypeDeserializer().deserialize(stored["order_gz"])}
    (read,) = re.findall(r"^Where `order` is missing.*?: `(.*)`\.$", QUERIES, re.MULTILINE)
    order = eval(read, {"json": json, "gzip": gzip, "Decimal": Decimal, "item": item})
    assert order["orderId"] == order_id


def test_every_attribute_that_the_system_writes_is_on_the_page(functions: Functions) -> None:
    functions.world.zonos.pay("fraud_review")
    taken = functions.world.zonos.pay()
    functions.reconcile()
    functions.desk(takeOver={"orderId": taken, "merchantOrderId": "M-1"})
    named = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in ATTRIBUTES.splitlines())))
    written = {name for order_id in functions.world.order_ids() for name in functions.world.order(order_id)}
    assert written <= named


def test_the_reasons_for_a_hold_and_the_indexes_are_all_there() -> None:
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE) == [reason.value for reason in HoldReason]
    indexes = TEMPLATE["Resources"]["OrdersTable"]["Properties"]["GlobalSecondaryIndexes"]
    described = re.findall(r"^\| `(\w+)` \| (`\w+`, `\w+`) \| (`.*?`) \|", PAGE, re.MULTILINE)
    assert described == [
        (
            index["IndexName"],
            quoted(key["AttributeName"] for key in index["KeySchema"]),
            quoted(index["Projection"]["NonKeyAttributes"]),
        )
        for index in indexes
    ]


def test_the_names_to_be_filled_in_are_outputs_or_an_order() -> None:
    outputs = {f"<{name}>" for name in load_template()["Outputs"]}
    assert set(re.findall(r"<\w+>", QUERIES)) <= outputs | {"<order_id>"}
