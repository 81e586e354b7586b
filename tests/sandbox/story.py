"""A short story in which orders reach the table by all three ways, checked at its end."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.sandbox.report import News
from tests.sandbox.sandbox import ORDER_DESK, Sandbox
from tests.sandbox.zonos_simulator import Purchase, ZonosSimulator

GO_LIVE = datetime.now(UTC) - timedelta(days=10)
_PATIENCE_SECONDS = 60
_HTTP_SECONDS = 15

Say = Callable[[str], None]


@dataclass
class Chapter:
    """One order of the story and where it belongs at the end.

    `statuses`: what its history shows, oldest first. `loop`: how its review loop ended, None without one.
    """

    title: str
    purchase: Purchase
    disposition: str
    hold_reasons: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=lambda: ["IGLOBAL_ORDER_IN_PROCESS"])
    loop: str | None = None
    ordered_at: datetime | None = None
    action: str | None = None
    order_id: str = ""
    number: str = ""  # the merchant's own, once the order is handed over

    def events(self) -> list[str]:
        """Return the events that the bus is told of the order, in order."""
        before = ["OrderImported", "OrderHeld"] if len(self.statuses) > 1 else ["OrderImported"]
        taken_over_and_written_back = ["OrderChanged", "OrderChanged"] if self.number else []
        return [*before, f"Order{self.disposition.capitalize()}", *taken_over_and_written_back]


def chapters() -> list[Chapter]:
    """Return the story's orders, in the order in which they are paid."""
    review = "IGLOBAL_FRAUD_REVIEW"
    return [
        Chapter("paid, and back on the success page", "pay", "READY"),
        Chapter("paid, and the tab closed", "close_tab", "READY"),
        Chapter(
            "paid into review, then released",
            "fraud_review",
            "READY",
            statuses=[review, "IGLOBAL_ORDER_IN_PROCESS"],
            loop="SUCCEEDED",
            action="release",
        ),
        Chapter(
            "paid into review, then cancelled",
            "fraud_review",
            "CANCELLED",
            statuses=[review, "IGLOBAL_ORDER_CANCELLED"],
            loop="SUCCEEDED",
            action="cancel",
        ),
        Chapter("a test order", "test_order", "HELD", ["TEST_ORDER"]),
        Chapter("a restricted-party match", "csl_match", "HELD", ["CSL_MATCH"]),
        Chapter(
            "from before go-live, shipped long ago",
            "close_tab",
            "HELD",
            ["BEFORE_GO_LIVE"],
            ordered_at=GO_LIVE - timedelta(days=5),
        ),
    ]


def play(sandbox: Sandbox, simulator: ZonosSimulator, say: Say) -> list[Chapter]:
    """Play the story and return its chapters, once every order is where it belongs or patience ends."""
    story = chapters()
    news = News()
    for chapter in story:
        _buy(chapter, simulator, say)
        _tell(news, sandbox, say)
    say("The schedule fires: the reconciliation looks for what the redirect missed.")
    summary = sandbox.fire_schedule()
    say(f"  listed {summary['listed']}, missing {summary['missing']}, recovered {summary['recovered']}")
    sandbox.catch_up()
    _tell(news, sandbox, say)
    for chapter in story:
        if chapter.action:
            say(f"Zonos decides: {chapter.order_id} {chapter.action}. Its review loop will see it.")
            _post(f"{simulator.url}/admin/order", {"order_id": chapter.order_id, "action": chapter.action})
    ends = time.monotonic() + _PATIENCE_SECONDS
    while mistakes(sandbox, story) and time.monotonic() < ends:
        time.sleep(0.25)
        _tell(news, sandbox, say)
    for chapter in story:
        if chapter.disposition == "READY":
            _hand_over(chapter, sandbox, say)
    sandbox.catch_up()
    _tell(news, sandbox, say)
    return story


def mistakes(sandbox: Sandbox, story: list[Chapter]) -> list[str]:
    """Return what is not as it should be, a line each."""
    stored = {order["order_id"]: order for order in sandbox.orders()}
    loops = sandbox.loops()
    found = [
        f"{chapter.order_id} ({chapter.title}): expected {expected}, found {actual}"
        for chapter in story
        for expected, actual in _compare(chapter, stored.get(chapter.order_id), loops)
        if expected != actual
    ]
    strangers = stored.keys() - {chapter.order_id for chapter in story}
    return found + [f"{order_id} is in the table, and nobody ordered it" for order_id in sorted(strangers)]


def untold(sandbox: Sandbox, story: list[Chapter]) -> list[str]:
    """Return what the bus was told otherwise than it should have been, a line each."""
    told: dict[str, list[str]] = {chapter.order_id: [] for chapter in story}
    for event in sandbox.events():
        told.setdefault(event["detail"]["order_id"], []).append(event["detail-type"])
    expected = {chapter.order_id: chapter.events() for chapter in story}
    return [
        f"{order_id}: expected the events {expected.get(order_id, [])}, found {events}"
        for order_id, events in sorted(told.items())
        if events != expected.get(order_id, [])
    ]


def _compare(
    chapter: Chapter, order: Mapping[str, Any] | None, loops: Mapping[str, str]
) -> list[tuple[Any, Any]]:
    if order is None:
        return [("an item", "none")]
    loop = loops.get(f"{chapter.order_id}-1")
    count = sum(name.startswith(f"{chapter.order_id}-") for name in loops)
    return [
        (chapter.disposition, order["disposition"]),
        (chapter.hold_reasons, order["hold_reasons"]),
        (chapter.statuses, [entry["zonos_status"] for entry in order["history"]]),
        (chapter.loop, loop),
        (1 if chapter.loop else 0, count),
        (chapter.number, order.get("merchant_order_id", "")),
    ]


def _buy(chapter: Chapter, simulator: ZonosSimulator, say: Say) -> None:
    """Pay as a buyer does, at the checkout page; orders of the past are put into the simulator's books."""
    if chapter.ordered_at:
        paid = simulator.world.pay(
            chapter.purchase, order_date=chapter.ordered_at, completed_at=chapter.ordered_at
        )
        chapter.order_id = paid
        say(f"{paid}: {chapter.title}")
        return
    before = {order.order_id for order in simulator.world.orders()}
    answer = _post(f"{simulator.url}/checkout", {"kind": chapter.purchase})
    (chapter.order_id,) = {order.order_id for order in simulator.world.orders()} - before
    say(f"{chapter.order_id}: {chapter.title}")
    location = answer.headers.get("location")
    if location:
        page = requests.get(location, headers={"accept": "application/json"}, timeout=_HTTP_SECONDS)
        say(f"  the buyer is sent to {location} and reads: {page.json().get('state', page.text)}")


def _hand_over(chapter: Chapter, sandbox: Sandbox, say: Say) -> None:
    """Ask whether the order may be shipped, and take it over, as the merchant's warehouse does."""
    asked = sandbox.invoke(ORDER_DESK, {"mayShip": {"orderId": chapter.order_id}})
    number = f"M-{chapter.order_id}"
    wish = {"orderId": chapter.order_id, "merchantOrderId": number}
    taken = sandbox.invoke(ORDER_DESK, {"takeOver": wish})
    if asked["may_ship"] and taken["taken_over"] and taken["written_back"]:
        chapter.number = number
    known = "and Zonos knows it" if taken["written_back"] else "which Zonos does not know yet"
    say(f"The warehouse takes {chapter.order_id} over as {number}, {known}.")


def _post(url: str, form: Mapping[str, str]) -> requests.Response:
    answer = requests.post(url, data=form, allow_redirects=False, timeout=_HTTP_SECONDS)
    answer.raise_for_status()
    return answer


def _tell(news: News, sandbox: Sandbox, say: Say) -> None:
    for line in news.of(sandbox):
        say(line)
