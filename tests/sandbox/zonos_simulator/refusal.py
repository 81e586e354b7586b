"""What the reading and the writing operations share: a refusal in the vendor's words, and what was given."""

from typing import Any


class RefusedError(Exception):
    """The call is refused; the message is the text of the `error` key."""


def given(body: dict[str, Any], key: str) -> Any:
    """Return a parameter of the call; null and the empty text count as not given."""
    value = body.get(key)
    return None if value == "" else value
