"""What the success page looks like: the shop's own, readable in any colour, and nothing put in unescaped."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.page_html import Content, Mark, PageHtml
from zonos_orders.page_language import LANGUAGES
from zonos_orders.shop import Shop, contrast, ink_on, readable_on

HOSTILE = "</style><script>x</script>\"'&{order_id}"
WAITING = Content(
    Mark.WAITING, "thanks", ("confirming", "confirming_next"), "999-1", waits=True, by_itself=True
)
SHOP = Shop(
    name="Alpine Merino",
    logo_url="https://cdn.shop.example:8443/logo.svg?v=1&w=2",
    color="#ffff00",
    support="help@shop.example",
    url="https://shop.example/?a=1&b=2",
)


class Outline(HTMLParser):
    """The elements of a page, and what stands between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def outline(shop: Shop, language: str = "en") -> Outline:
    return Outline(PageHtml(shop)(WAITING, language))


def test_the_shop_is_shown_with_all_that_it_has_said() -> None:
    page = outline(SHOP)

    assert page.all("img") == [{"src": SHOP.logo_url, "alt": "Alpine Merino"}]
    addresses = ["", SHOP.url, "mailto:help@shop.example"]
    assert [link["href"] for link in page.all("a")] == addresses
    assert "Thank you for your order · Alpine Merino" in page.text


def test_a_shop_that_has_said_nothing_has_no_empty_places() -> None:
    page = outline(Shop())

    assert [tag for tag in ("img", "header") if page.all(tag)] == []
    assert [link["href"] for link in page.all("a")] == [""]
    assert "please contact the shop" in page.text


def test_a_name_stands_where_there_is_no_logo() -> None:
    assert re.search("<header>Alpine Merino</header>", PageHtml(Shop(name="Alpine Merino"))(WAITING, "en"))


def test_a_page_for_support_is_shown_without_its_scheme() -> None:
    page = outline(Shop(support="https://shop.example/help/"))

    assert {"href": "https://shop.example/help/"} in page.all("a")
    assert {"href": "mailto:a%25%26b@shop.example"} in outline(Shop(support="a%&b@shop.example")).all("a")
    assert "If you have a question: shop.example/help" in page.text


@pytest.mark.parametrize("field", ["name", "logo_url", "support", "url"])
def test_whatever_is_put_in_stays_text(field: str) -> None:
    page = outline(Shop(**{field: HOSTILE}))

    assert not page.all("script")
    kept = page.text + repr([attributes for _, attributes in page.elements])
    assert "<script>x</script>" in kept.replace("&lt;", "<")
    assert [tag for tag, _ in page.elements].count("style") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_its_language_and_direction_and_is_small(language: str) -> None:
    page = PageHtml(SHOP)(WAITING, language)

    direction = "rtl" if language == "ar" else "ltr"
    assert page.startswith(f'<!doctype html>\n<html lang="{language}" dir="{direction}">\n')
    assert len(page.encode()) < 20_000
    assert "999-1" in page


def test_only_its_own_style_and_the_logo_are_allowed_to_it() -> None:
    policy = PageHtml(SHOP).content_security_policy.split("; ")

    assert policy[0] == "default-src 'none'"
    assert re.fullmatch("style-src 'sha256-[A-Za-z0-9+/]{43}='", policy[1])
    assert policy[2] == "img-src https://cdn.shop.example:8443"
    assert "img-src" not in PageHtml(Shop()).content_security_policy


_colors = st.from_regex("#[0-9a-f]{6}", fullmatch=True)


@given(_colors)
def test_what_is_written_on_any_colour_can_be_read(color: str) -> None:
    assert contrast(ink_on(color), color) >= 4.5


@given(_colors)
def test_a_colour_that_cannot_be_read_is_no_colour_for_a_link(color: str) -> None:
    link = readable_on("#ffffff", color, "#1c2430")

    assert link in (color, "#1c2430")
    assert contrast(link, "#ffffff") >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#0A0A0A", "#0a0a0a") == 1
