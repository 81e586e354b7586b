"""The story that `make run` plays, on the real template, handlers and state machine, both ways."""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.event_schemas import faults
from tests.leaks.private import private_in
from tests.sandbox.__main__ import parameters
from tests.sandbox.sam_template import ROOT
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.story import Chapter, mistakes, play, untold
from tests.sandbox.zonos_simulator import ZonosSimulator

SECRET = "canary-secret-that-nobody-prints"


@dataclass
class Played:
    """The story after its end: what was said, what is stored, which loops ran, what was asked of Zonos."""

    chapters: list[Chapter]
    said: list[str]
    orders: list[dict[str, Any]]
    loops: dict[str, str]
    inputs: list[Any]
    mistakes: list[str]
    untold: list[str]
    events: list[dict[str, Any]]

    def endings(self) -> list[tuple[Any, ...]]:
        """Return what both ways of deploying have in common, order by order."""
        return [
            (
                order["order_id"],
                order["disposition"],
                order["hold_reasons"],
                [(entry["zonos_status"], entry["disposition"]) for entry in order["history"]],
                order.get("review_generation"),
            )
            for order in self.orders
        ]


def _played(success_page: str) -> Played:
    said: list[str] = []
    with (
        ZonosSimulator(secret=SECRET) as simulator,
        Sandbox(parameters(simulator, success_page), SECRET) as sandbox,
    ):
        simulator.world.success_url = sandbox.page_url
        chapters = play(sandbox, simulator, said.append)
        executions = sandbox.executions()
        return Played(
            chapters,
            said,
            sandbox.orders(),
            {execution.name: execution.status for execution in executions},
            [execution.input for execution in executions],
            mistakes(sandbox, chapters),
            untold(sandbox, chapters),
            sandbox.events(),
        )


@pytest.fixture(scope="module")
def with_page() -> Played:
    return _played("enabled")


@pytest.fixture(scope="module")
def without_page() -> Played:
    return _played("disabled")


def test_every_order_is_where_it_belongs(with_page: Played) -> None:
    assert with_page.mistakes == []
    assert len(with_page.orders) == len(with_page.chapters) == 7


def test_without_the_page_every_order_is_where_it_belongs(without_page: Played) -> None:
    assert without_page.mistakes == []


def test_both_ways_end_alike_but_for_who_imported(with_page: Played, without_page: Played) -> None:
    assert with_page.endings() == without_page.endings()
    assert with_page.loops == without_page.loops == {"999-102-1": "SUCCEEDED", "999-103-1": "SUCCEEDED"}
    assert {order["imported_by"] for order in with_page.orders} == {"success_redirect", "reconcile"}
    assert {order["imported_by"] for order in without_page.orders} == {"reconcile"}


def test_releases_and_cancellations_are_seen_by_the_review_loop(with_page: Played) -> None:
    reviewed = {
        order["order_id"]: order["history"][-1]["seen_by"]
        for order in with_page.orders
        if len(order["history"]) > 1
    }
    assert reviewed == {"999-102": "recheck", "999-103": "recheck"}


@pytest.mark.parametrize("story", ["with_page", "without_page"])
def test_what_is_ready_is_handed_over(story: str, request: pytest.FixtureRequest) -> None:
    played: Played = request.getfixturevalue(story)
    numbers = {order["order_id"]: order.get("merchant_order_id") for order in played.orders}
    ready = {order["order_id"] for order in played.orders if order["disposition"] == "READY"}
    assert numbers == {one: f"M-{one}" if one in ready else None for one in numbers}
    assert len(ready) == 3
    assert not any("to_ship_day" in order or "write_back_day" in order for order in played.orders)


def test_a_loop_is_told_its_order_and_nothing_else(with_page: Played) -> None:
    assert with_page.inputs == [{"order_id": "999-102"}, {"order_id": "999-103"}]


@pytest.mark.parametrize("story", ["with_page", "without_page"])
def test_the_bus_is_told_exactly_what_the_story_is(story: str, request: pytest.FixtureRequest) -> None:
    played: Played = request.getfixturevalue(story)
    assert played.untold == []
    assert [fault for event in played.events for fault in faults(event)] == []
    assert {event["detail-type"] for event in played.events} == {
        "OrderImported",
        "OrderReady",
        "OrderHeld",
        "OrderCancelled",
        "OrderChanged",
    }
    newest = {event["detail"]["order_id"]: event["detail"] for event in played.events}
    for order in played.orders:
        detail = newest[order["order_id"]]
        assert (detail["revision"], detail["disposition"]) == (order["revision"], order["disposition"])


def test_the_events_are_printed_as_they_happen(with_page: Played) -> None:
    printed = [line for line in with_page.said if line.startswith("  event: ")]
    assert len(printed) == len(with_page.events)
    assert "  event: OrderReady 999-102 revision 2 (was HELD)" in printed
    # Long before the end of the story.
    zonos_decides = next(n for n, line in enumerate(with_page.said) if line.startswith("Zonos decides"))
    assert with_page.said.index("  event: OrderImported 999-100 revision 1") < zonos_decides


def test_a_story_that_is_told_wrong_is_noticed(with_page: Played) -> None:
    class Silent:
        def events(self) -> list[dict[str, Any]]:
            return [event for event in with_page.events if event["detail-type"] != "OrderCancelled"]

    silent: Any = Silent()
    assert untold(silent, with_page.chapters) == [
        "999-103: expected the events ['OrderImported', 'OrderHeld', 'OrderCancelled'], "
        "found ['OrderImported', 'OrderHeld']"
    ]


def test_a_story_that_goes_wrong_is_noticed() -> None:
    with (
        ZonosSimulator(secret=SECRET) as simulator,
        Sandbox(parameters(simulator, "disabled"), SECRET) as sandbox,
    ):
        paid = simulator.world.pay()
        sandbox.fire_schedule()
        wrong = Chapter("expected to be held", "pay", "HELD", order_id=paid)
        missing = Chapter("never paid", "pay", "READY", order_id="999-1")
        assert mistakes(sandbox, [wrong, missing]) == [
            "999-100 (expected to be held): expected HELD, found READY",
            "999-1 (never paid): expected an item, found none",
        ]
        assert mistakes(sandbox, []) == ["999-100 is in the table, and nobody ordered it"]


def test_neither_the_secret_nor_a_buyer_is_on_the_screen(with_page: Played) -> None:
    assert any(with_page.orders[0]["order_id"] in line for line in with_page.said)
    assert [line for line in with_page.said if private_in(line)] == []


def test_a_real_account_is_only_read_and_shown_without_personal_data() -> None:
    with ZonosSimulator(store_id="777", secret=SECRET) as simulator:
        paid = [simulator.world.pay(kind) for kind in ("pay", "fraud_review", "csl_match")]
        finished = subprocess.run(
            [sys.executable, "-m", "tests.sandbox"],
            cwd=ROOT,
            env={
                **os.environ,
                "ZONOS_STORE_ID": "777",
                "ZONOS_SECRET": SECRET,
                "ZONOS_API_URL": simulator.url,
                "PYTHONPATH": os.pathsep.join(map(str, [ROOT / "layers/zonos_orders", ROOT])),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        called = {call.operation for call in simulator.world.call_log()}
    assert (finished.returncode, finished.stderr) == (0, "")
    assert called == {"orderDetail", "orderNumbers"}
    assert all(order_id in finished.stdout for order_id in paid)
    assert not private_in(finished.stdout)
    assert "Watch it" not in finished.stdout  # the board is the simulated shop's


def test_half_a_pair_of_credentials_is_refused() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "tests.sandbox"],
        cwd=ROOT,
        env={**os.environ, "ZONOS_STORE_ID": "777", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 2
    assert "set ZONOS_STORE_ID and ZONOS_SECRET" in finished.stdout
