"""The picture at the top: what has passed each station. A station lights up whenever its `beat` changes."""

from collections import Counter
from typing import Any

from tests.sandbox import words
from tests.sandbox.board.reading import Reading
from tests.sandbox.sandbox import RECHECK, RECONCILIATION, SUCCESS_PAGE


def flow(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return number, words and beat of each station."""
    orders = reading.orders
    imported = Counter(order["imported_by"] for order in orders)
    dispositions = Counter(order["disposition"] for order in orders)
    loops = Counter(reading.loops.values())
    returns, runs, looks = (
        len(reading.invocations(name)) for name in (SUCCESS_PAGE, RECONCILIATION, RECHECK)
    )
    newest_call = next((exchange.number for exchange in reading.world.exchanges.newest()), 0)
    waiting = sum("to_ship_day" in order for order in orders)
    taken = [order for order in orders if "taken_over_at" in order]
    untold = sum("write_back_day" in order for order in taken)
    paid = len(reading.world.orders())
    return {
        "zonos": _station(paid, f"paid, {words.counted(newest_call, 'call')} received", newest_call + paid),
        "redirect": _station(
            imported["success_redirect"],
            f"imported, {words.counted(returns, 'visit')}"
            if reading.sandbox.page_url
            else "switched off: the reconciliation alone imports",
            returns,
        ),
        "reconciliation": _station(
            imported["reconcile"],
            f"imported, {words.counted(runs, 'run')}",
            runs + imported["reconcile"],  # long before the run has ended
        ),
        "reviews": _station(
            loops["RUNNING"], f"being watched, {words.counted(looks, 'look')}", looks + len(reading.loops)
        ),
        "orders": {
            **_station(len(orders), "in the table", sum(int(order["revision"]) for order in orders)),
            "dispositions": {name: dispositions[name] for name in words.DISPOSITIONS if dispositions[name]},
        },
        "events": _station(len(reading.events), "sent to your other systems", len(reading.events)),
        "to_ship": _station(waiting, "ready, waiting", waiting),
        "hand_overs": _station(
            len(taken),
            f"taken over, {untold} to be told to Zonos" if untold else "taken over",
            len(taken) * 2 - untold,
        ),
    }


def _station(number: int, what: str, beat: int) -> dict[str, Any]:
    return {"number": number, "words": what, "beat": beat}
