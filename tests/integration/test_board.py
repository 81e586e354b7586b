"""The board of the sandbox: what it shows is what is so, and its buttons act."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.integration.eventually import eventually
from tests.leaks.private import private_in
from tests.sandbox.__main__ import parameters
from tests.sandbox.board import Board
from tests.sandbox.board.actions import PRINCIPAL
from tests.sandbox.board.board import UNREAD
from tests.sandbox.sandbox import RECONCILIATION, Sandbox
from tests.sandbox.story import GO_LIVE
from tests.sandbox.zonos_simulator import ZonosSimulator

SECRET = "canary-secret-that-nobody-prints"


@dataclass
class Shown:
    """A board on a sandbox, and what anybody's browser may ask of it."""

    board: Board
    sandbox: Sandbox
    simulator: ZonosSimulator

    def state(self) -> dict[str, Any]:
        """A state that was read after this was asked."""
        self.board.forget()
        answer = requests.get(f"{self.board.url}/state.json", timeout=30)
        answer.raise_for_status()
        assert not private_in(answer.text)
        return dict(answer.json())

    def order(self, order_id: str) -> dict[str, Any]:
        return next(order for order in self.state()["orders"]["shown"] if order["id"] == order_id)

    def press(self, button: str, **given: str) -> tuple[str, bool]:
        answer = requests.post(
            f"{self.board.url}/actions/{button}",
            json=given,
            headers={"Origin": self.board.url},
            timeout=60,
        )
        answer.raise_for_status()
        assert not private_in(answer.text)
        return answer.json()["said"], answer.json()["good"]

    def buy(self, kind: str = "pay") -> str:
        """Pay at the checkout, follow the redirect, and return the order's id."""
        answer = requests.post(
            f"{self.simulator.url}/checkout", data={"kind": kind}, allow_redirects=False, timeout=30
        )
        if "location" in answer.headers:
            requests.get(answer.headers["location"], timeout=30).raise_for_status()
        return self.simulator.world.orders()[-1].order_id


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    with (
        ZonosSimulator(secret=SECRET) as simulator,
        Board(simulator) as board,
        Sandbox(parameters(simulator, "enabled"), SECRET) as sandbox,
    ):
        simulator.world.success_url = sandbox.page_url
        board.watch(sandbox)
        yield Shown(board, sandbox, simulator)


def test_before_the_stack_is_there_the_board_is(shown: Shown) -> None:
    with Board(shown.simulator) as early:
        early.tell("Deploying …")
        early.tell("  a line of the table")
        state = requests.get(f"{early.url}/state.json", timeout=5).json()
        assert (state["story"], state["fault"]) == (["Deploying …"], None)
        assert state["links"] == {
            "checkout": f"{shown.simulator.url}/checkout",
            "admin": f"{shown.simulator.url}/admin",
        }
        assert "orders" not in state
        said = early.act("reconcile", {})
    assert (said.text, said.good) == ("The stack is still being deployed.", False)


def test_an_order_is_shown_in_words_with_its_history(shown: Shown) -> None:
    order = shown.order(shown.buy("csl_match"))
    assert {key: order[key] for key in ("disposition", "means", "reasons", "revision", "imported_by")} == {
        "disposition": "HELD",
        "means": "do not ship it now",
        "reasons": ["the buyer may be a restricted party: a person decides"],
        "revision": 1,
        "imported_by": "success page",
    }
    (entry,) = order["history"]
    assert (entry["status"], entry["disposition"], entry["by"]) == ("in process", "HELD", "success page")
    assert order["day"] == time.strftime("%Y-%m-%d", time.gmtime(order["imported_at"] / 1000))
    assert order["actions"] == ["may-ship", "clear"]


def test_a_review_is_shown_until_it_is_decided(shown: Shown) -> None:
    order_id = shown.buy("fraud_review")
    state = shown.state()
    (review,) = [row for row in state["reviews"] if row["order_id"] == order_id]
    assert (review["status"], review["disposition"]) == ("watching", None)
    assert 0 < review["looks_next_at"] - review["looked_at"] <= 2000
    assert state["flow"]["reviews"]["number"] >= 1

    shown.simulator.world.release(order_id)
    eventually(lambda: shown.sandbox.loops()[f"{order_id}-1"] == "SUCCEEDED", 40)
    (review,) = [row for row in shown.state()["reviews"] if row["order_id"] == order_id]
    assert (review["status"], review["disposition"], review["looks_next_at"]) == ("decided", "READY", None)
    assert [entry["disposition"] for entry in shown.order(order_id)["history"]] == ["HELD", "READY"]


def test_a_reconciliation_is_shown_with_what_it_did(shown: Shown) -> None:
    missed = shown.buy("close_tab")
    said, good = shown.press("reconcile")
    assert (said.split(";")[1], good) == (" all is well.", True)

    state = shown.state()
    newest = state["reconciliation"]["runs"][0]
    assert (newest["outcome"], newest["recovered"], newest["failed"], newest["error"]) == (
        "clean",
        1,
        0,
        None,
    )
    assert newest["listed"] == len(shown.simulator.world.orders())
    assert newest["milliseconds"] > 0
    assert state["reconciliation"]["watermark"] == time.strftime("%Y-%m-%d", time.gmtime())
    assert shown.order(missed)["imported_by"] == "reconciliation"
    assert state["flow"]["reconciliation"]["number"] >= 1


def test_an_order_is_asked_about_and_taken_over(shown: Shown) -> None:
    order_id = shown.buy()
    waiting = shown.state()
    assert waiting["flow"]["to_ship"]["number"] >= 1
    assert (order_id, "waits for the warehouse") in {
        (row["order_id"], row["state"]) for row in waiting["hand_overs"]
    }
    assert shown.press("may-ship", order_id=order_id) == (
        "Yes, it may ship: Zonos was asked this moment.",
        True,
    )
    assert shown.press("take-over", order_id=order_id) == (
        f"Taken over as M-{order_id}, and Zonos knows the number.",
        True,
    )
    state = shown.state()
    (row,) = [row for row in state["hand_overs"] if row["order_id"] == order_id]
    assert (row["number"], row["state"]) == (f"M-{order_id}", "Zonos knows the number")
    assert shown.order(order_id)["actions"] == ["may-ship"]
    call = state["calls"][0]
    assert (call["operation"], call["order_id"], call["status"], call["good"]) == (
        "updateMerchantOrderId",
        order_id,
        200,
        True,
    )
    assert call["milliseconds"] >= 0


def test_what_must_not_ship_is_answered_with_its_reasons(shown: Shown) -> None:
    order_id = shown.buy("test_order")
    assert shown.press("may-ship", order_id=order_id) == ("No: it is a test order.", False)
    assert shown.press("take-over", order_id=order_id) == ("Not taken over: it is a test order.", False)
    assert shown.press("clear", order_id=order_id) == ("Not decided: it is not held for this.", False)
    assert shown.press("may-ship", order_id="999-4711") == ("No: it is not in the table yet.", False)


def test_the_supervisor_clears_and_releases(shown: Shown) -> None:
    matched = shown.buy("csl_match")
    days_ago = GO_LIVE - timedelta(days=5)
    early = shown.simulator.world.pay(order_date=days_ago, completed_at=days_ago)
    shown.sandbox.invoke(RECONCILIATION, {"orderIds": [early]})
    assert shown.order(early)["actions"] == ["may-ship", "release"]

    assert shown.press("clear", order_id=matched)[0].endswith("It is READY now.")
    assert shown.press("release", order_id=early)[0].endswith("It is READY now.")
    assert (shown.sandbox.order(matched) or {})["cleared"]["by"] == PRINCIPAL
    assert PRINCIPAL not in str(shown.state())
    assert shown.order(matched)["actions"] == ["may-ship", "take-over"]


def test_zonos_is_broken_down_and_mended(shown: Shown) -> None:
    taken, lost = shown.buy(), shown.buy("close_tab")
    assert shown.press("break-down", kind="status_500")[1]
    assert shown.state()["fault"] == "status_500"
    assert shown.press("may-ship", order_id=taken) == (
        "No: Zonos could not be asked, and no is the safe answer.",
        False,
    )
    said, good = shown.press("reconcile")
    assert (said, good) == ("Reconciled: 0 listed, 0 recovered; Zonos could not be asked.", False)
    state = shown.state()
    assert state["calls"][0]["status"] == 500
    assert not state["calls"][0]["good"]
    newest = state["reconciliation"]["runs"][0]
    assert (newest["outcome"], newest["means"]) == ("unavailable", "Zonos could not be asked")

    assert shown.press("mend") == ("Zonos works again.", True)
    shown.simulator.world.break_down("status_500", operation="orderDetail")
    shown.press("reconcile")
    (failure,) = [row for row in shown.state()["failures"] if row["order_id"] == lost]
    assert (failure["task"], failure["attempts"]) == ("import it", 1)
    assert failure["cause"].startswith("ZonosUnavailable")

    shown.press("mend")
    shown.press("reconcile")
    state = shown.state()
    assert (state["fault"], state["failures"]) == (None, [])


def test_events_and_stations_count_what_happened(shown: Shown) -> None:
    order_id = shown.buy()
    shown.sandbox.catch_up()
    state = shown.state()
    newest = state["events"][0]
    assert (newest["type"], newest["order_id"], newest["means"]) == (
        "OrderReady",
        order_id,
        "it may be shipped",
    )
    flow, orders = state["flow"], shown.sandbox.orders()
    assert flow["zonos"]["number"] == len(shown.simulator.world.orders())
    assert flow["orders"]["number"] == len(orders) == sum(flow["orders"]["dispositions"].values())
    assert flow["events"]["number"] == len(shown.sandbox.events())
    by_page = sum(order["imported_by"] == "success_redirect" for order in orders)
    assert flow["redirect"]["number"] == by_page
    assert flow["hand_overs"]["number"] == sum("taken_over_at" in order for order in orders)


def test_without_the_success_page_its_station_says_so(shown: Shown) -> None:
    class Alone:
        page_url = None

        def __getattr__(self, name: str) -> Any:
            return getattr(shown.sandbox, name)

    alone: Any = Alone()
    with Board(shown.simulator) as board:
        board.watch(alone)
        station = json.loads(board.state())["flow"]["redirect"]
    assert station["words"] == "switched off: the reconciliation alone imports"


def test_what_zonos_or_a_caller_says_is_not_repeated(shown: Shown) -> None:
    order_id = shown.buy()
    shown.simulator.world.set_status(order_id, "canary <b>Ada</b>")
    shown.press("may-ship", order_id=order_id)
    requests.post(f"{shown.simulator.url}/v2/orderDetail", json={"orderId": "canary of a caller"}, timeout=5)
    assert shown.order(order_id)["history"][-1]["status"] == "a status that is not known"
    assert shown.state()["calls"][0]["order_id"] == ""


def test_what_cannot_be_read_says_so_and_the_rest_is_shown(shown: Shown) -> None:
    class Half:
        """A sandbox whose table is busy."""

        def __getattr__(self, name: str) -> Any:
            return getattr(shown.sandbox, name)

        def items(self, *_: str) -> list[dict[str, Any]]:
            raise TimeoutError

    half: Any = Half()
    with Board(shown.simulator) as board:
        board.watch(half)
        state = json.loads(board.state())
        assert state["orders"] == state["failures"] == state["reconciliation"] == UNREAD
        assert state["events"] != UNREAD
        assert state["calls"] != UNREAD
        board.watch(shown.sandbox)
        assert json.loads(board.state())["orders"] != UNREAD


def test_many_browsers_are_one_look(shown: Shown) -> None:
    looks: list[str] = []

    class Counted:
        def __getattr__(self, name: str) -> Any:
            looks.append(name)
            return getattr(shown.sandbox, name)

    counted: Any = Counted()
    with Board(shown.simulator) as board:
        board.watch(counted)
        first = board.state()
        asked = len(looks)
        assert board.state() is board.state() is first
        assert len(looks) == asked > 0


def test_an_order_is_read_again_only_when_it_was_written(shown: Shown) -> None:
    read: list[str] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(shown.sandbox, name)

        def order(self, order_id: str, *attributes: str) -> dict[str, Any] | None:
            read.append(order_id)
            return shown.sandbox.order(order_id, *attributes)

    _, order_id, watched = shown.buy(), shown.buy(), Watched()
    with Board(shown.simulator) as board:
        given: Any = watched
        board.watch(given)
        board.state()
        assert sorted(read) == sorted(order["order_id"] for order in shown.sandbox.orders())
        read.clear()
        board.act("take-over", {"order_id": order_id})
        state = json.loads(board.state())
    assert read == [order_id]
    assert state["orders"]["shown"][0]["number"] == f"M-{order_id}"
