"""The fields of an order that a merchant may choose not to keep (the parameter `SensitiveFields`)."""

from collections.abc import Mapping
from typing import Any

# Zonos documents each at one place ("Order Details"), and promises no places: dropped wherever they stand.
SENSITIVE_FIELDS = frozenset({"nationalIdentifier", "birthDate", "carrierAccountNumber", "lastFour"})


def without_sensitive_fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `order` map without the sensitive fields, at any depth; all else stays as it is.

    Raises RecursionError when it is nested more deeply than Python can follow.
    """
    return {key: _without(member) for key, member in content.items() if key not in SENSITIVE_FIELDS}


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_sensitive_fields(value)
    if isinstance(value, list):
        return [_without(member) for member in value]
    return value
