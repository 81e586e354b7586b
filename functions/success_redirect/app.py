"""GET /success?orderId=…: the buyer comes back from the checkout."""

from typing import Any

from zonos_orders import loading
from zonos_orders.errors import InvalidOrderId, ZonosError
from zonos_orders.success_page import SuccessPage, order_id_in, read_page_request
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
_ = application.confirm_order  # loaded while the instance starts, not while somebody waits
_settings = application.settings
page = SuccessPage.of(_settings.shop, _settings.thank_you_url, _settings.allowed_origin)
loading.done()


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@timing_zonos(lambda: application)
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer an HTTP API event (payload format 2.0); no failure of ours is an error to the buyer."""
    request = read_page_request(event)
    try:
        order_id = order_id_in(request.raw_query)
        confirmation = application.confirm_order(order_id, is_first_look=request.looks == 0)
    except InvalidOrderId:
        count("RedirectInvalid")
        return page.refusal(request)
    fields: dict[str, Any] = {"order_id": confirmation.order_id, "state": confirmation.state}
    if confirmation.imported:
        count_imports([confirmation.imported])
        fields |= describe_import(confirmation.imported)
    if confirmation.cause:
        count_failure(confirmation.cause)
        # What Zonos is to blame for has an alarm of the reconciliation's, which meets it as well.
        outcome = "RedirectZonosFailed" if issubclass(confirmation.cause, ZonosError) else "RedirectFailed"
        logger.error("The order could not be imported now", extra=fields | {"error": confirmation.failure})
    else:
        outcome = f"Redirect{confirmation.state.capitalize()}"
        logger.info("The buyer was answered", extra=fields)
    # Counted are buyers: a page that looks again is the same one.
    count("RedirectLookedAgain" if request.looks else outcome)
    return page.answer(request, confirmation)
