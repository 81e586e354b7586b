"""The language of the success page: which one a browser asks for, and its texts.

The texts are files, `page_texts/<language>.json`, one for each language. All but the English ones are
translations that no native speaker has reviewed yet (docs/success-page.md).
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

FALL_BACK = "en"
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "ja", "zh-Hans", "ko", "ar")
RIGHT_TO_LEFT = {"ar"}
# By primary subtag: who reads Traditional Chinese reads the simplified page sooner than the English one.
_BY_PRIMARY = {language.partition("-")[0].lower(): language for language in LANGUAGES}
_TEXTS = Path(__file__).parent / "page_texts"
_READ_AT_MOST = 500  # characters of the header
# RFC 9110, 12.5.4: language ranges with weights, the heaviest first; 0 is "not this one".
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


def language_for(accept_language: str) -> str:
    """Return one of LANGUAGES for the value of an Accept-Language header, whatever it holds."""
    wanted = sorted(_ranges(accept_language[:_READ_AT_MOST]), key=lambda one: -one[0])
    return next((_BY_PRIMARY[primary] for _, primary in wanted if primary in _BY_PRIMARY), FALL_BACK)


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return the texts of one of LANGUAGES, read once."""
    read: dict[str, str] = json.loads((_TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return read


def _ranges(header: str) -> Iterator[tuple[float, str]]:
    """Yield weight and primary subtag of each range that can be read."""
    for part in header.split(","):
        matched = _RANGE.fullmatch(part)
        weight = float(matched[2] or 1) if matched else 0
        if matched and weight:
            yield weight, matched[1].lower()
