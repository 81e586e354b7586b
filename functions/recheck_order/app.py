"""One look of the review loop: whether Zonos has lifted its hold."""

from typing import Any

from zonos_orders import loading
from zonos_orders.clock import Deadline
from zonos_orders.payloads import read_recheck_request
from zonos_orders.recheck import Look
from zonos_orders.telemetry import (
    count,
    count_failure,
    count_imports,
    describe_import,
    discreet,
    logger,
    metrics,
    timing_zonos,
)
from zonos_orders.wiring import Application

application = Application.from_env()
_ = application.recheck  # loaded while the instance starts, not while somebody waits
loading.done()


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@timing_zonos(lambda: application)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look once and tell the state machine how to go on.

    `event` is `{"order_id", "execution_name"}`. Raises InvalidInput for anything else, AwsUnavailable when
    the look should be repeated, AwsRefused when a person must mend something.
    """
    order_id, execution = read_recheck_request(event, application.settings.store_id)
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000, application.clock)
    look = application.recheck(order_id, execution, deadline)
    count(f"Review{look.outcome.capitalize()}")
    imported = look.imported
    if imported:
        count_imports([imported])
        if imported.contract_changes or imported.review_failure:
            logger.warning("An order needs a look", extra=describe_import(imported))
    fields = {
        "order_id": order_id,
        "outcome": look.outcome,
        "disposition": look.disposition,
        "wait_seconds": look.wait_seconds,
        "error": look.failure,
    }
    if look.cause:
        count_failure(look.cause)
    is_fine = look.failure is None and look.outcome is not Look.EXPIRED
    say = logger.info if is_fine else logger.error
    say("Looked at an order in review", extra=fields)
    return {
        "order_id": order_id,
        "disposition": look.disposition,
        "done": look.done,
        "wait_seconds": look.wait_seconds,
        "outcome": look.outcome,
    }
