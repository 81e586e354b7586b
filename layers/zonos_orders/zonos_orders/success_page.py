"""The answer to a success redirect: which HTTP answer each state gets, and what the page says."""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from zonos_orders.confirm_order import Confirmation, State
from zonos_orders.errors import InvalidOrderId

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "vary": "accept",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
}
_OK, _SEE_OTHER, _BAD_REQUEST, _NOT_FOUND = 200, 303, 400, 404


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What of the request matters: the raw query, whether JSON is wanted, where to send the buyer on."""

    raw_query: str
    wants_json: bool = False
    thank_you_url: str = ""


def read_page_request(event: Mapping[str, Any], thank_you_url: str) -> PageRequest:
    """Read an HTTP API event (payload format 2.0)."""
    accept = str((event.get("headers") or {}).get("accept", "")).lower()
    wants_json = "application/json" in accept and "text/html" not in accept
    return PageRequest(str(event.get("rawQueryString") or ""), wants_json, thank_you_url)


def order_id_in(raw_query: str) -> str:
    """Return the value of `orderId`; InvalidOrderId when it is missing or repeated with different values.

    From the raw query: HTTP API joins the values of a repeated key with a comma.
    """
    values = {value for key, value in parse_qsl(raw_query, keep_blank_values=True) if key == "orderId"}
    if len(values) != 1:
        raise InvalidOrderId("the query names no order, or several")
    return values.pop()


def answer(request: PageRequest, confirmation: Confirmation) -> dict[str, Any]:
    """Return the HTTP answer for a confirmation."""
    order_id, state = confirmation.order_id, confirmation.state
    if state is State.UNKNOWN:
        return _response(_NOT_FOUND, request, _UNKNOWN_TITLE, _UNKNOWN_TEXT, {"error": "unknown order"})
    if request.thank_you_url and not request.wants_json:
        location = _with_query(request.thank_you_url, {"orderId": order_id, "state": state})
        return {"statusCode": _SEE_OTHER, "headers": {**_HEADERS, "location": location}, "body": ""}
    text = _TEXTS[state].format(order_id=html.escape(order_id))
    return _response(_OK, request, "Thank you for your order", text, {"orderId": order_id, "state": state})


def refusal(request: PageRequest) -> dict[str, Any]:
    """Return the HTTP answer for a query without a usable order id."""
    return _response(_BAD_REQUEST, request, _INVALID_TITLE, _INVALID_TEXT, {"error": "invalid orderId"})


_TEXTS = {
    State.CONFIRMED: "Your order {order_id} is confirmed.",
    State.CONFIRMING: "Your order {order_id} is being confirmed. You need not do anything.",
}
_UNKNOWN_TITLE = "We do not know this order number yet"
_UNKNOWN_TEXT = (
    "If you have just paid, your order is safe and will be confirmed shortly. "
    "If you have a question, please contact the shop where you placed the order."
)
_INVALID_TITLE = "This address names no order"
_INVALID_TEXT = (
    "If you have just paid, your order is safe: please follow the link on the payment page once more, "
    "or contact the shop where you placed the order."
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
"""


def _response(
    status: int, request: PageRequest, title: str, text: str, as_json: Mapping[str, str]
) -> dict[str, Any]:
    if request.wants_json:
        content_type, body = "application/json", json.dumps(as_json)
    else:
        content_type, body = "text/html; charset=utf-8", _PAGE.format(title=title, text=text)
    return {"statusCode": status, "headers": {**_HEADERS, "content-type": content_type}, "body": body}


def _with_query(url: str, added: Mapping[str, str]) -> str:
    """Add to an address's query, leaving what it has as it is written."""
    parts = urlsplit(url)
    pairs = [f"{key}={quote(value, safe='')}" for key, value in added.items()]
    return urlunsplit(parts._replace(query="&".join([*filter(None, [parts.query]), *pairs])))
