"""The web server of the board: it serves its own page, and nobody else can press its buttons."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.board import Board
from tests.sandbox.sam_template import ROOT
from tests.sandbox.zonos_simulator import ZonosSimulator


@pytest.fixture(scope="module")
def zonos() -> Iterator[ZonosSimulator]:
    with ZonosSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def board(zonos: ZonosSimulator) -> Iterator[Board]:
    with Board(zonos) as running:
        yield running


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Host": "evil.example.com", "Origin": "http://evil.example.com"},
    ],
    ids=["no origin", "another origin", "an opaque origin", "another name for this machine"],
)
def test_no_other_page_can_press_a_button(
    board: Board, zonos: ZonosSimulator, headers: dict[str, str]
) -> None:
    answer = requests.post(
        f"{board.url}/actions/break-down", json={"kind": "silence"}, headers=headers, timeout=5
    )
    assert answer.status_code == 403
    assert zonos.world.fault_on() is None


def test_another_name_for_this_machine_reads_nothing(board: Board) -> None:
    port = urlsplit(board.url).port
    for host, status in ((f"evil.example.com:{port}", 403), (f"localhost:{port}", 200)):
        answer = requests.get(f"{board.url}/state.json", headers={"Host": host}, timeout=30)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/actions/explode", "{}"),
        ("/actions/may-ship", '{"order_id": "999-1/../2"}'),
        ("/actions/may-ship", "[]"),
        ("/actions/break-down", '{"kind": "earthquake"}'),
        ("/actions/mend", "not JSON"),
        ("/actions/mend", " " * 10_001),
    ],
)
def test_what_is_no_button_is_refused(board: Board, path: str, body: str) -> None:
    answer = requests.post(board.url + path, data=body, headers={"Origin": board.url}, timeout=5)
    assert (answer.status_code, answer.json()["said"]) == (400, "That was not understood.")


def test_the_page_is_of_its_own_files_and_allows_nothing_else(board: Board) -> None:
    page = requests.get(board.url, timeout=5)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
    for path, status in (("/board.js", 200), ("/family.css", 200), ("/../board.py", 404)):
        assert requests.get(board.url + path, timeout=5).status_code == status
    assert requests.put(board.url, timeout=5).status_code == 405


def test_make_run_names_the_board_before_anything_happens() -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sandbox"],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
        # Started from a background job it would have inherited to be deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one call, no lock
    ) as running:
        assert running.stdout is not None
        first = next(line for line in running.stdout if line.strip())
        address = first.rpartition(" ")[2].strip()
        assert "Zonos Orders" in requests.get(address, timeout=30).text
        running.send_signal(signal.SIGINT)
        try:
            running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130
