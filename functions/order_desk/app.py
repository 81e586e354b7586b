"""The order desk: the merchant's own systems take orders over, ask whether to ship, and report progress."""

from typing import Any

from zonos_orders import loading
from zonos_orders.clock import Deadline
from zonos_orders.desk_payloads import (
    MayShipWish,
    ProgressWish,
    RetryWish,
    StatusWish,
    TakeOverWish,
    TrackingWish,
    read_wish,
)
from zonos_orders.order_desk import DeskAnswer
from zonos_orders.payloads import ReconcileRequest
from zonos_orders.run_metrics import report_run
from zonos_orders.telemetry import count, count_imports, discreet, logger, metrics, timing_zonos
from zonos_orders.wiring import Application

application = Application.from_env()
_ = application.order_desk  # loaded while the instance starts, not while somebody waits
loading.done()
_RESERVE_SECONDS = 10.0  # for the writes that follow the last answer of Zonos


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@timing_zonos(lambda: application)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do what one of the payloads `events/desk_*.json` says; InvalidInput says what is expected.

    A refusal is an answer: `taken_over`, `may_ship` or `told` is false, and `reasons` says why. Raises
    AwsUnavailable or WriteContention when the same wish may simply be repeated.
    """
    wish = read_wish(event, application.settings.store_id)
    desk = application.order_desk
    whole = Deadline.after(context.get_remaining_time_in_millis() / 1000, application.clock)
    deadline = whole.sooner_by(_RESERVE_SECONDS)
    match wish:
        case TakeOverWish():
            return _answer(
                "taken_over", desk.take_over(wish.order_id, wish.number, deadline, force=wish.force)
            )
        case MayShipWish():
            return _answer("may_ship", desk.may_ship(wish.order_id, deadline))
        case ProgressWish():
            return _answer("told", desk.set_status(wish.order_id, wish.status, deadline))
        case TrackingWish():
            return _answer("told", desk.set_tracking(wish.order_id, wish.numbers, deadline))
        case StatusWish():
            return application.desk_status(deadline)
        case RetryWish():
            return _retry_failures(whole, context.aws_request_id)


def _answer(agreed: str, answer: DeskAnswer) -> dict[str, Any]:
    fields = {"order_id": answer.order_id, agreed: answer.agreed, "reasons": list(answer.objections)}
    if answer.order:
        fields |= {
            "disposition": answer.order.disposition,
            "hold_reasons": list(answer.order.hold_reasons),
            "revision": answer.order.revision,
            "written_back": answer.order.is_written_back,
        }
    fields["error"] = answer.failure
    count_imports(answer.imports)
    count("DeskAgreed" if answer.agreed else "DeskRefused")
    count("DeskFailed", answer.failure is not None)
    say = logger.info if answer.failure is None else logger.error
    say("The desk answered", extra=fields)
    return fields


def _retry_failures(deadline: Deadline, owner: str) -> dict[str, Any]:
    request = ReconcileRequest(recheck="failures")
    summary = application.retry_failures(request, deadline, owner)
    report_run(summary, request)
    logger.info("Tried the failures again", extra={"run": summary.counts()})
    return summary.details()
