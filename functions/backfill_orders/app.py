"""The backfill: plans the slices of a backlog for the state machine, and imports them one by one."""

from typing import Any

from zonos_orders import loading
from zonos_orders.backfill import SliceRun
from zonos_orders.backfill_metrics import report_failed_slice, report_slice
from zonos_orders.backfill_payloads import Slice, SliceRequest, read_backfill_request
from zonos_orders.clock import Deadline
from zonos_orders.errors import BadCredentials, describe
from zonos_orders.telemetry import count, describe_import, discreet, logger, metrics, timing_zonos
from zonos_orders.wiring import Application

application = Application.from_env()
_ = application.backfill  # loaded while the instance starts, not while somebody waits
loading.done()


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@timing_zonos(lambda: application)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan, or import as much of one slice as there is time for.

    `event` is `{"plan": <the execution's input>}`, answered by `{"slices": […]}`, or `{"slice", "so_far"}`,
    answered by the same with the new counts, whether the slice is `done`, and how long to wait where it
    is not. Raises InvalidInput for
    anything else, ZonosError or AwsError when the state machine has to decide.
    """
    request = read_backfill_request(event, application.settings.store_id)
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000, application.clock)
    try:
        if isinstance(request, SliceRequest):
            return _import(request, deadline)
        slices = application.backfill.plan(request, deadline)
    except BadCredentials:
        count("BadCredentials")
        raise
    logger.info("Planned a backfill", extra={"slices": len(slices)})
    return {"slices": [piece.payload() for piece in slices]}


def _import(request: SliceRequest, deadline: Deadline) -> dict[str, Any]:
    try:
        return _answer(request.slice, application.backfill(request.slice, request.so_far, deadline))
    except Exception as exc:  # whatever it is: a backfill that tolerates failures ends well all the same
        report_failed_slice()
        logger.error("A slice did not come on", extra={"slice": request.slice.name, "error": describe(exc)})
        raise


def _answer(piece: Slice, run: SliceRun) -> dict[str, Any]:
    report_slice(run)
    tally = run.summary.tally
    for imported in tally.imported.values():
        if imported.contract_changes or imported.review_failure:
            logger.warning("An order needs a look", extra=describe_import(imported))
    for order_id, error in tally.failures.items():
        logger.error("An order could not be imported", extra={"order_id": order_id, "error": error})
    if run.error:
        raise run.error
    answer = {"slice": piece.payload(), "so_far": run.so_far.payload(), "done": run.done}
    logger.info("Imported a slice, or some of it", extra={**answer, "stopped": tally.stopped})
    return {**answer, "wait_seconds": run.wait_seconds}
