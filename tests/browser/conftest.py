"""One browser for all tests of pages."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import ChromiumMissing, chromium, is_required


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser; a machine that has none skips the test, CI must have one."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(chromium())
        except ChromiumMissing as exc:
            if is_required():
                pytest.fail(f"CI needs a browser: {exc}", pytrace=False)
            pytest.skip(f"a real browser: {exc}")
        yield started
