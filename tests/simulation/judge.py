"""Judges what the functions do: what they wrote, whom they called, how they ended."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation.dynamodb import Item
from tests.simulation.processes import Killed, Process
from tests.simulation.zonos import CANARY
from zonos_orders.confirm_order import Confirmation, State
from zonos_orders.errors import AwsError, InvalidInput, InvalidOrderId, WriteContention, ZonosError
from zonos_orders.order_desk import DeskAnswer
from zonos_orders.run_summary import RunOutcome, Summary

if TYPE_CHECKING:
    from tests.simulation.simulation import Deployment

# What a function may raise; all else is a bug.
_EXPECTED = {
    "redirect": (Killed, InvalidOrderId),
    "reconcile": (Killed, AwsError),
    "backfill": (Killed, AwsError, ZonosError, InvalidInput),
    "recheck": (Killed, AwsError),
    "desk": (Killed, AwsError, WriteContention),
    "supervisor": (Killed, AwsError, WriteContention),
    "publish": (Killed,),
}
_IN_PROCESS = "IGLOBAL_ORDER_IN_PROCESS"
_CONFIRMED = {"READY", "FULFILLING", "COMPLETED"}
_AWS_SHARE = 0.1  # of a function's time: what AWS's silence takes beyond it, no function can make up for
_REDIRECT_SECONDS = 8.0
_DAY_MS = 86_400_000


class Judge:
    """Looks over the shoulder of every process."""

    def __init__(self, deployment: "Deployment") -> None:
        self._deployment = deployment
        self._expect = deployment.promises.expect

    def written(self, process: Process, table: str, before: Item | None, after: Item | None) -> None:
        """A write took effect."""
        deployment = self._deployment
        self._expect("dry", not process.notes.get("dry"), f"a dry run wrote into {table}")
        if table == deployment.settings.orders_table:
            self._cleared_as_seen(process, before, after)
            deployment.promises.order_written(before, after, deployment.scheduler.now)
            return
        told = deployment.settings.reconciliation_table == table and CANARY in str(after)
        self._expect("never leaking", not told, f"{process.name} wrote something personal into {table}")
        if after and after["kind"]["S"] == "watermark":
            self._expect("never backwards", not before or before["day"]["S"] < after["day"]["S"], "watermark")
            self._nothing_forgotten(process, "moved the watermark")

    def _cleared_as_seen(self, process: Process, before: Item | None, after: Item | None) -> None:
        """What a person has cleared is what was stored before the look at Zonos: nobody has seen another."""
        if not after or not before or after.get("cleared") in (None, before.get("cleared")):
            return
        if "ended_at" in after["cleared"]["M"] or "erased_at" in after:
            return
        order_id = after["order_id"]["S"]
        seen = process.notes["stored"][(order_id,)]
        is_same = self._deployment.promises.is_screened_alike(order_id, seen, after)
        self._expect("never shipped by mistake", is_same, f"{order_id} was cleared, and nobody had seen it")

    def loop_started(self, name: str, *, given: str) -> None:
        """A review loop was started under this name, with this input."""
        order_id = name.rpartition("-")[0]
        is_right = json.loads(given) == {"order_id": order_id}
        self._expect("never leaking", is_right, f"the loop {name} was started with {given}")

    def calls_zonos(self, process: Process) -> None:
        """A process calls Zonos: of the review loops, only the one of the present review may."""
        process.notes.setdefault("stored", dict(self._deployment.orders))
        execution = process.notes.get("execution")
        if execution:
            generation, since = self._deployment.promises.raised_at.get(execution.order_id, (0, 0.0))
            is_present = execution.name == f"{execution.order_id}-{generation}"
            text = f"{execution.name} looks, though {generation} is the present generation"
            self._expect("never twice", is_present or process.started_at <= since, text)

    def ended(self, process: Process, result: Any) -> None:
        """A function returned or raised."""
        expected = _EXPECTED[process.name.partition("-")[0]]
        is_known = not isinstance(result, BaseException) or isinstance(result, expected)
        self._expect("never silent", is_known, f"{process.name} raised {result!r}")
        seconds = process.ended_at - process.started_at
        if process.name.startswith("redirect"):
            self._expect("bounded", seconds < _REDIRECT_SECONDS, f"{process.name} took {seconds} s")
        was_killed_by_time = isinstance(result, Killed) and process.kill_at is None
        is_excused = process.kept_waiting > _AWS_SHARE * process.timeout
        self._expect("bounded", not was_killed_by_time or is_excused, f"{process.name} ran out of time")

    def redirected(self, process: Process, order_id: str, answer: Any) -> None:
        """A buyer was answered; `answer` is what the redirect raised if it raised."""
        deployment = self._deployment
        facts = deployment.zonos.facts.get(order_id)
        if not facts or not isinstance(answer, Confirmation) or answer.failure:
            return
        if process.notes["settings"] is not deployment.settings:
            return
        item = deployment.orders.get((order_id,))
        is_known = facts.known_from <= process.started_at and process.started_at >= facts.poisoned_until
        if is_known and not process.faults:
            is_right = item is not None and answer.state is not State.UNKNOWN
            self._expect("no order is lost", is_right, f"{order_id} was not imported at once")
        if item and answer.state is State.CONFIRMED:
            seen = {entry["M"]["disposition"]["S"] for entry in item["history"]["L"]}
            text = f"{order_id} was confirmed, and was {seen}"
            self._expect("never shipped by mistake", bool(seen & _CONFIRMED), text)

    def taken_over(self, process: Process, order_id: str, number: str, answer: Any) -> None:
        """A warehouse was answered whether it has the order now."""
        if not isinstance(answer, DeskAnswer) or not answer.agreed:
            return
        numbers = self._deployment.promises.agreed.setdefault(order_id, set())
        numbers.add(number)
        text = f"{process.name} agreed to a second number: {order_id} is {sorted(numbers)}"
        self._expect("never twice", len(numbers) == 1, text)

    def zonos_is_told(self, order_id: str, number: str) -> None:
        """Zonos takes the merchant's number of an order: by then it has to be stored."""
        is_stored = number in self._deployment.promises.numbers.get(order_id, ())
        self._expect("settles", is_stored, f"Zonos was told {number} of {order_id} before it was stored")

    def may_ship(self, process: Process, order_id: str, answer: Any) -> None:
        """Somebody was answered whether a parcel may leave."""
        if not isinstance(answer, DeskAnswer) or not answer.agreed or answer.order is None:
            return
        shown = process.notes.get("shown", {}).get(order_id)
        is_ours = answer.order.taken_over_here and answer.order.disposition == "FULFILLING"
        is_right = shown == _IN_PROCESS or (is_ours and shown is not None)
        text = f"{process.name} let {order_id} leave, and Zonos showed {shown}"
        self._expect("never shipped by mistake", is_right, text)

    def event_sent(self, entry: Mapping[str, Any]) -> None:
        """An event is on the bus."""
        detail = json.loads(entry["Detail"])
        self._expect("never leaking", CANARY not in entry["Detail"], f"an event tells {entry['Detail']}")
        if self._deployment.scheduler.process.notes["settings"] is self._deployment.settings:
            self._deployment.listener.hear(entry["DetailType"], detail)

    def reconciled(self, process: Process, summary: Any) -> None:
        """A reconciliation ended; `summary` is what it raised if it raised."""
        if not isinstance(summary, Summary) or not process.notes["scheduled"]:
            return
        if summary.outcome is RunOutcome.CLEAN:
            self._nothing_forgotten(process, "ended cleanly")
        if not process.faults:
            lease = self._deployment.notes.get(("lease", "reconcile"))
            is_free = not lease or lease["owner"]["S"] != process.name
            self._expect("bounded", is_free, f"{process.name} ended and kept the lease")

    def _nothing_forgotten(self, process: Process, what: str) -> None:
        """All that Zonos listed to the process, or had to list since midnight, is stored or on record."""
        deployment = self._deployment
        if process.notes["settings"] is not deployment.settings:
            return  # the table that it wrote to is out of service
        listed = {one for listed in process.notes.get("listed", ()) for one in listed}
        if abs(process.skew_ms) < _DAY_MS:  # else it asks for other days, and knows no better
            listed |= set(deployment.zonos.completed_today(before=process.started_at))
        for order_id in listed:
            is_there = (order_id,) in deployment.orders or ("failure", order_id) in deployment.notes
            self._expect("no order is lost", is_there, f"{process.name} {what}, {order_id} is forgotten")
