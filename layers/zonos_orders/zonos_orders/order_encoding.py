"""Zonos's `order` map as DynamoDB holds it: a map where it can, else exact JSON, compressed.

DynamoDB refuses items over 400 KB, more than 32 levels, numbers of more than 38 digits or not between
1E-130 and 1E126, empty attribute names and text that is not UTF-8 (AWS: "Constraints in Amazon DynamoDB").
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from zonos_orders.attribute_values import Encoder, NotStorable, plain_value
from zonos_orders.errors import UnexpectedAnswer

ITEM_LIMIT_BYTES = 400_000  # AWS's 400 KB less room for what its count and ours do not share


def encode_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in DynamoDB's typed form, its `order` under `order` or under `order_gz`.

    Raises UnexpectedAnswer when the order can be held in neither.
    """
    encoder = Encoder(ITEM_LIMIT_BYTES)
    try:
        others = {name: value for name, value in item.items() if name != "order"}
        rest: dict[str, Any] = encoder.typed(others, level=0)["M"]
        room = encoder.room
        with suppress(NotStorable):
            return rest | {"order": encoder.typed(item["order"])}
        packed = gzip.compress(dump_json(item["order"]).encode(), mtime=0)
    except NotStorable as exc:
        raise UnexpectedAnswer(f"an attribute of the order cannot be stored: {exc}") from exc
    except RecursionError as exc:
        raise UnexpectedAnswer("the order is nested too deeply to store") from exc
    if len(packed) > room:
        raise UnexpectedAnswer("the order is too large to store, compressed even")
    return rest | {"order_gz": {"B": packed}}


def decode_item(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's attributes; the order is under `order`, however it is stored."""
    item = {name: plain_value(value) for name, value in typed.items()}
    packed = item.pop("order_gz", None)
    if packed is not None:
        item["order"] = json.loads(gzip.decompress(bytes(packed)), parse_float=Decimal)
    return item


def dump_json(value: Any) -> str:
    """Return JSON with every number as it was read: the json module knows no exact decimals."""
    return "".join(_json_parts(value))


def _json_parts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "{"
        for n, (key, member) in enumerate(value.items()):
            yield f"{',' if n else ''}{json.dumps(key)}:"
            yield from _json_parts(member)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for n, member in enumerate(value):
            yield "," if n else ""
            yield from _json_parts(member)
        yield "]"
    elif isinstance(value, Decimal):
        yield str(value)
    else:
        yield json.dumps(value)
