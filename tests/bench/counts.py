"""What each use case asks for, counted: what docs/cost.md is computed from."""

import json
from collections.abc import Callable
from statistics import median
from typing import Any

from tests.bench.outside import FIRST, STORE
from tests.bench.review import walk
from tests.bench.stage import Account, Instance, Run, Stage
from tests.bench.startup import FUNCTIONS
from tests.sandbox.sam_template import load_template

_TIMES = 20
_FEW = 100
_LISTED = 10_000
_REFRESHED = 20
_HELD = "IGLOBAL_FRAUD_REVIEW"
_RELEASED = "IGLOBAL_ORDER_IN_PROCESS"
_PREPARED = "VENDOR_PREPARING_ORDER"
_PAGE = "SuccessPageEnabled"  # the condition under which there is a page

Counts = dict[str, float]


def measure_counts(stage: Stage) -> dict[str, Any]:
    """Return by use case: calls, units, log bytes, metrics, and the CPU seconds of this machine."""
    account = stage.account()
    redirect = account.instance("success_redirect", counts=True)
    found = {"redirect_ready": _many(stage, redirect, _RELEASED, FIRST)}
    first_held = FIRST + 999
    found["redirect_held"] = _many(stage, redirect, _HELD, first_held)
    found["redirect_again"] = _median(stage, redirect, _HELD, lambda _n: _asks_for(first_held))
    found["look_waiting"] = _looks(stage, account, _HELD, first_held)
    found["look_settled"] = _looks(stage, account, _RELEASED, first_held)
    found |= _reconciliation(stage)
    found["publish"] = _publish(stage, account)
    found["take_over"] = _at_the_desk(stage, account, "takeOver", lambda n: {"merchantOrderId": f"M-{n}"})
    found["may_ship"] = _at_the_desk(stage, account, "mayShip", lambda _n: {})
    resources = load_template()["Resources"]
    alarms = [one for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    start_cpu = _start_cpu(account)
    metric_names = {name for instance in stage.instances for name in instance.metrics}
    return {
        "use_cases": found,
        "memory_mb": {n: resources[i]["Properties"]["MemorySize"] for n, i in FUNCTIONS.items()},
        "review_24h": walk(24 * 3600),
        "item_bytes": len(json.dumps(_item(account))),
        "alarms": len(alarms),
        "alarms_of_page": sum(one.get("Condition") == _PAGE for one in alarms),
        "start_cpu": start_cpu,
        "metric_names": len(metric_names),
        "metric_names_of_page": sum("Redirect" in name for name in metric_names),
    }


def _many(stage: Stage, instance: Instance, status: str, first: int) -> Counts:
    return _median(stage, instance, status, lambda n: _asks_for(first + 3 * n))


def _asks_for(number: int) -> Any:
    return {"rawQueryString": f"orderId={STORE}-{number}", "headers": {}}


def _looks(stage: Stage, account: Account, status: str, first: int) -> Counts:
    def event(n: int) -> Any:
        order_id = f"{STORE}-{first + 3 * n}"
        return {"order_id": order_id, "execution_name": f"{order_id}-1"}

    return _median(stage, account.instance("recheck_order", counts=True), status, event)


def _publish(stage: Stage, account: Account) -> Counts:
    """One order in a batch of its own, as on a quiet day."""
    record: Any = {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"order_id": _item(account)["order_id"]}, "NewImage": _item(account)},
    }

    def event(n: int) -> Any:
        numbered = record | {"dynamodb": {**record["dynamodb"], "SequenceNumber": str(n + 1)}}
        return {"Records": [numbered]}

    return _median(stage, account.instance("publish_changes", counts=True), _RELEASED, event)


def _at_the_desk(stage: Stage, account: Account, wish: str, more: Callable[[int], Any]) -> Counts:
    """What is wished of the orders that buyers came back with, all of them READY."""

    def event(n: int) -> Any:
        return {wish: {"orderId": f"{STORE}-{FIRST + 3 * n}", **more(n)}}

    return _median(stage, account.instance("order_desk", counts=True), _RELEASED, event)


def _median(stage: Stage, instance: Instance, status: str, event: Any) -> Counts:
    """Return the median of each figure, of a warm instance."""
    stage.zonos(status=status, fresh=True)
    runs = []
    for n in range(_TIMES):
        before = stage.zonos_calls()
        run = instance(event(n), seconds=60)
        run.counts["zonos_calls"] = stage.zonos_calls() - before
        runs.append(run)
    return _together(runs[1:])


def _together(runs: list[Run]) -> Counts:
    names = {name for run in runs for name in run.counts}
    figures = {name: median(run.counts.get(name, 0) for run in runs) for name in sorted(names)}
    return {**figures, "cpu": round(median(run.cpu for run in runs), 5)}


def _reconciliation(stage: Stage) -> dict[str, Counts]:
    """A run that lists a few, all of them known; and what an order more adds, by what it is to the run."""
    nothing, few, known = (_unchanged(stage, n) for n in (0, _FEW, _LISTED))
    account = stage.account()
    account.set_watermark(stage.today)
    instance = account.instance("reconcile_orders", counts=True)

    def importing(status: str, outcome: str) -> Counts:
        stage.zonos(listed=_FEW, status=status)
        run = instance({})
        assert run.answer[outcome] == run.counts["order_writes"] == _FEW, run.answer
        return {**run.counts, "cpu": run.cpu, "zonos_calls": 1 + _FEW}

    new = importing(_RELEASED, "imported_new")
    changed = importing(_PREPARED, "imported_changed")
    return {
        "run_idle": few,
        "run_per_known": _less(known, few, _LISTED - _FEW),
        "run_per_new": _less(new, few, _FEW),
        "run_per_changed": _less(changed, few, _FEW),
        "run_per_refreshed": _less(_refreshing(stage), nothing, _REFRESHED),
    }


def _unchanged(stage: Stage, how_many: int) -> Counts:
    """A run that lists so many orders, all of them known."""
    account = stage.account()
    account.set_watermark(stage.today)
    account.know(range(FIRST, FIRST + how_many), stage.now)
    instance = account.instance("reconcile_orders", counts=True)
    stage.zonos(listed=how_many)
    runs = [instance({}) for _ in range(8)]
    return {**_together(runs[2:]), "zonos_calls": stage.zonos_calls() / len(runs)}


def _refreshing(stage: Stage) -> Counts:
    """A run that lists nothing and looks again at orders that have not changed."""
    account = stage.account(REFRESH_CALLS_PER_RUN=str(_REFRESHED))
    account.set_watermark(stage.today)
    instance = account.instance("reconcile_orders", counts=True)
    stage.zonos(listed=_FEW)
    instance({})
    stage.zonos()
    runs = [instance({}) for _ in range(5)]
    assert {run.answer["refresh"]["looked"] for run in runs} == {_REFRESHED}
    return {**_together(runs[1:]), "zonos_calls": stage.zonos_calls() / len(runs)}


def _less(more: Counts, less: Counts, by: int) -> Counts:
    return {name: round((more.get(name, 0) - less.get(name, 0)) / by, 7) for name in sorted({*more, *less})}


def _start_cpu(account: Account) -> dict[str, float]:
    """Return the CPU seconds that a start of each function takes here, its first invocation aside."""
    return {name: round(_cpu_of_start(account, name), 3) for name in FUNCTIONS}


def _cpu_of_start(account: Account, name: str) -> float:
    refused = {"rawQueryString": "", "headers": {}}
    event = {"success_redirect": refused, "order_supervisor": {}}.get(name)
    return account.instance(name)(event).started_cpu


def _item(account: Account) -> Any:
    key = {"order_id": {"S": f"{STORE}-{FIRST}"}}
    return account.client.get_item(TableName="OrdersTable", Key=key)["Item"]
