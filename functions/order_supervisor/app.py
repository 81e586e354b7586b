"""The order supervisor: named people clear, release and erase orders, through the function's URL."""

import json
from typing import Any

from zonos_orders import loading
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable, InvalidInput, UnknownCaller, WriteContention, describe
from zonos_orders.order_supervisor import Act
from zonos_orders.supervisor_payloads import (
    ClearWish,
    EraseWish,
    ReleaseWish,
    Wish,
    read_principal,
    read_wish,
)
from zonos_orders.telemetry import count, count_imports, discreet, logger, metrics, timing_zonos
from zonos_orders.wiring import Application

application = Application.from_env()
_ = application.order_supervisor  # loaded while the instance starts, not while somebody waits
loading.done()
_OK, _BAD_REQUEST, _FORBIDDEN, _AGAIN = 200, 400, 403, 503


@discreet
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@timing_zonos(lambda: application)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do what a body like those in `events/supervisor_*.json` says, and answer order by order.

    A refusal is an answer: `done` is false, and `reason` says why. 403: nobody is named who asks. 400 says
    what is expected. 503: the same wish may simply be repeated.
    """
    try:
        principal = read_principal(event)
        wish = read_wish(event, application.settings.store_id)
        remaining = context.get_remaining_time_in_millis() / 1000
        acts = _fulfil(wish, principal, Deadline.after(remaining, application.clock))
    except UnknownCaller as exc:
        return _refused(_FORBIDDEN, exc)
    except InvalidInput as exc:
        return _refused(_BAD_REQUEST, exc)
    except (AwsUnavailable, WriteContention) as exc:
        return _refused(_AGAIN, exc)
    return _answer(_OK, {"orders": [_told(wish, act) for act in acts]})


def _fulfil(wish: Wish, principal: str, deadline: Deadline) -> list[Act]:
    supervisor = application.order_supervisor
    if isinstance(wish, ClearWish):
        return [supervisor.clear(wish.order_id, principal, deadline, wish.revision)]
    if isinstance(wish, ReleaseWish):
        return supervisor.release(wish.order_ids, principal, deadline)
    return [supervisor.erase(wish.order_id, principal, force=wish.force)]


def _told(wish: Wish, act: Act) -> dict[str, Any]:
    """Count and log one act, and return what is answered of it. Who asked stays with the order."""
    fields: dict[str, Any] = {"order_id": act.order_id, "done": act.refusal is None, "reason": act.refusal}
    if act.order:
        fields |= {
            "disposition": act.order.disposition,
            "hold_reasons": list(act.order.hold_reasons),
            "revision": act.order.revision,
        }
    fields["error"] = act.failure
    count_imports(act.imports)
    count("SupervisorRefused" if act.refusal else "SupervisorAgreed")
    count("OrdersErased", isinstance(wish, EraseWish) and act.is_news)
    count("SupervisorFailed", act.failure is not None)
    say = logger.info if act.failure is None else logger.error
    say("The supervisor has decided", extra={"wish": type(wish).__name__, **fields})
    return fields


def _refused(status: int, error: Exception) -> dict[str, Any]:
    count("SupervisorFailed")
    logger.error("The supervisor could not decide", extra={"error": describe(error)})
    return _answer(status, {"error": describe(error)})


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
