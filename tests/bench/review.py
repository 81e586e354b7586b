"""What a review costs in transitions and looks: the real state machine, walked with the real waits."""

import json
from typing import Any

from tests.bench.harness import Row, Sizes
from tests.sandbox.sam_template import ROOT, load_template
from zonos_orders.status import REVIEW_LASTS_AT_MOST_MS, HoldReason, wait_seconds

_HOUR = 3600
_LASTS = {"1 h": _HOUR, "24 h": 24 * _HOUR, "72 h": 72 * _HOUR, "30 d": REVIEW_LASTS_AT_MOST_MS // 1000}


def walk(seconds: int, base: int | None = None) -> dict[str, int]:
    """Return the transitions and the looks of a review that Zonos ends after so many seconds.

    Step Functions counts each state that is entered. `base`: RecheckBaseSeconds, its default unless given.
    """
    states = json.loads((ROOT / "functions/recheck_order/review_loop.asl.json").read_text(encoding="utf-8"))
    base = base or int(load_template()["Parameters"]["RecheckBaseSeconds"]["Default"])
    state, age, wait = states["StartAt"], 0, base
    transitions = looks = 0
    outcome = ""
    while True:
        transitions += 1
        definition: dict[str, Any] = states["States"][state]
        match definition["Type"]:
            case "Wait":
                age += wait
            case "Task":
                looks += 1
                wait = wait_seconds([HoldReason.FRAUD_REVIEW], age * 1000, base)
                outcome = "waiting" if age < seconds else "settled"
            case "Choice":
                chosen = [c["Next"] for c in definition["Choices"] if c["StringEquals"] == outcome]
                state = chosen[0] if chosen else definition["Default"]
                continue
            case "Succeed":
                return {"transitions": transitions, "looks": looks}
        state = definition["Next"]


def rows(_sizes: Sizes) -> list[Row]:
    found = {name: walk(seconds) for name, seconds in _LASTS.items()}
    most = max((one["transitions"] - 2) / one["looks"] for one in found.values())  # less beginning and end
    shown = ", ".join(f"{name}: {one['transitions']} and {one['looks']}" for name, one in found.items())
    return [
        Row(
            "review: transitions and looks",
            "≤ 3 transitions a look; ≤ 52 looks in 24 h",
            f"{most:.2f} a look; {shown}",
            most <= 3 and found["24 h"]["looks"] <= 52,
            {"reviews": found, "transitions_a_look": round(most, 2)},
        )
    ]
