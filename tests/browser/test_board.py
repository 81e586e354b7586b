"""The board in a real browser: it shows by itself what happens, its buttons act, and everybody can use it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.chromium import DESKTOP, PHONE, is_wider_than_its_window, open_page, picture, violations
from tests.sandbox.__main__ import parameters
from tests.sandbox.board import Board
from tests.sandbox.board.board import UNREAD
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.story import chapters
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.tally import Tally

SECRET = "canary-secret-that-nobody-prints"
PATIENCE_MS = 20_000


@dataclass
class Running:
    """A sandbox with its board and its Zonos."""

    board: Board
    sandbox: Sandbox
    zonos: ZonosSimulator


@pytest.fixture
def running() -> Iterator[Running]:
    with (
        ZonosSimulator(secret=SECRET) as simulator,
        Board(simulator) as board,
        Sandbox(parameters(simulator, "enabled"), SECRET) as sandbox,
    ):
        simulator.world.success_url = sandbox.page_url
        board.watch(sandbox)
        yield Running(board, sandbox, simulator)


@pytest.fixture
def page(running: Running, browser: Browser) -> Iterator[Page]:
    with open_page(browser, DESKTOP) as opened:
        opened.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        opened.goto(running.board.url)
        expect(opened.locator("#live")).to_have_text("live")
        yield opened


def assert_everybody_can_use(page: Page, tally: Tally, name: str) -> None:
    picture(page, name)
    assert violations(page, tally) == []
    assert not is_wider_than_its_window(page)


def buy(page: Page, way: str) -> str:
    """Buy as a person does who came from the board: in a new tab. Return the order's id."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Buy something").click()
    checkout = opened.value
    checkout.get_by_label(way, exact=True).check()
    checkout.get_by_role("button", name="Place the order").click()
    checkout.wait_for_url("**/success?orderId=*")
    order_id = checkout.url.rpartition("=")[2]
    checkout.close()
    return order_id


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_empty_board_can_be_used_by_everybody(
    running: Running, browser: Browser, tally: Tally, size: tuple[int, int]
) -> None:
    with open_page(browser, size) as page:
        page.goto(running.board.url)
        expect(page.locator("#live")).to_have_text("live")
        expect(page.locator("#orders .empty")).to_be_visible()
        assert_everybody_can_use(page, tally, f"board-empty-{size[0]}")


def test_an_order_that_is_bought_appears_by_itself_and_is_taken_over(page: Page) -> None:
    order_id = buy(page, "Pay")
    order = page.locator(f"[data-id='{order_id}'].order")
    expect(order.locator(".pill")).to_have_text("READY")
    expect(page.locator("[data-station=orders] b")).to_have_text("1")

    order.get_by_role("button", name="May it ship?").click()
    expect(order.locator(".said")).to_have_text("Yes, it may ship: Zonos was asked this moment.")
    order.get_by_role("button", name="Take over").focus()
    page.keyboard.press("Enter")
    taken = f"Taken over as M-{order_id}, and Zonos knows the number."
    expect(order.locator(".said")).to_have_text(taken)
    expect(page.locator("#answer")).to_have_text(f"{order_id}: {taken}")
    expect(page.locator("#hand_overs")).to_contain_text(f"M-{order_id}")
    expect(order.get_by_role("button", name="Take over")).to_have_count(0)


def test_an_order_in_review_turns_ready_after_a_release_at_zonos(page: Page) -> None:
    order_id = buy(page, "Pay, goes into fraud review")
    order = page.locator(f"[data-id='{order_id}'].order")
    expect(order).to_contain_text("Held: Zonos is checking for fraud.")
    loop = page.locator(f"#reviews [data-id='{order_id}-1']")
    expect(loop).to_contain_text("watching")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Zonos’s admin side").click()
    row = opened.value.get_by_role("row").filter(has_text=order_id)
    row.get_by_role("button", name="Release").click()
    opened.value.close()
    expect(order.locator(".pill")).to_have_text("READY")
    expect(order.locator(".timeline li")).to_have_count(2)
    expect(loop).to_contain_text("decided")


def test_zonos_breaks_down_before_ones_eyes_and_is_mended(page: Page, running: Running, tally: Tally) -> None:
    running.zonos.world.pay("close_tab")
    page.get_by_label("How Zonos breaks").select_option("status_500")
    page.get_by_role("button", name="Break Zonos").click()
    expect(page.locator("#zonos-state")).to_contain_text("broken: it answers every call with an error (500)")
    page.get_by_role("button", name="Reconcile now").click()
    expect(page.locator("#answer")).to_contain_text("Zonos could not be asked")
    expect(page.locator("#calls tbody tr").first).to_contain_text("500")
    expect(page.locator("#reconciliation tbody tr").first).to_contain_text("unavailable")
    assert_everybody_can_use(page, tally, "board-broken")

    page.get_by_role("button", name="Mend Zonos").click()
    expect(page.locator("#zonos-state")).to_have_text("works")
    page.get_by_role("button", name="Reconcile now").click()
    expect(page.locator("#answer")).to_have_text("Reconciled: 1 listed, 1 recovered; all is well.")
    expect(page.locator("#reconciliation tbody tr").first).to_contain_text("clean")


def test_who_uses_the_keyboard_stays_where_they_are(page: Page, running: Running) -> None:
    """Whatever is redrawn meanwhile."""
    order_id = buy(page, "Pay")
    order = page.locator(f"[data-id='{order_id}'].order")
    order.get_by_role("button", name="May it ship?").focus()
    page.evaluate(f"document.querySelector('[data-id=\"{order_id}\"].order').dataset.old = 'yes'")
    running.zonos.world.edit(order_id)
    running.sandbox.invoke("ReconcileOrdersFunction", {"orderIds": [order_id]})
    expect(page.locator(f"[data-id='{order_id}'].order[data-old]")).to_have_count(0)
    expect(order.get_by_role("button", name="May it ship?")).to_be_focused()


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone, dark", "desktop", "desktop, dark"],
)
def test_a_full_board_can_be_used_by_everybody(
    running: Running, browser: Browser, tally: Tally, size: tuple[int, int], scheme: str
) -> None:
    world = running.zonos.world
    paid = [world.pay(one.purchase, order_date=one.ordered_at) for one in chapters()]
    running.sandbox.invoke("ReconcileOrdersFunction", {"orderIds": paid})
    with open_page(browser, size, scheme=scheme) as page:
        page.goto(running.board.url)
        expect(page.locator("#live")).to_have_text("live")
        expect(page.locator(".order .pill.HELD").first).to_be_visible()
        assert_everybody_can_use(page, tally, f"board-{size[0]}-{scheme}")


def test_what_cannot_be_read_and_a_sandbox_that_has_ended_are_said_to_be(page: Page) -> None:
    buy(page, "Pay")

    def without_orders(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "orders": UNREAD, "flow": UNREAD})

    page.route("**/state.json", without_orders)
    expect(page.locator("#orders")).to_have_text("It could not be read just now; trying again.")
    expect(page.locator("[data-station=orders] b")).to_have_text("?")
    expect(page.locator("#calls tbody tr").first).to_be_visible()
    page.unroute("**/state.json")
    expect(page.locator(".order").first).to_be_visible()

    page.route("**/state.json", lambda route: route.abort())
    expect(page.locator("#live")).to_have_text("the sandbox does not answer")
    page.unroute("**/state.json")
    expect(page.locator("#live")).to_have_text("live")
