"""What the README says can be typed."""

import re

import pytest

from tests.sandbox.sam_template import ROOT
from tests.world import World
from zonos_orders.wiring import Application

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_example_lists_the_orders_to_ship_and_no_other(
    world: World, application: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    ready = [world.zonos.pay() for _ in range(2)]
    held = world.zonos.pay("fraud_review")
    for order_id in (*ready, held):
        application.confirm_order(order_id)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(example.replace("<OrdersTableName>", "OrdersTable"), {})
    assert sorted(capsys.readouterr().out.splitlines()) == [
        f"{order_id} IGLOBAL_ORDER_IN_PROCESS" for order_id in ready
    ]


def test_its_make_targets_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z]+)", README))
    assert named == set(re.findall(r"^(run|test|simulate):", makefile, re.MULTILINE))


def test_the_files_and_folders_it_names_are_there() -> None:
    named = re.findall(r"`((?:functions|layers|tests|events|docs)/[\w./-]*)`", README)
    named += re.findall(r"\]\(([\w./-]+)\)", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_it_can_be_read_in_two_minutes() -> None:
    assert len(README.splitlines()) <= 120
