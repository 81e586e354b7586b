"""The answer to a success redirect: which HTTP answer each state gets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from zonos_orders.confirm_order import Confirmation, State
from zonos_orders.errors import InvalidOrderId
from zonos_orders.page_html import Content, Mark, PageHtml
from zonos_orders.page_language import language_for
from zonos_orders.shop import Shop

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",  # a page has its own
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "vary": "accept, accept-language",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
}
_OK, _SEE_OTHER, _BAD_REQUEST, _NOT_FOUND = 200, 303, 400, 404
# Seconds until the page looks again, once for each: then the buyer has the link.
REFRESH_PAUSES = (15, 30, 60)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What of the request matters: the raw query, whether JSON is wanted, and the buyer's language."""

    raw_query: str
    wants_json: bool = False
    language: str = "en"

    @property
    def looks(self) -> int:
        """How often the page has looked again by itself; whatever is no such number ends it."""
        values = [value for key, value in _pairs(self.raw_query) if key == "look"]
        counts = {str(count): count for count in range(len(REFRESH_PAUSES))}
        return counts.get(values[0], len(REFRESH_PAUSES)) if values else 0


def read_page_request(event: Mapping[str, Any]) -> PageRequest:
    """Read an HTTP API event (payload format 2.0)."""
    headers = event.get("headers") or {}
    accept = str(headers.get("accept", "")).lower()
    wants_json = "application/json" in accept and "text/html" not in accept
    language = language_for(str(headers.get("accept-language") or ""))
    return PageRequest(str(event.get("rawQueryString") or ""), wants_json, language)


def order_id_in(raw_query: str) -> str:
    """Return the value of `orderId`; InvalidOrderId when it is missing or repeated with different values.

    From the raw query: HTTP API joins the values of a repeated key with a comma.
    """
    values = {value for key, value in _pairs(raw_query) if key == "orderId"}
    if len(values) != 1:
        raise InvalidOrderId("the query names no order, or several")
    return values.pop()


@dataclass(frozen=True, slots=True)
class SuccessPage:
    """Answers for one deployment.

    `thank_you_url`: the shop's own page, to which thanked buyers are sent on. `allowed_origin`: whose pages
    may read the JSON form. Either is empty when there is none.
    """

    html: PageHtml
    thank_you_url: str = ""
    allowed_origin: str = ""

    @classmethod
    def of(cls, shop: Shop, thank_you_url: str = "", allowed_origin: str = "") -> "SuccessPage":
        """Make the pages of a shop."""
        return cls(PageHtml(shop), thank_you_url, allowed_origin)

    def answer(self, request: PageRequest, confirmation: Confirmation) -> dict[str, Any]:
        """Return the HTTP answer for a confirmation."""
        order_id, state = confirmation.order_id, confirmation.state
        if state is State.UNKNOWN:
            return self._unknown(request)
        if request.wants_json:
            return self._json(_OK, {"orderId": order_id, "state": state})
        if self.thank_you_url:
            location = _with_query(self.thank_you_url, {"orderId": order_id, "state": state})
            return {"statusCode": _SEE_OTHER, "headers": {**_HEADERS, "location": location}, "body": ""}
        if state is State.CONFIRMED:
            content = Content(Mark.DONE, "thanks", ("confirmed", "confirmed_next"), order_id)
            return self._page(_OK, request, content)
        content = Content(Mark.WAITING, "thanks", ("confirming", "confirming_next"), order_id)
        return self._waiting_page(_OK, request, content, order_id)

    def refusal(self, request: PageRequest) -> dict[str, Any]:
        """Return the HTTP answer for a query without a usable order id."""
        if request.wants_json:
            return self._json(_BAD_REQUEST, {"error": "invalid orderId"})
        return self._page(_BAD_REQUEST, request, Content(Mark.LOST, "invalid_title", ("invalid",)))

    def _unknown(self, request: PageRequest) -> dict[str, Any]:
        if request.wants_json:
            return self._json(_NOT_FOUND, {"error": "unknown order"})
        content = Content(Mark.WAITING, "unknown_title", ("unknown",))
        return self._waiting_page(_NOT_FOUND, request, content, order_id_in(request.raw_query))

    def _waiting_page(
        self, status: int, request: PageRequest, content: Content, order_id: str
    ) -> dict[str, Any]:
        """A page that looks again: by itself, with growing pauses, or when the buyer asks.

        By a header, which works without a script.
        """
        by_itself = request.looks < len(REFRESH_PAUSES)
        answer = self._page(status, request, replace(content, waits=True, by_itself=by_itself))
        if by_itself:
            query = urlencode({"orderId": order_id, "look": request.looks + 1})
            answer["headers"]["refresh"] = f"{REFRESH_PAUSES[request.looks]};url=?{query}"
        return answer

    def _page(self, status: int, request: PageRequest, content: Content) -> dict[str, Any]:
        headers = {
            **_HEADERS,
            "content-language": request.language,
            "content-security-policy": self.html.content_security_policy,
            "content-type": "text/html; charset=utf-8",
        }
        return {"statusCode": status, "headers": headers, "body": self.html(content, request.language)}

    def _json(self, status: int, body: Mapping[str, str]) -> dict[str, Any]:
        headers = {**_HEADERS, "content-type": "application/json"}
        if self.allowed_origin:
            headers["access-control-allow-origin"] = self.allowed_origin
        return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def _pairs(raw_query: str) -> list[tuple[str, str]]:
    return parse_qsl(raw_query, keep_blank_values=True)


def _with_query(url: str, added: Mapping[str, str]) -> str:
    """Add to an address's query, leaving what it has as it is written."""
    parts = urlsplit(url)
    pairs = [f"{key}={quote(value, safe='')}" for key, value in added.items()]
    return urlunsplit(parts._replace(query="&".join([*filter(None, [parts.query]), *pairs])))
