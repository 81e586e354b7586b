"""The success redirect in a warm instance, over real HTTP to Zonos and DynamoDB Local."""

from collections.abc import Callable

from tests.bench.harness import Row, Sizes, figures, in_turns, ms, percentile, ratio
from tests.bench.outside import FIRST, STORE
from tests.bench.stage import Instance, Stage

_WARM = 5
_STEP = 3  # from one order of the newest day to the next: a buyer has just paid


def rows(stage: Stage, sizes: Sizes) -> list[Row]:
    account, floors = stage.account(), stage.account()
    ours, floor = account.instance("success_redirect"), floors.instance("floors:redirect")
    repeats = floors.instance("floors:repeat")
    result = []
    used = 0
    for latency, goal, times in ((0, 1.60, sizes.redirects), (50, 1.10, sizes.slow_redirects)):
        stage.zonos(latency_ms=latency, fresh=True)
        first = FIRST + used
        for n in range(_WARM):
            _redirect(ours, first)(n)
            _bare(floor, first)(n)
        mine, bare = in_turns(
            times, _redirect(ours, first + _STEP * _WARM), _bare(floor, first + _STEP * _WARM)
        )
        used += _STEP * (times + _WARM)
        result.append(_row(f"redirect, warm, Zonos at {latency} ms", goal, mine, bare, p99=2.0))
    stage.zonos(fresh=True)
    mine, bare = in_turns(sizes.redirects, _redirect(ours, FIRST, 0), _bare(repeats, FIRST, 0))
    result.append(_row("repeat redirect", 1.20, mine, bare))
    return result


def _redirect(instance: Instance, first: int, step: int = _STEP) -> Callable[[int], float]:
    def measure(n: int) -> float:
        query = f"orderId={STORE}-{first + n * step}"
        run = instance({"rawQueryString": query, "headers": {"accept": "text/html"}})
        assert run.answer["statusCode"] == 200, run.answer
        assert "is confirmed" in run.answer["body"], run.answer
        return run.seconds

    return measure


def _bare(instance: Instance, first: int, step: int = _STEP) -> Callable[[int], float]:
    return lambda n: instance({"order_id": f"{STORE}-{first + n * step}"}).seconds


def _row(what: str, goal: float, ours: list[float], floor: list[float], p99: float | None = None) -> Row:
    times = ratio(ours, floor)
    slow = percentile(ours, 99) / percentile(floor, 99)
    is_met = times <= goal and (p99 is None or slow <= p99)
    measured = f"{times:.2f} × (p99 {slow:.2f} ×): {ms(ours)}, floor {ms(floor)}"
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
        },
    )
