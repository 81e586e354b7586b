"""What `PublishChangesFunction` may be invoked with: a batch of the table's stream, or a payload by hand."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zonos_orders.errors import InvalidInput
from zonos_orders.merge import OWNED
from zonos_orders.order_encoding import decode_item
from zonos_orders.order_id import canonical_order_id
from zonos_orders.stored_order import StoredOrder

EXPECTED = 'expected {"orderIds": ["<order id>", …]}, or what the stream of the Orders table sends'
_NAMED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One change of an item, as Lambda hands it over; its images are JSON and are read when asked for.

    `written_at`: when it was made, in ms; None where that is not said.
    """

    sequence_number: str
    order_id: str
    old_image: Mapping[str, Any] | None
    new_image: Mapping[str, Any] | None
    written_at: int | None = None

    def before(self) -> StoredOrder | None:
        """Return the order before the change, None where there was none."""
        return _order(self.old_image)

    def after(self) -> StoredOrder | None:
        """Return the order after the change, None where it was removed."""
        return _order(self.new_image)


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """Changes of the table, oldest first."""

    records: tuple[StreamRecord, ...]


@dataclass(frozen=True, slots=True)
class TellAgain:
    """Orders whose present state is to be told again; the ids are canonical."""

    order_ids: tuple[str, ...]


def read_publish_request(event: object, store_id: str) -> StreamBatch | TellAgain:
    """Read an invocation's payload; InvalidInput, with what is expected, for anything else."""
    try:
        if not isinstance(event, Mapping) or len(event) != 1:
            raise ValueError("not one key")
        ((name, given),) = event.items()
        if name not in _READ or not isinstance(given, list):
            raise ValueError("no known key")
        return _READ[name](given, store_id)
    except (KeyError, TypeError, ValueError) as exc:
        raise InvalidInput(f"the payload is not understood: {EXPECTED}") from exc


def _batch(records: list[Any], _store_id: str) -> StreamBatch:
    return StreamBatch(tuple(map(_record, records)))


def _record(record: Mapping[str, Any]) -> StreamRecord:
    if record["eventSource"] != "aws:dynamodb":
        raise ValueError("another source")
    change = record["dynamodb"]
    return StreamRecord(
        sequence_number=str(change["SequenceNumber"]),
        order_id=str(change["Keys"]["order_id"]["S"]),
        old_image=change.get("OldImage"),
        new_image=change.get("NewImage"),
        written_at=_ms(change.get("ApproximateCreationDateTime")),
    )


def _ms(seconds: object) -> int | None:
    return round(seconds * 1000) if isinstance(seconds, int | float) else None


def _again(order_ids: list[Any], store_id: str) -> TellAgain:
    if not 0 < len(order_ids) <= _NAMED_AT_MOST:
        raise ValueError("a list that is not empty")
    return TellAgain(tuple(dict.fromkeys(canonical_order_id(one, store_id) for one in order_ids)))


_READ: Mapping[str, Callable[[list[Any], str], StreamBatch | TellAgain]] = {
    "Records": _batch,
    "orderIds": _again,
}


def _order(image: Mapping[str, Any] | None) -> StoredOrder | None:
    if image is None:
        return None
    # What other programs keep on the item is theirs. Lambda writes binary values in base64.
    typed = {name: value for name, value in image.items() if name in OWNED}
    if "order_gz" in image:
        typed["order_gz"] = {"B": b64decode(image["order_gz"]["B"])}
    return StoredOrder(decode_item(typed))
