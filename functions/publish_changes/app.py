"""The stream of the Orders table: every change of an order goes to the bus; or by hand, with a payload."""

from typing import Any

from zonos_orders import loading
from zonos_orders.clock import Deadline
from zonos_orders.news import News
from zonos_orders.publish_payloads import StreamBatch, read_publish_request
from zonos_orders.telemetry import count, discreet, logger, measure, metrics
from zonos_orders.wiring import Application

application = Application.from_env()
_ = application.publish_changes  # loaded while the instance starts; a bus without a name is found out now
loading.done()
_RESERVE_SECONDS = 10.0  # for the call that is under way at the deadline, and its retry


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Tell of the changes in a batch of the stream, or once more of the orders in `{"orderIds": [...]}`.

    What a person must know of is counted here, too: the stream loses no change, whatever ends its writer.

    The answer to the stream names the first record that failed, from which on Lambda tries again; the
    answer by hand what was sent and what was not. InvalidInput says what else is expected.
    """
    request = read_publish_request(event, application.settings.store_id)
    remaining = context.get_remaining_time_in_millis() / 1000
    deadline = Deadline.after(remaining, application.clock).sooner_by(_RESERVE_SECONDS)
    if isinstance(request, StreamBatch):
        told = application.publish_changes.changes(request.records, deadline)
    else:
        told = application.publish_changes.again(request.order_ids, deadline)
    measure("EventsPublished", told.sent)
    count("EventsFailed", len(told.failures))
    count("EventsPutAside", len(told.put_aside))
    for order_id, one in told.news:
        count(one)
        if one is not News.RELEASED:
            logger.warning("An order needs a person", extra={"order_id": order_id, "news": one})
    for order_id, error in {**told.failures, **told.put_aside}.items():
        logger.error("The events of an order could not be sent", extra={"order_id": order_id, "error": error})
    say = logger.error if told.failures or told.put_aside else logger.info
    say("Published", extra={"sent": told.sent, "failed": len(told.failures), "unknown": list(told.unknown)})
    if isinstance(request, StreamBatch):
        return {"batchItemFailures": [{"itemIdentifier": told.first_failed}] if told.first_failed else []}
    return {"sent": told.sent, "failed": dict(told.failures), "unknown": list(told.unknown)}
