"""What the buttons do, and what is said of it in plain words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.sandbox import words
from tests.sandbox.aws import ACCOUNT_ID
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import ORDER_DESK, Sandbox
from tests.sandbox.zonos_simulator import FAULTS, ZonosSimulator

_ORDER_ID: Final = re.compile(r"[0-9]{1,18}-[0-9]{1,18}", re.ASCII)
PRINCIPAL: Final = f"arn:aws:iam::{ACCOUNT_ID}:user/who-watches-the-board"


class NotUnderstood(Exception):
    """There is no such button, or it was not told what it needs."""


@dataclass(frozen=True)
class Said:
    """The answer for a person; `good`: what was wished has been done, or is allowed."""

    text: str
    good: bool


def perform(name: str, given: Mapping[str, Any], sandbox: Sandbox | None, simulator: ZonosSimulator) -> Said:
    """Do what the button `name` says; NotUnderstood when that cannot be told."""
    if name == "mend":
        simulator.world.recover()
        return Said("Zonos works again.", good=True)
    if name == "break-down":
        return _break_down(str(given.get("kind")), simulator)
    order_id = str(given.get("order_id"))
    on_order = OF_AN_ORDER.get(name)
    if name != "reconcile" and (on_order is None or not _ORDER_ID.fullmatch(order_id)):
        raise NotUnderstood
    if sandbox is None:
        return Said("The stack is still being deployed.", good=False)
    try:
        return on_order(sandbox, order_id) if on_order else _reconcile(sandbox)
    except InvocationFailed as exc:
        return Said(f"The function ended with an error ({exc.error_type}): ask again.", good=False)


def _break_down(kind: str, simulator: ZonosSimulator) -> Said:
    if kind not in FAULTS:
        raise NotUnderstood
    simulator.world.break_down(kind)
    return Said(f"Zonos is broken: it {FAULTS[kind][0]}.", good=True)


def _reconcile(sandbox: Sandbox) -> Said:
    summary = sandbox.fire_schedule()
    outcome = words.OUTCOMES.get(summary["outcome"], words.plain(summary["outcome"]))
    done = f"Reconciled: {summary['listed']} listed, {summary['recovered']} recovered; {outcome}."
    return Said(done, good=summary["outcome"] == "clean")


def _may_ship(sandbox: Sandbox, order_id: str) -> Said:
    answer = sandbox.invoke(ORDER_DESK, {"mayShip": {"orderId": order_id}})
    if answer["may_ship"]:
        return Said("Yes, it may ship: Zonos was asked this moment.", good=True)
    return Said(f"No: {_why(answer['reasons'])}.", good=False)


def _take_over(sandbox: Sandbox, order_id: str) -> Said:
    number = f"M-{order_id}"
    answer = sandbox.invoke(ORDER_DESK, {"takeOver": {"orderId": order_id, "merchantOrderId": number}})
    if not answer["taken_over"]:
        return Said(f"Not taken over: {_why(answer['reasons'])}.", good=False)
    if answer["written_back"]:
        return Said(f"Taken over as {number}, and Zonos knows the number.", good=True)
    told_later = "Zonos does not know the number yet, and each reconciliation tells it again."
    return Said(f"Taken over as {number}. {told_later}", good=True)


def _clear(sandbox: Sandbox, order_id: str) -> Said:
    return _decided(sandbox, {"clear": {"orderId": order_id}}, "Cleared: it is no restricted party")


def _release(sandbox: Sandbox, order_id: str) -> Said:
    return _decided(sandbox, {"release": {"orderIds": [order_id]}}, "Released: it was not shipped before")


def _decided(sandbox: Sandbox, wish: Mapping[str, Any], done: str) -> Said:
    answer = sandbox.supervise(PRINCIPAL, wish)
    if "orders" not in answer:
        return Said("The supervisor could not decide: ask again.", good=False)
    (act,) = answer["orders"]
    if act["done"]:
        return Said(f"{done}. It is {act['disposition']} now.", good=True)
    return Said(f"Not decided: {_why([act['reason']])}.", good=False)


def _why(reasons: list[str]) -> str:
    return "; ".join(words.reasons(reasons)) or "no reason was given"


OF_AN_ORDER: Final[dict[str, Callable[[Sandbox, str], Said]]] = {
    "may-ship": _may_ship,
    "take-over": _take_over,
    "clear": _clear,
    "release": _release,
}
