"""What people and alarms learn: one log line an invocation, and metrics under the names that alarms use.

Only ids, statuses, counts and our own error texts pass through here, never an order's content.
"""

from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from zonos_orders.import_order import Imported
from zonos_orders.merge import Outcome
from zonos_orders.status import HoldReason

logger = Logger()
metrics = Metrics()


def count(name: str, times: int = 1) -> None:
    """Add to a metric of this invocation; nothing is emitted for zero."""
    if times:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=times)


def count_imports(imports: Iterable[Imported]) -> None:
    """Count what imports did, and what of it a person must know of."""
    for imported in imports:
        reasons = imported.order.hold_reasons
        is_news = imported.outcome in (Outcome.NEW, Outcome.CHANGED)
        count("OrderImported", imported.outcome is Outcome.NEW)
        count("OrderChanged", imported.outcome is Outcome.CHANGED)
        count("StaleAnswer", imported.outcome is Outcome.STALE)
        count("ReviewStartFailed", imported.review_failure is not None)
        count("ContractChanged", is_news and bool(imported.contract_changes))
        count("UnknownStatus", is_news and HoldReason.UNKNOWN_STATUS in reasons)
        count("RestrictedPartyMatch", is_news and HoldReason.CSL_MATCH in reasons)


def describe_import(imported: Imported) -> dict[str, Any]:
    """Return what a log line says of an import."""
    order = imported.order
    return {
        "order_id": order.order_id,
        "outcome": imported.outcome,
        "revision": order.revision,
        "zonos_status": order.zonos_status,
        "disposition": order.disposition,
        "hold_reasons": list(order.hold_reasons),
        "contract_changes": list(imported.contract_changes),
        "review_failure": imported.review_failure,
    }
