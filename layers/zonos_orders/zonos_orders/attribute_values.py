"""DynamoDB's typed form of values, there and back: each in one walk, for both come with every call.

boto3's serializer does the same in three, and lets through what the service refuses.
"""

from decimal import Decimal, DecimalException
from math import inf
from typing import Any

from boto3.dynamodb.types import DYNAMODB_CONTEXT, TypeDeserializer

from zonos_orders.unicode import is_utf8

_LEVELS_LIMIT = 31
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -130, 125  # boto3's context lets a little more through
_deserialize = TypeDeserializer().deserialize


class NotStorable(ValueError):
    """DynamoDB cannot hold the value, or not exactly."""


def plain_value(typed: Any) -> Any:
    """Return the value of a typed form: numbers as Decimal, binary and sets as boto3 has them."""
    ((kind, value),) = typed.items()
    if kind in {"S", "BOOL"}:
        return value
    if kind == "N":
        return DYNAMODB_CONTEXT.create_decimal(value)
    if kind == "M":
        return {key: plain_value(member) for key, member in value.items()}
    if kind == "L":
        return [plain_value(member) for member in value]
    return _deserialize(typed)


class Encoder:
    """Puts values into DynamoDB's typed form as long as there is room for them.

    `room`: how many bytes are left, as DynamoDB counts them or a few fewer.
    """

    def __init__(self, room: float = inf) -> None:
        self.room = room

    def typed(self, value: Any, level: int = 1) -> dict[str, Any]:
        """Return a value in typed form, `{"S": "text"}`. Raises NotStorable."""
        if isinstance(value, str):
            self._take(_length(value))
            return {"S": value}
        if value is None:
            self._take(1)
            return {"NULL": True}
        if isinstance(value, bool):
            self._take(1)
            return {"BOOL": value}
        if isinstance(value, int | Decimal):
            number = _number(value)
            self._take(len(number) // 2 + 2)
            return {"N": number}
        if level > _LEVELS_LIMIT:
            raise NotStorable("too many levels")
        if isinstance(value, list | tuple):
            self._take(3 + len(value))
            return {"L": [self.typed(member, level + 1) for member in value]}
        if "" in value:
            raise NotStorable("the name of an attribute")
        self._take(3 + len(value) + sum(map(_length, value)))
        return {"M": {key: self.typed(member, level + 1) for key, member in value.items()}}

    def _take(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise NotStorable("too large")


def _length(text: str) -> int:
    if text.isascii():
        return len(text)
    if not is_utf8(text):
        raise NotStorable("text that is not UTF-8")
    return len(text.encode())


def _number(value: int | Decimal) -> str:
    number = Decimal(value)
    if not number.is_finite():
        raise NotStorable("no number")
    if number and not _SMALLEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise NotStorable("a number out of range")
    try:
        return str(DYNAMODB_CONTEXT.create_decimal(number))
    except DecimalException as exc:
        raise NotStorable("a number of too many digits") from exc
