"""What the success page looks like: one document, no script, nothing from elsewhere but the shop's logo."""

import base64
import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from urllib.parse import quote

from zonos_orders.page_language import RIGHT_TO_LEFT, texts
from zonos_orders.shop import Shop, ink_on, readable_on


class Mark(StrEnum):
    """The picture above the heading; it says nothing that the text does not say."""

    DONE = "done"
    WAITING = "waiting"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Content:
    """What a page says: keys of the language's texts, and the order's number (empty: none is shown).

    `waits`: whether there is something to look again for; `by_itself`: whether the page does so unasked.
    """

    mark: Mark
    title: str
    paragraphs: tuple[str, ...]
    order_id: str = ""
    waits: bool = False
    by_itself: bool = False


class PageHtml:
    """Writes the pages of one shop. Everything that is put in is escaped."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._style = _STYLE + _colors(shop.color)
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        # Of all that a page can do this one may use its own style, and show the logo.
        self.content_security_policy = "; ".join(
            [
                "default-src 'none'",
                f"style-src 'sha256-{digest}'",
                *([f"img-src {shop.logo_origin}"] if shop.logo_origin else []),
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ]
        )

    def __call__(self, content: Content, language: str) -> str:
        """Return the page in one of the languages."""
        said = _said(language)
        title = said[content.title]
        name = html.escape(self._shop.name)
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        paragraphs = "\n".join(f"<p>{said[key]}</p>" for key in content.paragraphs)
        paragraphs = paragraphs.replace("{order_id}", html.escape(content.order_id))
        return f"""<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{" · ".join(filter(None, [title, name]))}</title>
<style>{self._style}</style>
</head>
<body>
{self._header()}<main>
{_MARKS[content.mark]}
<h1>{title}</h1>
{paragraphs}
{_again(content, said)}{self._way_on(said)}</main>
<footer>
<p>{self._contact(said)}</p>
</footer>
</body>
</html>
"""

    def _header(self) -> str:
        name, logo = html.escape(self._shop.name), html.escape(self._shop.logo_url)
        if logo:
            return f'<header><img src="{logo}" alt="{name}"></header>\n'
        return f"<header>{name}</header>\n" if name else ""

    def _way_on(self, said: Mapping[str, str]) -> str:
        address = html.escape(self._shop.url)
        if not address:
            return ""
        return f'<p><a class="button" href="{address}">{said["continue_shopping"]}</a></p>\n'

    def _contact(self, said: Mapping[str, str]) -> str:
        support = self._shop.support
        if not support:
            return said["contact"]
        shown = html.escape(support)
        is_mail = not support.startswith(("https://", "http://"))
        address = f"mailto:{quote(support, safe='@')}" if is_mail else shown
        shown = shown if is_mail else shown.partition("://")[2].rstrip("/")
        return f'{said["contact_at"]} <a href="{address}"><bdi>{shown}</bdi></a>'


@cache
def _said(language: str) -> Mapping[str, str]:
    """Return the texts of a language, escaped."""
    return {key: html.escape(text) for key, text in texts(language).items()}


def _again(content: Content, said: Mapping[str, str]) -> str:
    if not content.waits:
        return ""
    by_itself = f"{said['looks_again']} " if content.by_itself else ""
    # The empty address is the page's own, query included: the number asked for need not be repeated.
    return f'<p class="again">{by_itself}<a href="">{said["look_again"]}</a></p>\n'


def _colors(accent: str) -> str:
    """The shop's colour, and what can be read on it and beside it, on light and on dark ground."""
    light = f"--accent:{accent};--ink:{ink_on(accent)};--link:{readable_on(_LIGHT, accent, '#1c2430')}"
    dark = f"--link:{readable_on(_DARK, accent, '#e8ecf2')}"
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"


# The grounds on which a link stands that leave it the least contrast: of the page, and of the card.
_LIGHT, _DARK = "#f3f5f8", "#1b2029"
_STYLE = (Path(__file__).parent / "success_page.css").read_text(encoding="utf-8")
_MARKS = {
    Mark.DONE: '<svg class="done" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="21"/>'
    '<path d="m15 25 6.5 6.5L34 18"/></svg>',
    Mark.WAITING: '<svg class="waiting" viewBox="0 0 48 48" aria-hidden="true">'
    '<circle cx="24" cy="24" r="21"/><path d="M24 12v12l8 5"/></svg>',
    Mark.LOST: '<svg class="lost" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="21"/>'
    '<path d="M18 19a6 6 0 1 1 8.5 5.5c-1.7.9-2.5 2-2.5 4M24 34.5v.1"/></svg>',
}
