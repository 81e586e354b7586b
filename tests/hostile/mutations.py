"""A JSON answer with one thing wrong in it: every place of it, in every way."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

# What stands in the place of a value, as the bytes of the answer hold it.
_NESTED = b"[" * 20 + b'{"a":' * 20 + b"1" + b"}" * 20 + b"]" * 20
REPLACEMENTS: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "false": b"false",
    "a number": b"7",
    "a fraction": b"0.1",
    "a negative number": b"-1",
    "a text": b'"text"',
    "an empty text": b'""',
    "seconds": b"1458081402",
    "seconds as text": b'"1458081402"',
    "a list": b'["IGLOBAL_ORDER_IN_PROCESS"]',
    "an empty list": b"[]",
    "a map": b'{"value": "IGLOBAL_ORDER_IN_PROCESS"}',
    "an empty map": b"{}",
    "a huge text": b'"' + b"x" * 450_000 + b'"',
    "17 digits": b"12345678901234567",
    "39 digits": b"123456789012345678901234567890123456789",
    "5,000 digits": b"9" * 5000,
    "1E400": b"1E400",
    "1E-400": b"1E-400",
    "an exponent beyond every number": b"1E99999999999999999999",
    "minus zero": b"-0.0",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "40 levels": _NESTED,
    "200 levels": b"[" * 200 + b"]" * 200,
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "another store's id": b'"998-5"',
    "another order's id": b'"999-5"',
    "NUL": b'"a\\u0000b"',
    "a bare NUL": b'"a\x00b"',
    "right to left": '"\u202e\u05d0\u05d1 \u0661\u0662\u0663"'.encode(),
    "emoji": '"\U0001f469\u200d\U0001f680 \\ud83d\\ude80"'.encode(),
    "half a surrogate pair": b'"\\ud83d"',
    "no UTF-8": b'"\xff\xfe"',
    "markup": b'"<script>alert(1)</script>${7*7}\\r\\nx: y"',
    "unfinished": b'"',
}
REMOVED = "removed"
KINDS = (REMOVED, *REPLACEMENTS)
_MARK = "\ue000 the mutation goes here \ue000"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One thing to do to the value at `path`; the empty path is the whole answer."""

    path: Path
    kind: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'the answer'}: {self.kind}"

    def of(self, answer: Any) -> bytes:
        """Return the bytes of the answer with this thing wrong in it."""
        if not self.path:
            return REPLACEMENTS.get(self.kind, b"")
        changed = json.loads(json.dumps(answer))
        *parents, last = self.path
        place = changed
        for key in parents:
            place = place[key]
        if self.kind == REMOVED:
            del place[last]
            return json.dumps(changed).encode()
        place[last] = _MARK
        return json.dumps(changed).encode().replace(json.dumps(_MARK).encode(), REPLACEMENTS[self.kind])


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of a value and of all that is in it."""
    yield path
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for key, member in members:
        yield from paths(member, (*path, key))
