"""The success redirect in a warm instance, over real HTTP to Zonos and DynamoDB Local."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.bench.harness import Row, Sizes, figures, in_turns, ms, percentile, ratio
from tests.bench.outside import FIRST, STORE
from tests.bench.stage import Instance, Stage

_WARM = 5
_STEP = 3  # from one order of the newest day to the next: a buyer has just paid


def rows(stage: Stage, sizes: Sizes) -> list[Row]:
    account, floors, tuned_floors = stage.account(), stage.account(), stage.account()
    stage.zonos(fresh=True)
    written = stage.written_by_an_import()
    ours, floor = account.instance("success_redirect"), floors.instance("floors:redirect")
    tuned = tuned_floors.instance("floors:tuned_redirect")
    result = []
    used = 0
    for latency, goal, times in ((0, 1.60, sizes.redirects), (50, 1.10, sizes.slow_redirects)):
        stage.zonos(latency_ms=latency, fresh=True)
        first = FIRST + used
        measures = [_redirect(ours, first), _bare(floor, first, written), _bare(tuned, first, written)]
        for n in range(_WARM):
            for measure in measures:
                measure(n)
        turns = in_turns(times, *[partial(_after_warming, measure) for measure in measures])
        used += _STEP * (times + _WARM)
        result.append(_row(f"redirect, warm, Zonos at {latency} ms", goal, turns, p99=2.0))
    stage.zonos(fresh=True)
    turns = in_turns(
        sizes.redirects,
        _redirect(ours, FIRST, 0),
        _bare(account.instance("floors:repeat"), FIRST, step=0),
        _bare(account.instance("floors:tuned_repeat"), FIRST, step=0),
    )
    result.append(_row("repeat redirect", 1.20, turns))
    return result


def _redirect(instance: Instance, first: int, step: int = _STEP) -> Callable[[int], float]:
    def measure(n: int) -> float:
        query = f"orderId={STORE}-{first + n * step}"
        run = instance({"rawQueryString": query, "headers": {"accept": "text/html"}})
        assert run.answer["statusCode"] == 200, run.answer
        assert "is confirmed" in run.answer["body"], run.answer
        return run.seconds

    return measure


def _bare(instance: Instance, first: int, written: Any = None, step: int = _STEP) -> Callable[[int], float]:
    return lambda n: instance({"order_id": f"{STORE}-{first + n * step}", "written": written}).seconds


def _after_warming(measure: Callable[[int], float], n: int) -> float:
    return measure(n + _WARM)


def _row(what: str, goal: float, turns: list[list[float]], p99: float | None = None) -> Row:
    """`turns`: ours, the floor, and that with our clients' settings, which the row does not go by."""
    ours, floor, tuned = turns
    times, tuned_times = ratio(ours, floor), ratio(ours, tuned)
    slow = percentile(ours, 99) / percentile(floor, 99)
    is_met = times <= goal and (p99 is None or slow <= p99)
    measured = f"{times:.2f} × (p99 {slow:.2f} ×): {ms(ours)}, floor {ms(floor)}"
    measured += f"; {tuned_times:.2f} × a floor with our clients' settings"
    return Row(
        what,
        f"≤ {goal:.2f} × floor at p50" + (f", p99 ≤ {p99:g} × floor's" if p99 else ""),
        measured,
        is_met,
        {
            "ratio": round(times, 3),
            "p99_ratio": round(slow, 3),
            "ours": figures(ours),
            "floor": figures(floor),
            "tuned_ratio": round(tuned_times, 3),
            "tuned_floor": figures(tuned),
        },
    )
