"""What tests of the reconciliation do and look at, in a word each."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.world import STORE, World
from zonos_orders.clock import Deadline
from zonos_orders.instants import DAY_MS
from zonos_orders.payloads import read_reconcile_request
from zonos_orders.run_summary import Summary
from zonos_orders.wiring import Application

TODAY = "20261118"  # when a test's clock begins
MINUTE, HOUR, DAY = 60, 3600, 86_400


def run(application: Application, seconds: float = 300, owner: str = "this run", **event: Any) -> Summary:
    """Reconcile as the payload `event` says: by schedule without one."""
    request = read_reconcile_request(event, STORE)
    return application.reconcile(request, Deadline.after(seconds, application.clock), owner)


def pay(world: World, times: int = 1, **details: Any) -> list[str]:
    return [world.zonos.pay(details=details) for _ in range(times)]


def days_ago(world: World, days: float) -> datetime:
    return datetime.fromtimestamp((world.clock.now_ms() - days * DAY_MS) / 1000, UTC)


def tables(world: World) -> list[Any]:
    """Return everything that is in both tables."""
    return [world.dynamodb.scan(TableName=table)["Items"] for table in ("OrdersTable", "ReconciliationTable")]


def list_once(world: World, *entries: Any) -> None:
    """Let the next listing be this."""
    body = json.dumps({"orders": entries}).encode()
    world.zonos.answer_next("orderNumbers", 200, "application/json", body)


def details_asked(world: World) -> list[str]:
    return [call.order_id for call in world.zonos.call_log() if call.operation == "orderDetail"]


def error_class(summary: Summary) -> str:
    """Return the class of the error that ended a run."""
    return (summary.error or "").split(":")[0]
