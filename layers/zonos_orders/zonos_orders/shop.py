"""How a shop looks on the success page: its name, logo and colour, and colours that can be read beside it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_COLOR = "#2f5bd7"
_READABLE = 4.5  # WCAG 2.2, 1.4.3: the contrast of text


@dataclass(frozen=True, slots=True)
class Shop:
    """What the merchant has said about the shop; empty is not said.

    `color` is `#rrggbb`, `support` an e-mail address or an address of the web, `logo_url` and `url` are
    addresses of the web.
    """

    name: str = ""
    logo_url: str = ""
    color: str = DEFAULT_COLOR
    support: str = ""
    url: str = ""

    @property
    def logo_origin(self) -> str:
        """Where the logo comes from, as a content security policy names it; empty without one."""
        parts = urlsplit(self.logo_url)
        return f"{parts.scheme}://{parts.netloc}" if self.logo_url else ""


def ink_on(color: str) -> str:
    """Return black or white, whichever is easier to read on `color`. One of them always is readable."""
    return max("#000000", "#ffffff", key=lambda ink: contrast(ink, color))


def readable_on(ground: str, color: str, otherwise: str) -> str:
    """Return `color` where it can be read as text on `ground`, else `otherwise`."""
    return color if contrast(color, ground) >= _READABLE else otherwise


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.2)."""
    red, green, blue = (_linear(int(color[n : n + 2], 16) / 255) for n in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - WCAG's own
