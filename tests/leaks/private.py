"""What may be told to nobody, and how it is recognised wherever something is told.

Every text of the orders in these tests, and every API secret, holds the word canary; a note holds a card
number. Only the Orders table may hold them.
"""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable

WORD = "canary"


def _in_base64(word: bytes) -> list[str]:
    """Return what is in base64 wherever `word` is in the bytes: it can begin in three ways."""
    encoded = [b64encode(bytes(shift) + word).decode() for shift in range(3)]
    return [text[-(-8 * shift // 6) : 8 * (shift + len(word)) // 6] for shift, text in enumerate(encoded)]


_PRIVATE = re.compile(
    "|".join(
        [
            f"(?i:{WORD})",
            *_in_base64(WORD.encode()),
            "4111[ -]?1111[ -]?1111[ -]?1111",
            "cart-[0-9]",  # the merchant's cart ids, as the simulator numbers them
        ]
    )
)

scanned: Counter[str] = Counter()


class Leak(AssertionError):
    """Something private was told."""


def private_in(text: str) -> str:
    """Return the first private thing in a text, with what stands around it; empty when there is none."""
    found = _PRIVATE.search(text)
    return text[max(0, found.start() - 300) : found.end() + 100] if found else ""


def assert_nothing_private(kind: str, texts: Iterable[str]) -> None:
    """Raise Leak for the first text that holds something private; `scanned` counts them by `kind`."""
    for text in texts:
        scanned[kind] += 1
        if found := private_in(text):
            raise Leak(f"private data among {kind}: …{found}…")
