"""Redirects as anybody could send them: events of HTTP API, payload format 2.0, with anything in them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.world import STORE

PAID = tuple(f"{STORE}-{number}" for number in range(100, 110))
# Whatever is sent beside an order id holds this word, or is as odd as this.
CANARY = "kanari"
ODD = (
    "\x00",
    "\r\nset-cookie: kanari=1",
    "\"'><script>kanari()</script>",
    "${jndi:ldap://kanari}",
    "{order_id}{{7*7}}%s",
    "\U0001f600",
    "\uff11\uff10\uff10",
    "\u0661\u0660\u0660",
    "%zz",
    "%",
    "%00",
    "%E2%80%AE",
    "%FF%FE",
    "\ud83d",
    "kanari" * 900,
    "999-100,999-101",
    "999-100 ",
    "+100",
    "0x64",
    "1e2",
    "100.0",
    "-100",
    "999--100",
    "9" * 19,
    "1" * 5000,
    "0",
    "999-0",
    "998-100",
    "0999-100",
    "",
)
_text = st.text(st.characters(), max_size=30)  # half surrogate pairs as well
_values = st.one_of(
    st.sampled_from(ODD), _text, _text.map(lambda text: quote(text, safe="", errors="replace"))
)
_numbers = st.sampled_from([number.removeprefix(f"{STORE}-") for number in PAID])
_own_ids = st.one_of(
    st.sampled_from(PAID),
    _numbers,
    _numbers.map(lambda number: f"000{number}"),
    st.sampled_from(PAID).map(lambda order_id: order_id.replace("-", "%2D")),
    st.integers(2000, 2999).map(lambda number: f"{STORE}-{number}"),
)
_keys = st.one_of(
    st.just("orderId"),
    st.sampled_from(["orderid", "orderId[]", "utm_kanari", "order%49d", "look", ""]),
    _text,
)
_pairs = st.one_of(
    st.tuples(_keys, _values).map("=".join),
    st.builds("orderId={}".format, _own_ids),
    st.builds("orderId={}".format, _values),
    _text,
)
_queries = st.one_of(
    st.lists(_pairs, max_size=6).map("&".join),
    st.builds("orderId={}".format, _own_ids),
    st.builds(lambda own, other: f"utm_kanari={other}&orderId={own}", _own_ids, _values),
    st.builds(
        lambda own, n: "&".join([f"kanari{k}={k}" for k in range(n)] + [f"orderId={own}"]),
        _own_ids,
        st.just(400),
    ),
    st.builds(lambda own, n: "&".join([f"orderId={own}"] * n), _own_ids, st.sampled_from([2, 400])),
)
_headers = st.dictionaries(
    st.one_of(
        st.sampled_from(["accept", "accept-language", "cookie", "host", "x-forwarded-for", "content-type"]),
        _text,
    ),
    st.one_of(st.sampled_from(["application/json", "text/html", "*/*", *ODD]), _text, st.none()),
    max_size=6,
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event of HTTP API; now and then without what it always has."""
    query = draw(_queries)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "GET /success",
        "rawPath": "/success",
        "rawQueryString": query,
        "queryStringParameters": {"orderId": query},  # AWS joins repeated keys in it: nothing to read
        "headers": draw(_headers),
        "cookies": draw(st.lists(_text, max_size=3)),
        "requestContext": {"http": {"method": "GET", "userAgent": draw(_text), "sourceIp": "192.0.2.1"}},
        "isBase64Encoded": False,
    }
    for key in draw(st.sets(st.sampled_from(sorted(event)), max_size=2)):
        if draw(st.booleans()):
            event[key] = None
        else:
            del event[key]
    return event


def odd_events() -> Iterator[dict[str, Any]]:
    """Every oddity in every place, as it is and as a browser would encode it."""
    for odd in ODD:
        for sent in (odd, quote(odd, safe="", errors="replace")):
            for query in (f"orderId={sent}", f"orderId={PAID[0]}{sent}", f"orderId={PAID[0]}&{sent}={sent}"):
                yield {
                    "rawQueryString": query,
                    "headers": {"accept": odd, "accept-language": odd, "cookie": odd},
                }
            yield {"rawQueryString": f"orderId={PAID[0]}&look={sent}"}


def own_order_id(event: dict[str, Any]) -> str | None:
    """Return the canonical id of this store that an event names, None when it names none or several."""
    pairs = [pair.partition("=") for pair in (event.get("rawQueryString") or "").split("&") if pair]
    named = {_decoded(value) for key, _, value in pairs if _decoded(key) == "orderId"}
    if len(named) != 1:
        return None
    matched = re.fullmatch(f"(?:{STORE}-)?(0*)([1-9][0-9]*)", named.pop())
    if matched is None or len(matched[1] + matched[2]) > 18:
        return None
    return f"{STORE}-{matched[2]}"


def _decoded(text: str) -> str:
    """Undo the encoding of a query, as far as ASCII goes: an order id has nothing else."""
    spaced = text.replace("+", " ")
    return re.sub("%([0-9A-Fa-f]{2})", lambda octet: chr(int(octet[1], 16)), spaced)
