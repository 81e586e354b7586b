"""The reconciliation: by schedule, or by hand with a payload."""

from typing import Any

from zonos_orders import loading
from zonos_orders.clock import Deadline
from zonos_orders.payloads import read_reconcile_request
from zonos_orders.run_metrics import report_run
from zonos_orders.run_summary import RunOutcome
from zonos_orders.telemetry import describe_import, discreet, logger, metrics, timing_zonos
from zonos_orders.wiring import Application

application = Application.from_env()
_ = application.reconcile  # loaded while the instance starts, not while somebody waits
loading.done()
_FINE = (RunOutcome.CLEAN, RunOutcome.BUSY)


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@timing_zonos(lambda: application)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile and return what was done.

    `event` is `{}` from the schedule or one of the payloads in `events/`; anything else raises
    InvalidInput, which says what is expected.
    """
    request = read_reconcile_request(event, application.settings.store_id)
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000, application.clock)
    summary = application.reconcile(request, deadline, context.aws_request_id)
    report_run(summary, request)
    for imported in summary.tally.imported.values():
        if imported.contract_changes or imported.review_failure:
            logger.warning("An order needs a look", extra=describe_import(imported))
    for order_id, error in summary.tally.failures.items():
        logger.error("An order could not be imported", extra={"order_id": order_id, "error": error})
    run = {"run": summary.counts(), "dry_run": request.dry_run}
    if summary.outcome in _FINE:
        logger.info("Reconciled", extra=run)
    else:  # the cause first: the counts are many
        logger.error(
            "The reconciliation is not clean",
            extra={"outcome": summary.outcome, "error": summary.error, **run},
        )
    return summary.counts() if request.is_scheduled else summary.details()
