"""The protocol of the Zonos Checkout REST API, without I/O: calls out, answers and errors in.

Sources: the vendor's pages "Order Details" (orderDetail, v2) and "Retrieve an Order" (orderNumbers, v1).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any, NoReturn

from zonos_orders.errors import (
    BadCredentials,
    InvalidInput,
    OrderNotFound,
    ReferenceNotUnique,
    RequestRejected,
    UnexpectedAnswer,
    ZonosError,
    ZonosUnavailable,
)
from zonos_orders.instants import parse_day

_MIB = 1024 * 1024
HEADERS: Mapping[str, str] = {"Accept": "application/json", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call, without the credentials: they are added last, and are never part of a value that is kept."""

    path: str
    max_answer_bytes: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A POST as the transport sends it. The body holds the secret, so it never shows in a repr."""

    url: str
    body: bytes = field(repr=False)
    max_answer_bytes: int
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer as the transport brings it; header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray = field(repr=False)


def order_detail(*, order_id: str | None = None, reference_id: str | None = None) -> Call:
    """Ask for one order, by exactly one of its id and the merchant's cart id. InvalidInput otherwise."""
    if bool(order_id) == bool(reference_id):
        raise InvalidInput("orderDetail takes exactly one of an order id and a reference id")
    key = {"orderId": order_id} if order_id else {"referenceId": reference_id}
    return Call("/v2/orderDetail", 5 * _MIB, key)


def order_numbers(
    *,
    since_order_id: str | None = None,
    since_date: str | None = None,
    through_date: str | None = None,
    statuses: bool = False,
    missing_merchant_order_id: bool = False,
) -> Call:
    """Ask which orders exist since an order, or since a UTC day `yyyymmdd` (through another).

    `missing_merchant_order_id` stands alone or with `since_date`, and sees the last two weeks only.
    InvalidInput for combinations that Zonos contradicts.
    """
    if since_order_id and (since_date or missing_merchant_order_id):
        raise InvalidInput("orderNumbers takes a since-order or a since-date, not both, and the former alone")
    if through_date and not since_date:
        raise InvalidInput("orderNumbers takes a through-date only together with a since-date")
    if not (since_order_id or since_date or missing_merchant_order_id):
        raise InvalidInput("orderNumbers needs a since-order, a since-date or missing-merchant-order-id")
    for day in filter(None, (since_date, through_date)):
        _check_day(day)
    if since_date and through_date and through_date < since_date:
        raise InvalidInput("the through-date is before the since-date")
    parameters = {
        "sinceOrderId": since_order_id,
        "sinceDate": since_date,
        "throughDate": through_date,
        "statuses": statuses or None,
        "missingMerchantOrderId": missing_merchant_order_id or None,
    }
    given = {name: value for name, value in parameters.items() if value is not None}
    return Call("/v1/orderNumbers", 96 * _MIB, given)


def build_request(call: Call, base_url: str, store_id: str, secret: str) -> HttpRequest:
    """Return the POST for a call. The key is `store`: one newer page's `storeId` is in no client."""
    body = json.dumps({"store": store_id, "secret": secret, **call.parameters}).encode()
    return HttpRequest(base_url.rstrip("/") + call.path, body, call.max_answer_bytes)


def read_answer(answer: HttpAnswer) -> Mapping[str, Any]:
    """Return the JSON object of a good answer, or raise the error that says what to do.

    An error text decides before the HTTP status does: errors have been seen with 200, and wrong
    credentials come with 400.
    """
    parsed = _parse(answer.body)
    text = parsed.get("error") if isinstance(parsed, dict) else None
    if text:
        _raise_for_text(text, answer)
    # Of a write the key `success` says that it was done, whatever the HTTP status.
    is_done = isinstance(parsed, dict) and bool(parsed.get("success"))
    if answer.status != _OK and not is_done:
        _raise_for_status(answer)
    if not isinstance(parsed, dict):
        raise UnexpectedAnswer("Zonos answered 200, but not with a JSON object")
    return parsed


def order_of(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `order` map of an orderDetail answer; UnexpectedAnswer when it has none."""
    content = answer.get("order")
    if not isinstance(content, Mapping) or not content:
        raise UnexpectedAnswer("the orderDetail answer has no order map")
    return content


_OK = 200

# The error table: what a documented text means for us. Texts are compared in lower case, with a straight
# apostrophe, anywhere in the message: the ids in them vary.
_ERROR_TEXTS: tuple[tuple[str, type[ZonosError], str], ...] = (
    ("is not a valid orderid", OrderNotFound, "Zonos finds the order id not valid"),
    ("could not find an order with orderid", OrderNotFound, "Zonos knows no such order"),
    ("no order found with orderid", OrderNotFound, "Zonos knows no such order"),
    ("no order found with referenceid", OrderNotFound, "Zonos knows no order with this reference"),
    ("could not retrieve order to", OrderNotFound, "Zonos knows no such order"),
    ("has been duplicated", ReferenceNotUnique, "the reference names several orders"),
    ("couldn't retrieve order with referenceid", ReferenceNotUnique, "the reference names no order"),
    ("invalid security credentials", BadCredentials, "Zonos refuses the store id or the secret"),
    ("invalid post body", RequestRejected, "Zonos cannot read our request"),
    ("could not parse input", RequestRejected, "Zonos cannot read our request"),
    ("parameter orderid is required", RequestRejected, "our request names no order"),
    ("parameter merchantorderid is required", RequestRejected, "our request bears no merchant's number"),
    ("parameter orderid or referenceid is required", RequestRejected, "our request names no order"),
    ("cannot specify both parameters", RequestRejected, "our request names an order twice"),
    ("parameter store required", RequestRejected, "our request names no store"),
    ("couldn't process order details", ZonosUnavailable, "Zonos could not process the order details"),
)

# Where no documented text says more. 401 is not documented; it too would meet every call alike.
_ERROR_STATUSES: Mapping[int, tuple[type[ZonosError], str]] = {
    401: (BadCredentials, "Zonos refuses access (401)"),
    406: (RequestRejected, "Zonos does not accept our Accept header (406)"),
    408: (ZonosUnavailable, "Zonos waited too long for our request (408)"),
    415: (RequestRejected, "Zonos does not accept our Content-Type header (415)"),
    429: (ZonosUnavailable, "Zonos asks for fewer calls (429)"),
}
_SERVER_ERRORS = range(500, 600)


def _raise_for_text(text: object, answer: HttpAnswer) -> NoReturn:
    normal = str(text).replace("’", "'").casefold()
    for known, error, message in _ERROR_TEXTS:
        if known in normal:
            raise _error(error, message, answer)
    if answer.status != _OK:
        _raise_for_status(answer)
    raise UnexpectedAnswer("Zonos answered 200 with an error that is not documented")


def _raise_for_status(answer: HttpAnswer) -> NoReturn:
    error, message = _ERROR_STATUSES.get(answer.status, (UnexpectedAnswer, f"Zonos answered {answer.status}"))
    if answer.status in _SERVER_ERRORS:
        error = ZonosUnavailable
    raise _error(error, message, answer)


def _error(error: type[ZonosError], message: str, answer: HttpAnswer) -> ZonosError:
    if issubclass(error, ZonosUnavailable):
        return error(message, retry_after=_retry_after(answer.headers))
    return error(message)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Only the form in seconds: a date would have to be trusted."""
    value = headers.get("retry-after", "")
    return float(value) if re.fullmatch(r"[0-9]{1,6}", value) else None


def _parse(body: bytes | bytearray) -> Any:
    """Return the JSON value of a body, None when it is none (an HTML page, a body cut off).

    From bytes as UTF-8, whatever the label says; numbers exact; NaN and Infinity refused.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, DecimalException, RecursionError):  # an exponent can be beyond every decimal
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _check_day(day: str) -> None:
    try:
        parse_day(day)
    except ValueError as exc:
        raise InvalidInput("a date is a calendar day written yyyymmdd") from exc
