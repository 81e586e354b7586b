"""Scans every test for leaks, without its author thinking of it.

What was printed or logged by a test, at any level and by any library; what the functions of its `World` or
its `Sandbox` answered; and what its simulated AWS holds at its end.
"""

import logging
import traceback
from collections.abc import Generator, Iterator

import pytest

from tests.leaks.private import Leak, assert_nothing_private, scanned
from tests.leaks.told import ANSWERS, assert_aws_holds_nothing_private
from tests.sandbox.sandbox import Sandbox
from tests.tally import Tally

_LINES = "lines of output and log"
_heard: list[str] = []
_handle = logging.Logger.handle


def _hear(logger: logging.Logger, record: logging.LogRecord) -> None:
    """Note a record with all that a formatter could show, whatever handlers there are for it."""
    error = record.exc_info[1] if record.exc_info else None
    _heard.append(f"{vars(record)} {''.join(traceback.format_exception(error)) if error else ''}")
    _handle(logger, record)


def pytest_configure() -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    for tool in ("moto", "responses", "samtranslator"):  # of the tests alone, and chatty
        logging.getLogger(tool).setLevel(logging.WARNING)
    vars(logging)["Logger"].handle = _hear  # the one place that all records pass
    Sandbox.last_looks.append(look_through)


def pytest_unconfigure() -> None:
    vars(logging)["Logger"].handle = _handle
    Sandbox.last_looks.remove(look_through)


@pytest.hookimpl(wrapper=True, trylast=True)  # before it is decided whether a test runs again
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose output, that of its fixtures included, holds something private."""
    report = yield
    if call.when == "teardown":
        lines = [text for name, text in report.sections if "log" not in name]
        try:
            assert_nothing_private(_LINES, (line for text in [*_heard, *lines] for line in text.splitlines()))
        except Leak as leak:
            report.outcome, report.longrepr = "failed", str(leak)
        _heard.clear()
    return report


@pytest.fixture(scope="session", autouse=True)
def _scanned(tally: Tally) -> Iterator[None]:
    yield
    for kind, n in scanned.items():
        tally.count(f"{kind}, scanned for leaks", n)


def look_through(sandbox: Sandbox) -> None:
    """Search everything that a sandbox has told and holds."""
    assert_nothing_private(_LINES, sandbox.logs())
    assert_nothing_private(ANSWERS, sandbox.answers())
    assert_nothing_private("events on the bus", map(str, sandbox.events()))
    assert_aws_holds_nothing_private(sandbox.client)
