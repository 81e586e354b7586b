"""The success page in a real browser: every state, small and large, light and dark, without a script."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import DESKTOP, PHONE, is_wider_than_its_window, open_page, picture, violations
from tests.sandbox.__main__ import parameters
from tests.sandbox.loopback import LoopbackServer, QuietHandler
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.tally import Tally
from zonos_orders.confirm_order import Confirmation, State
from zonos_orders.shop import Shop
from zonos_orders.success_page import PageRequest, SuccessPage

QUERY = "orderId=999-10432"
CONFIRMED = Confirmation(State.CONFIRMED, "999-10432")
CONFIRMING = Confirmation(State.CONFIRMING, "999-10432")
UNKNOWN = Confirmation(State.UNKNOWN)
SHOP = Shop(
    name="Alpine Merino", color="#b3402a", support="help@shop.example", url="https://shop.example/shop"
)
PAGES = SuccessPage.of(SHOP)
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40"><rect width="150" height="40"/></svg>'
)
_REFRESHES_WITHIN_MS = 30_000

Answer = dict[str, Any]


@contextmanager
def served(answers: dict[str, Answer]) -> Iterator[str]:
    """Serve each answer of the function at its path, and a logo; yield the address."""

    class Handler(QuietHandler):
        def serve(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/logo.svg":
                self.reply(200, [("content-type", "image/svg+xml")], LOGO)
                return
            found = answers.get(path, {"statusCode": 404, "headers": {}, "body": ""})
            self.reply(found["statusCode"], list(found["headers"].items()), found["body"].encode())

    server = LoopbackServer(Handler)
    try:
        yield server.url
    finally:
        server.close()


def html(shop: SuccessPage, confirmation: Confirmation, language: str = "en") -> Answer:
    return shop.answer(PageRequest(QUERY, language=language), confirmation)


STATES: dict[str, Callable[[], Answer]] = {
    "confirmed": lambda: html(PAGES, CONFIRMED),
    "confirming": lambda: html(PAGES, CONFIRMING),
    "unknown": lambda: html(PAGES, UNKNOWN),
    "invalid": lambda: PAGES.refusal(PageRequest("")),
    "long-german": lambda: html(PAGES, CONFIRMING, "de"),
    "right-to-left": lambda: html(PAGES, CONFIRMING, "ar"),
    "japanese": lambda: html(PAGES, CONFIRMED, "ja"),
    "yellow-shop": lambda: html(
        SuccessPage.of(Shop(name="Sun", color="#ffff00", url="https://a.example")), CONFIRMED
    ),
    "black-shop": lambda: html(
        SuccessPage.of(Shop("N" * 100, color="#000000", url="https://a.example")), CONFIRMING
    ),
    "shop-that-says-nothing": lambda: html(SuccessPage.of(Shop()), UNKNOWN),
}


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")]
)
def test_every_state_can_be_read_by_everybody_on_every_screen(
    browser: Browser, tally: Tally, size: tuple[int, int], scheme: str
) -> None:
    with (
        served({f"/{name}": make() for name, make in STATES.items()}) as address,
        open_page(browser, size, scheme=scheme) as page,
    ):
        for name in STATES:
            page.goto(f"{address}/{name}")
            picture(page, f"success-{name}-{size[0]}-{scheme}")
            assert violations(page, tally) == [], name
            assert not is_wider_than_its_window(page), name
            assert page.locator("h1").count() == 1


def test_the_shops_logo_is_shown_and_nothing_else_is_fetched(browser: Browser, tally: Tally) -> None:
    answers: dict[str, Answer] = {}
    with served(answers) as address, open_page(browser) as page:
        shop = SuccessPage.of(Shop("Alpine Merino", f"{address}/logo.svg"))
        answers["/success"] = html(shop, CONFIRMED)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/success")
        assert page.locator("img").evaluate("logo => logo.naturalWidth") == 150
        assert [url for url in asked if "favicon" not in url] == [f"{address}/success", f"{address}/logo.svg"]
        assert violations(page, tally) == []


def test_it_prints_what_a_buyer_keeps(browser: Browser) -> None:
    with served({"/success": html(PAGES, CONFIRMING)}) as address, open_page(browser) as page:
        page.goto(f"{address}/success")
        page.emulate_media(media="print")
        expect(page.get_by_text("Your order 999-10432 is being confirmed.")).to_be_visible()
        expect(page.get_by_text("Look again now")).to_be_hidden()
        expect(page.get_by_text("Continue shopping")).to_be_hidden()


def test_only_a_page_of_the_shop_may_read_the_json_form(browser: Browser) -> None:
    with (
        served(
            {"/shop": {"statusCode": 200, "headers": {"content-type": "text/html"}, "body": "<p>shop"}}
        ) as shop,
        open_page(browser) as page,
    ):
        as_json = PageRequest(QUERY, wants_json=True)
        api = {
            "/shared": SuccessPage.of(Shop(), allowed_origin=shop).answer(as_json, CONFIRMED),
            "/unshared": SuccessPage.of(Shop()).answer(as_json, CONFIRMED),
        }
        ask = """url => fetch(url, {headers: {accept: 'application/json'}})
            .then(answer => answer.json()).catch(() => 'refused')"""
        with served(api) as address:
            page.goto(f"{shop}/shop")
            told = page.evaluate(ask, f"{address}/shared?{QUERY}")
            assert told == {"orderId": "999-10432", "state": "confirmed"}
            assert page.evaluate(ask, f"{address}/unshared?{QUERY}") == "refused"


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[ZonosSimulator, Sandbox]]:
    with ZonosSimulator() as zonos:
        given = parameters(zonos, "enabled") | {"ShopName": "Alpine Merino"}
        with Sandbox(given, zonos.world.secret) as sandbox:
            zonos.world.success_url = sandbox.page_url
            yield zonos, sandbox


def test_a_buyer_walks_from_the_checkout_to_the_thank_you_page(
    browser: Browser, shop: tuple[ZonosSimulator, Sandbox]
) -> None:
    zonos, _ = shop
    with open_page(browser, PHONE, languages="fr-FR,fr;q=0.9", javascript=False) as page:
        page.goto(f"{zonos.url}/checkout")
        page.get_by_role("button", name="Place the order").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Merci pour votre commande")
        expect(page.get_by_text("est confirmée")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == "fr"
        picture(page, "success-walk-phone")


def test_the_page_of_an_order_in_review_turns_by_itself_when_it_is_released(
    browser: Browser, shop: tuple[ZonosSimulator, Sandbox]
) -> None:
    zonos, sandbox = shop
    order_id = zonos.world.pay("fraud_review")
    with open_page(browser, javascript=False) as page:
        page.goto(f"{sandbox.page_url}?utm_source=zonos&orderId={order_id}")
        expect(page.get_by_text(f"Your order {order_id} is being confirmed.")).to_be_visible()
        zonos.world.release(order_id)  # the review loop sees it before the page looks again
        confirmed = page.get_by_text(f"Your order {order_id} is confirmed.")
        expect(confirmed).to_be_visible(timeout=_REFRESHES_WITHIN_MS)


def test_a_buyer_who_is_faster_than_zonos_is_thanked_by_the_same_page(
    browser: Browser, shop: tuple[ZonosSimulator, Sandbox]
) -> None:
    zonos, sandbox = shop
    next_id = zonos.world.pay("close_tab").partition("-")
    order_id = f"{next_id[0]}-{int(next_id[2]) + 1}"
    with open_page(browser, javascript=False) as page:
        answer = page.goto(f"{sandbox.page_url}?orderId={order_id}")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_text("your order is safe")).to_be_visible()
        assert zonos.world.pay() == order_id
        confirmed = page.get_by_text(f"Your order {order_id} is confirmed.")
        expect(confirmed).to_be_visible(timeout=_REFRESHES_WITHIN_MS)
