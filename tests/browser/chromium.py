"""A real browser: the system's own Chromium, headless, driven by Playwright."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright._impl._errors import TargetClosedError
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.sandbox.sam_template import ROOT
from tests.tally import Tally

SCREENSHOTS: Final = ROOT / ".cache" / "screenshots"  # git-ignored, for people to look at
PHONE: Final = (320, 640)
DESKTOP: Final = (1280, 800)
PATIENCE: Final = 240.0  # seconds for all that is done in one browser; on a slow machine that took 25
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# No sandbox, as root has none; and nothing that a browser does on its own account, like looking for updates.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}


@contextmanager
def chromium(tally: Tally, patience: float = PATIENCE) -> Iterator[Browser]:
    """Start the browser, and end it after `patience` seconds.

    A machine that has none skips the test, CI must have one. What waits for an ended browser raises
    TargetClosedError. Nothing else would end the wait: the time limits of Playwright are kept by its driver,
    which may be what hangs, and to close a page has none.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        missing = f"none of {', '.join(_NAMES)} is installed"
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a browser: {missing}", pytrace=False)
        pytest.skip(f"a real browser: {missing}")
    manager = sync_playwright()

    def give_up() -> None:
        tally.count("browsers that took too long, and were ended")
        if manager._client is not None:
            with suppress(ProcessLookupError):
                manager._client._transport._proc.kill()  # there is no public way

    limit = threading.Timer(patience, give_up)
    limit.start()
    try:
        with manager as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
            yield browser
            with suppress(TargetClosedError):  # whoever waited for something has been told
                browser.close()
    finally:
        limit.cancel()


@contextmanager
def open_page(
    browser: Browser,
    size: tuple[int, int] = DESKTOP,
    *,
    languages: str = "en",
    scheme: str = "light",
    javascript: bool = True,
) -> Iterator[Page]:
    """Open a page that reaches this machine only; `languages` is its Accept-Language.

    A script error on the page, or a request for another machine, fails the `with` block.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        extra_http_headers={"Accept-Language": languages},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=javascript,
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))

    def guard(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme == "data" or parts.hostname in _LOOPBACK:
            route.continue_()
        else:
            problems.append(f"asked for {route.request.url}")
            route.abort()

    context.route("**/*", guard)
    try:
        yield page
    finally:
        with suppress(TargetClosedError):  # of a browser that was ended
            context.close()
    assert not problems, problems


def violations(page: Page, tally: Tally) -> list[str]:
    """Return what an automated accessibility check (axe-core) finds wrong with a page, and count both."""
    found = [
        f"{violation['id']}: {violation['help']} ({node['html']})"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]
    tally.count("pages (by state, size, colours) checked for accessibility")
    tally.count("violations of accessibility on those pages", len(found))  # 0 is printed too
    return found


def is_wider_than_its_window(page: Page) -> bool:
    """Say whether the page has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def picture(page: Page, name: str) -> Path:
    """Keep a picture of the whole page as `<name>.png`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
