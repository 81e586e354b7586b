"""The JSON API: a request in, an answer out, no socket. The error texts are the vendor's, word for word."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.sandbox.zonos_simulator.http_messages import Answer, Request, html_error, json_answer
from tests.sandbox.zonos_simulator.orders import Order, UnknownOrderError, parse_order_id
from tests.sandbox.zonos_simulator.refusal import RefusedError, given
from tests.sandbox.zonos_simulator.world import World
from tests.sandbox.zonos_simulator.write_calls import (
    set_shipment_tracking,
    update_merchant_order_id,
    update_vendor_order_status,
)

DAY_MS = 24 * 60 * 60 * 1000


def answer(world: World, request: Request) -> Answer:
    """Answer one API call."""
    operation = OPERATIONS.get(request.path)
    if operation is None:
        return html_error(404, "There is no such service end point.")
    if request.method != "POST":
        return html_error(405, "Service end points are called with POST.")
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        return html_error(415, "The Content-Type header is invalid.")
    if not _accepts_json(request.accept):
        return html_error(406, "The Accept header is invalid.")
    try:
        body = request.json_object()
        if body is None:
            raise RefusedError(operation.unreadable)
        _check_credentials(world, body)
        return json_answer(200, operation.run(world, body))
    except RefusedError as refused:
        return json_answer(operation.refusal_status, {"error": str(refused)})


def note_call(world: World, request: Request) -> None:
    """Write the call into the log, whatever will become of it."""
    world.note_call(request.path.split("/")[1], request.operation, order_id_in(request))


def order_id_in(request: Request) -> str:
    """Return the order id as sent; empty when there is none."""
    order_id = (request.json_object() or {}).get("orderId")
    return str(order_id) if isinstance(order_id, str | int) else ""


def order_detail(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Give everything about one order, named by its id or by the merchant's reference."""
    order_id, reference_id = given(body, "orderId"), given(body, "referenceId")
    if order_id is not None and reference_id is not None:
        raise RefusedError("Cannot specify both Parameters orderId and referenceId")
    if order_id is not None:
        return {"order": _by_order_id(world, order_id).details()}
    if reference_id is not None:
        return {"order": _by_reference_id(world, str(reference_id)).details()}
    raise RefusedError("Parameter orderId or referenceId is required")


def order_numbers(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """List the orders after an order or a day of completion; the error texts are not public but ours."""
    keep = _selection(world, body)
    with_statuses = _flag(body, "statuses")
    entries = [_entry(world, order, with_statuses) for order in world.orders() if keep(order)]
    if not entries and not world.empty_list_shown:
        return {"orderCount": 0}
    return {"orderCount": len(entries), "orders": entries}


@dataclass(frozen=True)
class Operation:
    """How an operation is run, and how it refuses: reading with 400, writing with 200 (both documented)."""

    run: Callable[[World, dict[str, Any]], dict[str, Any]]
    refusal_status: int = 400
    unreadable: str = "Invalid post body"


def _writing(run: Callable[[World, dict[str, Any]], dict[str, Any]]) -> Operation:
    return Operation(run, refusal_status=200, unreadable="could not parse input")


OPERATIONS = {
    "/v1/orderDetail": Operation(order_detail),
    "/v2/orderDetail": Operation(order_detail),
    "/v1/orderNumbers": Operation(order_numbers),
    "/v1/updateMerchantOrderId": _writing(update_merchant_order_id),
    "/v1/updateVendorOrderStatus": _writing(update_vendor_order_status),
    "/v2/setShipmentTracking": _writing(set_shipment_tracking),
}


def _accepts_json(accept: str) -> bool:
    ranges = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(ranges & {"application/json", "application/*", "*/*"})


def _check_credentials(world: World, body: dict[str, Any]) -> None:
    store = given(body, "store")
    if store is None:
        raise RefusedError("Parameter store required")
    if str(store) != world.store_id or body.get("secret") != world.secret:
        raise RefusedError("Invalid security credentials")


def _by_order_id(world: World, order_id: object) -> Order:
    parsed = parse_order_id(order_id)
    if parsed is None:
        raise RefusedError(f"orderId: {order_id} is not a valid orderId")
    # Two texts are documented for an order that is not there, and not when which: assumed here.
    if parsed[0] not in (None, world.store_id):
        raise RefusedError(f"No order found with orderId: {order_id}")
    try:
        order = world.order(str(order_id))
    except UnknownOrderError:
        order = None
    if order is None or not world.is_retrievable(order):
        raise RefusedError(f"Could not find an order with orderId: {order_id}")
    return order


def _by_reference_id(world: World, reference_id: str) -> Order:
    found = [order for order in world.orders() if order.reference_id == reference_id]
    if not found:
        raise RefusedError(f"No order found with referenceId: {reference_id} for storeId: {world.store_id}")
    if len(found) > 1:
        raise RefusedError(f"referenceId: {reference_id} for storeId: {world.store_id} has been duplicated")
    if not world.is_retrievable(found[0]):
        raise RefusedError(f"Couldn\u2019t retrieve order with referenceId: {reference_id}")
    return found[0]


def _selection(world: World, body: dict[str, Any]) -> Callable[[Order], bool]:
    since_order_id = given(body, "sinceOrderId")
    since, through = _day_start(body, "sinceDate"), _day_start(body, "throughDate")
    missing_only = _flag(body, "missingMerchantOrderId")
    if since_order_id is not None:
        if since is not None or through is not None or missing_only:
            raise RefusedError("Cannot specify Parameter sinceOrderId with any other Parameter")
        parsed = parse_order_id(since_order_id)
        if parsed is None or parsed[0] not in (None, world.store_id):
            raise RefusedError(f"sinceOrderId: {since_order_id} is not a valid orderId")
        first = parsed[1] if world.since_inclusive else parsed[1] + 1
        return lambda order: order.number >= first
    if through is not None and since is None:
        raise RefusedError("Parameter throughDate requires Parameter sinceDate")
    if since is None and not missing_only:
        raise RefusedError("Parameter sinceOrderId or sinceDate is required")
    begin = 0 if since is None else since + (0 if world.since_inclusive else DAY_MS)
    end = math.inf if through is None else through + (DAY_MS if world.through_inclusive else 0)
    if not missing_only:
        return lambda order: begin <= order.completed_at < end
    begin = max(begin, world.now_ms() - 14 * DAY_MS)  # "the last two weeks"
    return lambda order: begin <= order.completed_at < end and not order.merchant_order_id


def _entry(world: World, order: Order, with_status: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": order.order_id, "testOrder": order.test_order}
    if order.merchant_order_id:
        entry["merchantOrderId"] = order.merchant_order_id
    if with_status and world.list_status_keys:
        status_key, date_key = world.list_status_keys
        entry |= {status_key: order.status, date_key: order.status_changed_at}
    return entry


def _day_start(body: dict[str, Any], key: str) -> int | None:
    """Read a `yyyymmdd` as the first millisecond of that UTC day."""
    value = given(body, key)
    if value is None:
        return None
    try:
        day = datetime.strptime(str(value), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        day = None
    if day is None or day.strftime("%Y%m%d") != str(value):
        raise RefusedError(f"{key}: {value} is not a valid date")
    return int(day.timestamp()) * 1000


def _flag(body: dict[str, Any], key: str) -> bool:
    return body.get(key) in (True, "true")
