"""Clearing a possible match with a restricted party: a person clears what was seen, and nothing else."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any

from zonos_orders.instants import iso
from zonos_orders.order import Order

# Who and where, and all that a screening says: at any place, since keys may be added at any time.
_SCREENED = re.compile(
    "name|company|address|street|city|state|zip|postal|country|csl|denied|restrict|screen|sanction",
    re.IGNORECASE,
)
_NOT_SCREENED = {"customerSelectedShippingName", "countryOfOrigin"}
# Zonos may send any exponent, and a number that is no address still has to be compared.
_EXACT = Context(prec=1000, Emin=MIN_EMIN, Emax=MAX_EMAX)


def clearance(order: Order, revision: int, now_ms: int, principal: str) -> dict[str, Any]:
    """Return the record that `principal` (an ARN) has cleared the order as it stood in `revision`."""
    return {
        "at": iso(now_ms),
        "by": principal,
        "revision": revision,
        "fingerprint": fingerprint(order),
    }


def stands(cleared: Mapping[str, Any] | None, order: Order) -> bool:
    """Say whether a match is still the one that was cleared.

    It is not once a name, an address or what the screening says is another, the mark itself included. An
    erased order has nothing left to compare.
    """
    if not cleared or "ended_at" in cleared:
        return False
    return bool(cleared.get("fingerprint") == fingerprint(order))


def continued(
    cleared: Mapping[str, Any], order: Order, now_ms: int, *, is_erased: bool = False
) -> Mapping[str, Any]:
    """Return the record as it goes on: ended for good, and kept, when it does not stand any more.

    Of an erased order who cleared it and when is kept; the fingerprint is the buyer's.
    """
    if "fingerprint" in cleared and not ("ended_at" in cleared or stands(cleared, order)):
        cleared = {**cleared, "ended_at": iso(now_ms)}
    if is_erased:
        return {name: value for name, value in cleared.items() if name != "fingerprint"}
    return cleared


def outlasts_erasure(cleared: Mapping[str, Any] | None) -> bool:
    """Say whether a match was cleared for good when the order was erased: nothing is left to compare."""
    return cleared is not None and not cleared.keys() & {"fingerprint", "ended_at"}


def fingerprint(order: Order) -> str:
    """Return SHA-256 over every name and address of the order and all that its screening says.

    The order's id is part of it, so that one buyer's orders are not recognised by it.
    """
    parts = sorted(f"{path}={_text(value)}" for path, value in _leaves(order.content))
    text = "\n".join([order.order_id, *parts])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _leaves(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the screened values with their places, those that say nothing left out."""
    waiting: list[tuple[str, bool, Any]] = [("", False, content)]
    while waiting:
        path, is_screened, value = waiting.pop()
        if isinstance(value, Mapping):
            for key, member in value.items():
                own = key not in _NOT_SCREENED and _SCREENED.search(key) is not None
                waiting.append((f"{path}.{key!r}", is_screened or own, member))
        elif isinstance(value, list | tuple):
            waiting += [(f"{path}[{n}]", is_screened, member) for n, member in enumerate(value)]
        elif is_screened and value not in (None, ""):
            yield path, value


def _text(value: Any) -> str:
    """Return a value as the table gives it back: `5.10` and `5.1` are one number there."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"number {Decimal(value).normalize(_EXACT)}"
    return repr(value)
