"""What `OrderDeskFunction` may be invoked with: one wish in an object of its own, `{"mayShip": {…}}`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zonos_orders.errors import InvalidInput
from zonos_orders.order_id import canonical_order_id
from zonos_orders.zonos_writes import VENDOR_STATUSES

EXPECTED = (
    'expected one of {"takeOver": {"orderId": "<order id>", "merchantOrderId": "<your number>", '
    '"force": true or left out}}, {"mayShip": {"orderId": "<order id>"}}, '
    '{"setStatus": {"orderId": "<order id>", "status": "<VENDOR_ status>"}}, '
    '{"setTracking": {"orderId": "<order id>", "trackingNumbers": ["<number>", …]}}, '
    '{"status": {}}, {"retryFailures": {}}'
)
_TEXT_LENGTH_AT_MOST = 100
_PARCELS_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class TakeOverWish:
    """Take the order over under `number`; `force` replaces another number."""

    order_id: str
    number: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class MayShipWish:
    """Say whether a parcel of the order may leave."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ProgressWish:
    """Tell Zonos one of `VENDOR_STATUSES`."""

    order_id: str
    status: str


@dataclass(frozen=True, slots=True)
class TrackingWish:
    """Tell Zonos these tracking numbers."""

    order_id: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusWish:
    """Tell how everything stands."""


@dataclass(frozen=True, slots=True)
class RetryWish:
    """Try all orders again that could not be imported."""


Wish = TakeOverWish | MayShipWish | ProgressWish | TrackingWish | StatusWish | RetryWish


def read_wish(event: object, store_id: str) -> Wish:
    """Read an invocation's payload; InvalidInput, with what is expected, for anything else."""
    try:
        if not isinstance(event, Mapping) or len(event) != 1:
            raise ValueError("not one wish")
        ((name, given),) = event.items()
        if not isinstance(given, Mapping) or name not in _WISHES:
            raise ValueError("no known wish")
        make, required, optional = _WISHES[name]
        if not required <= given.keys() <= required | optional:
            raise ValueError("other keys")
        return make(**{_FIELDS[key][0]: _FIELDS[key][1](value, store_id) for key, value in given.items()})
    except ValueError as exc:
        raise InvalidInput(f"the payload is not understood: {EXPECTED}") from exc


def _text(value: object, _store_id: str) -> str:
    """Printable ASCII, as numbers of orders and parcels are; it travels to Zonos and into tables."""
    is_text = isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
    if not is_text or not 0 < len(str(value)) <= _TEXT_LENGTH_AT_MOST:
        raise ValueError("1 to 100 printable characters")
    return str(value)


def _texts(value: object, store_id: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _PARCELS_AT_MOST:
        raise ValueError("a list that is not empty")
    return tuple(dict.fromkeys(_text(one, store_id) for one in value))


def _flag(value: object, _store_id: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _vendor_status(value: object, _store_id: str) -> str:
    if not isinstance(value, str) or value not in VENDOR_STATUSES:
        raise ValueError("no status that a merchant may set")
    return value


_ORDER = frozenset({"orderId"})
_NONE = frozenset[str]()
# wish → what it makes, the keys it needs, the keys it may have
_WISHES: Mapping[str, tuple[Callable[..., Wish], frozenset[str], frozenset[str]]] = {
    "takeOver": (TakeOverWish, _ORDER | {"merchantOrderId"}, frozenset({"force"})),
    "mayShip": (MayShipWish, _ORDER, _NONE),
    "setStatus": (ProgressWish, _ORDER | {"status"}, _NONE),
    "setTracking": (TrackingWish, _ORDER | {"trackingNumbers"}, _NONE),
    "status": (StatusWish, _NONE, _NONE),
    "retryFailures": (RetryWish, _NONE, _NONE),
}
_FIELDS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "orderId": ("order_id", canonical_order_id),
    "merchantOrderId": ("number", _text),
    "force": ("force", _flag),
    "status": ("status", _vendor_status),
    "trackingNumbers": ("numbers", _texts),
}
