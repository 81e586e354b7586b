"""The reconciliation: a backlog, nothing new, and whether the time grows with the orders alone."""

from itertools import cycle
from statistics import median
from typing import Any

from tests.bench.harness import Row, Sizes, figures, in_turns, ratio, seconds, spread_evenly, unevenness
from tests.bench.outside import FIRST
from tests.bench.stage import Account, Instance, Run, Stage, order_ids

_CONCURRENCY = 16
_INSTANCES = 3  # one can be a tenth quicker than another, for as long as it lives
_NEW = 500_000_000  # where the numbers begin that the floor and the peers use


def backlog(stage: Stage, sizes: Sizes) -> list[Row]:
    """Everything that Zonos lists is missing, and Zonos takes 100 ms for each answer."""
    stage.zonos(latency_ms=100, listed=sizes.backlog)
    written = stage.written_by_an_import()
    bare_account, peer_account = stage.account(), stage.account()
    floor, peer = bare_account.instance("floors:backlog"), peer_account.instance("peers:script")
    floor({"order_ids": order_ids(_NEW, 32), "concurrency": _CONCURRENCY, "written": written})
    peer({"order_ids": order_ids(_NEW, 3)})

    def ours(_n: int) -> float:
        run = _clean(stage.account().instance("reconcile_orders")({}))
        assert run.answer["imported_new"] == sizes.backlog, run.answer
        return run.seconds

    def bare(n: int) -> float:
        ids = order_ids(_NEW + 100_000 * (n + 1), sizes.backlog)
        return floor({"order_ids": ids, "concurrency": _CONCURRENCY, "written": written}).seconds

    def script(n: int) -> float:
        ids = order_ids(_NEW + 100_000 * (n + 1), sizes.peer // sizes.backlogs)
        return peer({"order_ids": ids}).seconds / len(ids) * sizes.backlog

    mine, least, theirs = in_turns(sizes.backlogs, ours, bare, script)
    times, faster = ratio(mine, least), ratio(theirs, mine)
    return [
        Row(
            f"reconciliation, backlog of {sizes.backlog:,} at 100 ms",
            "≤ 1.25 × floor; ≥ 12 × faster than peer (a)",
            f"{times:.2f} ×, {faster:.1f} × faster: {seconds(mine)}, floor {seconds(least)}, "
            f"peer {seconds(theirs)}, of {sizes.peer} orders",
            times <= 1.25 and faster >= 12,
            {"ratio": times, "faster": faster, **_all(ours=mine, floor=least, peer=theirs)},
        )
    ]


def nothing_new(stage: Stage, sizes: Sizes) -> list[Row]:
    """Everything that Zonos lists is known, as in nearly every run."""
    account = _known(stage, sizes.known)
    instance = account.instance("reconcile_orders")
    _warm(instance)
    stage.zonos(listed=sizes.known)
    counted = _clean(account.instance("reconcile_orders", counts=True)({}))
    calls = stage.zonos_calls()
    plug_in = account.instance("peers:plug_in")
    plug_in({"order_ids": order_ids(FIRST, 3)})
    asked = min(sizes.peer, sizes.known) // 5

    def theirs(n: int) -> float:
        ids = order_ids(FIRST + asked * n, asked)
        return plug_in({"order_ids": ids}).seconds / asked * sizes.known

    def ours(_n: int) -> float:
        return _clean(instance({})).seconds

    mine, peer = in_turns(5, ours, theirs)
    units = counted.counts["read_units"]
    each = _units_of_asking(stage, account, sizes.peer)
    per_order = each * sizes.known
    faster = ratio(peer, mine)
    writes = int(counted.counts.get("order_writes", 0))
    return [
        Row(
            f"reconciliation, nothing new among {sizes.known:,}",
            "≤ 2 API calls, 0 order writes, read units ≤ 1/10 of asking per order; "
            "≥ 100 × faster than peer (b)",
            f"{calls} call, {writes} writes, {units:,.0f} read units, 1/{per_order / units:.0f} of asking "
            f"({per_order:,.0f}); {faster:.0f} × faster: {seconds(mine)}, peer {seconds(peer)}, "
            f"of {sizes.peer} orders, and a Zonos that answers at once; peak {counted.peak_mb:.0f} MB",
            calls <= 2 and writes == 0 and units <= per_order / 10 and faster >= 100,
            {
                "faster": faster,
                "zonos_calls": calls,
                "peak_mb": counted.peak_mb,
                "cpu": counted.cpu,
                "counts": counted.counts,
                "units_per_order_asked": each,
                **_all(ours=mine, peer=peer),
            },
        )
    ]


def growth_of_known(stage: Stage, sizes: Sizes) -> list[Row]:
    """What an order more costs that is listed and known: less what a run of the fewest costs."""
    accounts = {n: _known(stage, n, listed=False) for n in sizes.growth}
    instances = {}
    for n, account in accounts.items():
        stage.zonos(listed=n)
        several = [account.instance("reconcile_orders") for _ in range(_INSTANCES)]
        for instance in several:
            _warm(instance)
        instances[n] = cycle(several)

    def run(n: int) -> Run:
        stage.zonos(listed=n)
        return _clean(next(instances[n])({}))

    taken = {n: _medians(runs) for n, runs in spread_evenly(sizes.growth, run).items()}
    fewest = min(taken)
    least = taken.pop(fewest)
    per_order = {
        n: {kind: (value - least[kind]) / (n - fewest) * 1e6 for kind, value in one.items()}
        for n, one in taken.items()
    }
    return [_growth("growth: known orders", "µs an order listed", per_order)]


def growth_of_new(stage: Stage, sizes: Sizes) -> list[Row]:
    """What an order costs that is new, with a Zonos that answers at once."""

    def run(n: int) -> Run:
        instance = _watched(stage).instance("reconcile_orders")
        stage.zonos(listed=1)
        instance({})
        stage.zonos(listed=n)
        run = _clean(instance({}))
        assert run.answer["imported_new"] == n - 1, run.answer  # the one of the first run is there already
        return run

    taken = {n: _medians(runs) for n, runs in spread_evenly(sizes.new, run).items()}
    per_order = {n: {kind: value / (n - 1) * 1e3 for kind, value in one.items()} for n, one in taken.items()}
    return [_growth("growth: new orders", "ms an order imported", per_order)]


def _warm(instance: Instance) -> None:
    """Read what is known. The emulator's first answers about many orders come late: too late, perhaps."""
    for _ in range(3):
        instance({})


def _medians(runs: list[Run]) -> dict[str, float]:
    return {"cpu": median(run.cpu for run in runs), "clock": median(run.seconds for run in runs)}


def _growth(what: str, unit: str, per_order: dict[int, dict[str, float]]) -> Row:
    """Judge the function's own time: what it waits for is the emulator of the table."""
    spreads = {kind: unevenness([one[kind] for one in per_order.values()]) for kind in ("cpu", "clock")}
    shown = {kind: ", ".join(f"{one[kind]:.3g} at {n:,}" for n, one in per_order.items()) for kind in spreads}
    return Row(
        what,
        "flat within 15 %",
        f"{spreads['cpu']:+.0%}: {shown['cpu']} ({unit}, of the processor); "
        f"by the clock {spreads['clock']:+.0%}: {shown['clock']}",
        spreads["cpu"] <= 0.15,
        {"unevenness": spreads, "per_order": {str(n): one for n, one in per_order.items()}, "unit": unit},
    )


def _watched(stage: Stage, **env: str) -> Account:
    """Return an account whose watermark is today's: an ordinary run, not the first of a day."""
    account = stage.account(**env)
    account.set_watermark(stage.today)
    return account


def _known(stage: Stage, how_many: int, *, listed: bool = True) -> Account:
    account = _watched(stage)
    account.know(range(FIRST, FIRST + how_many), stage.now)
    if listed:
        stage.zonos(listed=how_many)
    return account


def _units_of_asking(stage: Stage, account: Account, how_many: int) -> float:
    """Return the read units of a look at an order by its id, as the items are: measured on imported ones."""
    stage.zonos(listed=how_many)
    full = _watched(stage)
    _clean(full.instance("reconcile_orders")({}))
    keys: Any = [{"order_id": {"S": one}} for one in order_ids(FIRST, how_many)[:100]]
    answer = full.client.batch_get_item(
        RequestItems={"OrdersTable": {"Keys": keys, "ProjectionExpression": "order_id, zonos_status"}},
        ReturnConsumedCapacity="TOTAL",
    )
    return sum(one["CapacityUnits"] for one in answer["ConsumedCapacity"]) / len(keys)


def _clean(run: Run) -> Run:
    assert run.answer.get("outcome") == "clean", run.answer
    return run


def _all(**series: list[float]) -> dict[str, Any]:
    return {name: figures(values) for name, values in series.items()}
