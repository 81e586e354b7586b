"""The sections of the board as JSON, in plain words. Times are epoch ms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tests.sandbox import words
from tests.sandbox.board.reading import Reading, Run, run_of
from tests.sandbox.sandbox import RECONCILIATION
from tests.sandbox.zonos_simulator.orders import parse_order_id

MOST_ORDERS: Final = 50
_MOST_ROWS: Final = 12
_GOOD: Final = 200

Json = dict[str, Any]


def orders(reading: Reading) -> Json:
    """Show the newest orders, and say how many there are."""
    return {"all": len(reading.orders), "shown": [_order(order) for order in reading.orders[:MOST_ORDERS]]}


def reviews(reading: Reading) -> list[Json]:
    """Show the review loops, those that watch first."""
    noted = reading.record("review")
    states = {order["order_id"]: order["disposition"] for order in reading.orders}
    rows = []
    for name, status in reversed(reading.loops.items()):
        order_id, _, generation = name.rpartition("-")
        review = noted.get(order_id, {})
        watches = status == "RUNNING" and review.get("generation", 0) == int(generation)
        rows.append(
            {
                "id": name,
                "order_id": order_id,
                "status": words.LOOPS.get(status, words.plain(status)),
                "disposition": None if status == "RUNNING" else states.get(order_id),
                "looked_at": _ms(review.get("last_looked_at")),
                "looks_next_at": _ms(review.get("next_look_at")) if watches else None,
            }
        )
    return sorted(rows, key=lambda row: row["status"] != "watching")[:_MOST_ROWS]


def reconciliation(reading: Reading) -> Json:
    """Show the newest runs, and the day until which all is known to be complete."""
    days = [str(item["day"]) for item in reading.record("watermark").values()]
    runs = [run_of(invocation) for invocation in reading.invocations(RECONCILIATION)]
    return {"watermark": _day(days[0]) if days else None, "runs": [_run(run) for run in runs[:-9:-1]]}


def failures(reading: Reading) -> list[Json]:
    """Show what could not be done and will be tried again, what is due soonest first."""
    kinds = {"failure": "import it", "write_back": "tell Zonos its number"}
    rows = [
        {
            "id": f"{kind} {order_id}",
            "order_id": order_id,
            "task": task,
            "cause": record.get("error", ""),
            "attempts": int(record.get("attempts", 1)),
            "next_attempt_at": _ms(record.get("next_attempt_at")),
        }
        for kind, task in kinds.items()
        for order_id, record in reading.record(kind).items()
    ]
    return sorted(rows, key=lambda row: row["next_attempt_at"] or 0)[:_MOST_ROWS]


def calls(reading: Reading) -> list[Json]:
    """Show the newest calls to Zonos."""
    return [
        {
            "id": exchange.number,
            "at": exchange.began,
            "operation": exchange.operation if exchange.operation in words.OPERATIONS else "something else",
            "means": words.OPERATIONS.get(exchange.operation, ""),
            "order_id": exchange.order_id if parse_order_id(exchange.order_id) else "",
            "status": exchange.status,
            "milliseconds": exchange.milliseconds,
            "good": exchange.status == _GOOD,
        }
        for exchange in reading.world.exchanges.newest()[:_MOST_ROWS]
    ]


def events(reading: Reading) -> list[Json]:
    """Show the newest events on the bus."""
    first = max(0, len(reading.events) - _MOST_ROWS)
    rows = [
        {
            "id": first + n,
            "at": _instant(event["time"]),
            "type": event["detail-type"],
            "order_id": event["detail"]["order_id"],
            "revision": event["detail"]["revision"],
            "means": words.EVENTS.get(event["detail-type"]) or _changed(event["detail"]),
        }
        for n, event in enumerate(reading.events[first:])
    ]
    return rows[::-1]


def hand_overs(reading: Reading) -> list[Json]:
    """Show what waits for the warehouse, then what it has taken over."""
    rows = [
        {
            "order_id": order["order_id"],
            "number": order.get("merchant_order_id", ""),
            "at": _instant(order["taken_over_at"]) if "taken_over_at" in order else None,
            "state": _hand_over(order),
        }
        for order in reading.orders
        if "to_ship_day" in order or "taken_over_at" in order
    ]
    return sorted(rows, key=lambda row: row["at"] is not None)[:_MOST_ROWS]


def _order(order: Mapping[str, Any]) -> Json:
    return {
        "id": order["order_id"],
        "disposition": order["disposition"],
        "means": _means(order),
        "reasons": words.reasons(order["hold_reasons"]),
        "day": _day(str(order["order_day"])) if "order_day" in order else None,
        "revision": int(order["revision"]),
        "imported_by": words.who(order["imported_by"]),
        "imported_at": _instant(order["imported_at"]),
        "number": order.get("merchant_order_id", ""),
        "history": [
            {
                "status": words.status(entry["zonos_status"]),
                "disposition": entry["disposition"],
                "by": words.who(entry["seen_by"]),
                "at": _instant(entry["seen_at"]),
            }
            for entry in order["history"]
        ],
        "actions": _actions(order),
    }


def _means(order: Mapping[str, Any]) -> str:
    if order["disposition"] == "READY" and "taken_over_at" in order:
        return "taken over: pack it, and ask once more before it leaves"
    return words.DISPOSITIONS.get(order["disposition"], "")


def _actions(order: Mapping[str, Any]) -> list[str]:
    """Name what may sensibly be tried with an order: keys of `actions.OF_AN_ORDER`."""
    fits = {
        "take-over": "to_ship_day" in order,
        "clear": "CSL_MATCH" in order["hold_reasons"],
        "release": "BEFORE_GO_LIVE" in order["hold_reasons"],
    }
    return ["may-ship", *(name for name, does in fits.items() if does)]


def _run(run: Run) -> Json:
    summary = run.summary or {"outcome": "error", "error": "the function ended with an error"}
    return {
        "id": run.began,
        "at": run.began,
        "milliseconds": run.milliseconds,
        "outcome": summary["outcome"],
        "means": words.OUTCOMES.get(summary["outcome"], "it ended with an error"),
        "listed": summary.get("listed", 0),
        "recovered": summary.get("recovered", 0),
        "failed": sum(summary.get("failed", {}).values()),
        "error": summary["error"],
    }


def _hand_over(order: Mapping[str, Any]) -> str:
    if "to_ship_day" in order:
        return "waits for the warehouse"
    return "Zonos does not know the number yet" if "write_back_day" in order else "Zonos knows the number"


def _changed(detail: Mapping[str, Any]) -> str:
    return ", ".join(words.plain(group) for group in detail.get("changed", ())) + " changed"


def _ms(value: Any) -> int | None:
    return None if value is None else int(value)


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _day(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
