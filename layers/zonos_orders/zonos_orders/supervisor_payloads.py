"""What `OrderSupervisorFunction` is asked through its URL: by whom, and one wish in the body.

The event is Lambda's payload format 2.0. With `AuthType: AWS_IAM` Lambda has authenticated the caller and
says who it is in `requestContext.authorizer.iam.userArn`; nothing else of the request is believed.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zonos_orders.errors import InvalidInput, UnknownCaller
from zonos_orders.order_id import canonical_order_id

EXPECTED = (
    'expected a POST of one of {"clear": {"orderId": "<order id>", "revision": <number> or left out}}, '
    '{"release": {"orderIds": ["<order id>", …]}} (100 at most), '
    '{"erase": {"orderId": "<order id>", "force": true or left out}}'
)
_ORDERS_AT_MOST = 100
_BODY_AT_MOST = 10_000
_PRINCIPAL = re.compile(r"arn:aws[a-z-]{0,20}:(?:iam|sts)::[0-9]{12}:[!-~]{1,1000}")


@dataclass(frozen=True, slots=True)
class ClearWish:
    """Clear the match with a restricted party, of this revision if one is given."""

    order_id: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseWish:
    """Release these orders from before go-live."""

    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EraseWish:
    """Erase the personal data; `force`: also of an order that may still have to be shipped."""

    order_id: str
    force: bool = False


Wish = ClearWish | ReleaseWish | EraseWish


def read_principal(event: object) -> str:
    """Return the ARN of the authenticated caller; UnknownCaller without one."""
    found = event
    for key in ("requestContext", "authorizer", "iam", "userArn"):
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not _PRINCIPAL.fullmatch(found):
        raise UnknownCaller("nobody is named who asks: this function is called through its URL, signed")
    return found


def read_wish(event: Mapping[str, Any], store_id: str) -> Wish:
    """Read the request's method and body; InvalidInput, with what is expected, for anything else."""
    try:
        if event["requestContext"]["http"]["method"] != "POST":
            raise ValueError("another method")
        wish = json.loads(_body(event))
        if not isinstance(wish, dict) or len(wish) != 1:
            raise ValueError("not one wish")
        ((name, given),) = wish.items()
        if not isinstance(given, dict) or name not in _WISHES:
            raise ValueError("no known wish")
        make, required, optional = _WISHES[name]
        if not required <= given.keys() <= required | optional:
            raise ValueError("other keys")
        return make(**{_FIELDS[key][0]: _FIELDS[key][1](value, store_id) for key, value in given.items()})
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise InvalidInput(f"the request is not understood: {EXPECTED}") from exc


def _body(event: Mapping[str, Any]) -> str:
    """Return the body as text: Lambda encodes what it does not take for text, curl's usual type too."""
    body = event["body"]
    if not isinstance(body, str) or len(body) > _BODY_AT_MOST:
        raise ValueError("no body of a wish")
    return base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body


def _order_ids(value: object, store_id: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _ORDERS_AT_MOST:
        raise ValueError("a list that is not empty")
    return tuple(dict.fromkeys(canonical_order_id(one, store_id) for one in value))


def _revision(value: object, _store_id: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("a whole number from 1")
    return value


def _flag(value: object, _store_id: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


# wish → what it makes, the keys it needs, the keys it may have
_WISHES: Mapping[str, tuple[Callable[..., Wish], frozenset[str], frozenset[str]]] = {
    "clear": (ClearWish, frozenset({"orderId"}), frozenset({"revision"})),
    "release": (ReleaseWish, frozenset({"orderIds"}), frozenset()),
    "erase": (EraseWish, frozenset({"orderId"}), frozenset({"force"})),
}
_FIELDS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "orderId": ("order_id", canonical_order_id),
    "orderIds": ("order_ids", _order_ids),
    "revision": ("revision", _revision),
    "force": ("force", _flag),
}
