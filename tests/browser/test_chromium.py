"""A browser that hangs does not hold up the tests."""

import pytest
from playwright._impl._errors import TargetClosedError

from tests.browser.chromium import chromium, open_page
from tests.tally import Tally


def test_a_browser_that_takes_too_long_is_ended_and_counted() -> None:
    tally = Tally()
    with (
        chromium(tally, patience=10) as hanging,
        open_page(hanging) as page,
        pytest.raises(TargetClosedError),
    ):
        page.evaluate("() => { while (true) {} }")
    assert tally.totals == {"browsers that took too long, and were ended": 1}
