"""The browser that hangs does not hold up the tests."""

import pytest
from playwright.sync_api import Error

from tests.browser.chromium import chromium, open_page
from tests.tally import Tally


def test_a_browser_that_hangs_is_ended_and_counted() -> None:
    tally = Tally()
    with (
        chromium(tally, patience=10) as hanging,
        open_page(hanging) as page,
        pytest.raises(Error, match="closed"),
    ):
        page.evaluate("() => { while (true) {} }")
    assert tally.totals == {"browsers that hung, and were ended": 1}
