"""Encoded orders, compared so that nothing equals anything else, and judged by DynamoDB's rules."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from zonos_orders.order_encoding import encode_item

NOW = 1_772_539_200_000  # 2026-03-03T12:00:00Z


def encoded(order: Any, **attributes: Any) -> dict[str, Any]:
    return encode_item({"order_id": "999-1", **attributes, "order": order})


def exact(value: Any) -> Any:
    """A value in which nothing equals anything else: true is not 1 here, while 1.0 is the number 1."""
    if isinstance(value, Mapping):
        return {key: exact(member) for key, member in value.items()}
    if isinstance(value, list):
        return [exact(member) for member in value]
    if isinstance(value, bool) or value is None:
        return f"constant {value}"
    return ("text", value) if isinstance(value, str) else ("number", Decimal(value))


def what_dynamodb_refuses(typed: Mapping[str, Any], level: int = 0) -> Iterator[str]:
    """AWS, "Constraints in Amazon DynamoDB": what an attribute value may not be."""
    ((kind, value),) = typed.items()
    if kind == "N":
        number = Decimal(value).copy_abs()
        if number and not Decimal("1E-130") <= number < Decimal("1E126"):
            yield f"magnitude of {value}"
        if len(Decimal(value).as_tuple().digits) > 38:
            yield f"digits of {value}"
    if kind == "S":
        yield from [] if is_utf8(value) else ["text that is not UTF-8"]
    if kind in "LM" and level >= 32:
        yield "more than 32 levels"
    if kind == "L":
        for member in value:
            yield from what_dynamodb_refuses(member, level + 1)
    if kind == "M":
        for key, member in value.items():
            yield from [] if key and is_utf8(key) else ["name of an attribute"]
            yield from what_dynamodb_refuses(member, level + 1)


def is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
