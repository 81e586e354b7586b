"""A browser of its own for each test of pages, and another one where it was ended."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.tally import Tally


def pytest_itemcollected(item: pytest.Item) -> None:
    # That a browser hung need not be the page's fault; that three did will be.
    item.add_marker(pytest.mark.flaky(reruns=2, only_rerun="TargetClosedError"))


@pytest.fixture
def browser(tally: Tally) -> Iterator[Browser]:
    with chromium(tally) as started:
        yield started
