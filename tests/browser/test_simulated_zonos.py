"""The simulated Zonos's own pages, as a person sees them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import DESKTOP, PHONE, is_wider_than_its_window, open_page, picture, violations
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.tally import Tally


@pytest.fixture(scope="module")
def zonos() -> Iterator[ZonosSimulator]:
    with ZonosSimulator() as simulator:
        for kind in ("pay", "fraud_review", "close_tab"):
            simulator.world.pay(kind)
        yield simulator


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["checkout", "admin"])
def test_its_pages_can_be_used_by_everybody(
    browser: Browser, zonos: ZonosSimulator, tally: Tally, path: str, size: tuple[int, int]
) -> None:
    with open_page(browser, size) as page:
        page.goto(f"{zonos.url}/{path}")
        picture(page, f"zonos-{path}-{size[0]}")
        assert violations(page, tally) == []
        assert not is_wider_than_its_window(page)
