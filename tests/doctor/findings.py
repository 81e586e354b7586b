"""What the doctor has found out: one answer to one question, with what to do about it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from zonos_orders.status import is_status

_WIDTH: Final = 100
# A key can be anything that Zonos, or a buyer, wrote: only what looks like the name of a field is shown.
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


class Mark(StrEnum):
    """How much a finding matters."""

    FINE = "ok"
    OPEN = "??"  # could not be found out today
    ATTENTION = "!!"


@dataclass(frozen=True)
class Finding:
    """The answer to one of the questions that the vendor's pages leave open, or that an installation has."""

    mark: Mark
    question: str
    answer: str
    advice: str = ""

    def lines(self) -> list[str]:
        """Show it to a person."""
        answer = [wrapped for line in self.answer.splitlines() for wrapped in _wrap(line, "    ", "      ")]
        return [f"{self.mark}  {self.question}", *answer, *_wrap(self.advice, "    -> ", "       ")]


def _wrap(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False)


def key_name(key: Any) -> str:
    """Return a key as it may be shown."""
    return key if isinstance(key, str) and _NAME.fullmatch(key) else "(a key that is no name)"


def key_names(keys: Iterable[Any]) -> str:
    """Return keys as they may be shown, sorted; `none` where there are none."""
    return ", ".join(sorted({key_name(key) for key in keys})) or "none"


def status_name(status: object) -> str:
    """Return a status as it may be shown: Zonos may put any text in its place."""
    if is_status(status):
        return status
    return "(none)" if status in (None, "") else "(a text that has not the form of a status)"
