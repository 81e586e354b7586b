"""Every fault on the way to Zonos, met by whole functions: recorded, and the others imported."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.hostile.faults import FAULTS, Fault, FaultyZonos
from tests.hostile.running_clock import RunningClock
from tests.integration.functions import JSON, Functions
from tests.integration.http_transport.misbehaving_server import MisbehavingServer, says_nothing
from tests.tally import Tally
from tests.world import World
from zonos_orders import confirm_order, import_many

ALL = [
    pytest.param(error, fault, id=name) for error, faults in FAULTS.items() for name, fault in faults.items()
]
OUTAGES = ("ZonosUnavailable", "ZonosTooSlow")
GRACE_SECONDS = 3.0  # a busy machine


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture
def seconds(error: str, monkeypatch: pytest.MonkeyPatch) -> float:
    """How long a run may take. What is too slow is given up sooner here than when deployed."""
    if error != "ZonosTooSlow":
        return 30.0
    monkeypatch.setattr(confirm_order, "_ZONOS_SECONDS", 0.5)
    monkeypatch.setattr(import_many, "_ORDER_SECONDS", 0.5)
    return 1.0


@contextmanager
def in_time(world: World, seconds: float) -> Iterator[None]:
    """Expect that no more time passes; a pause of ours passes time as well."""
    began = world.clock.monotonic()
    yield
    assert world.clock.monotonic() - began < seconds + GRACE_SECONDS


def functions_at(world: World, url: str) -> Functions:
    return Functions(world, ZONOS_API_URL=url, IMPORT_CONCURRENCY="1", SHIP_FROM_DATE="all")


def assert_a_run_changes_nothing(functions: Functions, error: str, seconds: float) -> None:
    world = functions.world
    with in_time(world, seconds):
        summary = functions.invoke("reconcile_orders", {}, seconds=seconds)
    assert summary["outcome"] == ("unavailable" if error in OUTAGES else "refused")
    assert summary["error"].startswith(f"{error}: ")
    assert (world.order_ids(), world.failures(), world.watermark()) == (set(), {}, None)


def assert_the_buyer_is_thanked_and_the_error_recorded(functions: Functions, error: str) -> None:
    world = functions.world
    with in_time(world, confirm_order._ZONOS_SECONDS):
        answer = functions.redirect("orderId=999-2", JSON)
    assert (answer["statusCode"], '"confirming"' in answer["body"]) == (200, True)
    assert world.failures()["999-2"].error.startswith(f"{error}: ")
    assert world.order_ids() == set()


def assert_the_others_are_imported(functions: Functions, error: str) -> None:
    world = functions.world
    with in_time(world, import_many._ORDER_SECONDS):
        summary = functions.invoke("reconcile_orders", {}, seconds=60)
    assert (summary["outcome"], summary["failed"]) == ("clean", {error: 1})
    assert world.order_ids() == {"999-1", "999-3"}
    assert world.failures().keys() == {"999-2"}


@pytest.mark.parametrize(("error", "fault"), ALL)
def test_a_fault_loses_no_order_and_concerns_no_other(
    world: World, error: str, fault: Fault, seconds: float, tally: Tally
) -> None:
    zonos = FaultyZonos(fault, about=b"orderNumbers")
    with zonos.server as server:
        functions = functions_at(world, server.url)
        assert_a_run_changes_nothing(functions, error, seconds)
        zonos.about = b"999-2"
        assert_the_buyer_is_thanked_and_the_error_recorded(functions, error)
        world.clock.pass_time(3600)
        assert_the_others_are_imported(functions, error)
    tally.count("transport faults met by whole functions", 3)


# The way itself


@contextmanager
def nobody_listens() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def no_such_name() -> Iterator[str]:
    yield "https://zonos.invalid"


@contextmanager
def no_tls() -> Iterator[str]:
    with MisbehavingServer(lambda line: line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        yield server.url.replace("http:", "https:")


@contextmanager
def no_greeting() -> Iterator[str]:
    with MisbehavingServer(says_nothing) as server:
        yield server.url.replace("http:", "https:")


WAYS: dict[str, tuple[Callable[[], Any], str]] = {
    "nobody listens": (nobody_listens, "ZonosUnavailable"),
    "no such name": (no_such_name, "ZonosUnavailable"),
    "no TLS": (no_tls, "ZonosUnavailable"),
    "no TLS greeting": (no_greeting, "ZonosTooSlow"),
}


@pytest.mark.parametrize(("way", "error"), WAYS.values(), ids=WAYS.keys())
def test_no_way_to_zonos_is_recorded_and_changes_nothing(
    world: World, way: Callable[[], Any], error: str, seconds: float, tally: Tally
) -> None:
    with way() as url:
        functions = functions_at(world, url)
        assert_a_run_changes_nothing(functions, error, seconds)
        assert_the_buyer_is_thanked_and_the_error_recorded(functions, error)
    tally.count("transport faults met by whole functions", 2)


def test_a_label_that_says_another_alphabet_changes_no_letter(world: World) -> None:
    body = '{"order": {"orderId": "999-2", "name": "Žofie Kanárková Ö", "orderStatus": "X"}}'.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Length: {len(body)}"
    zonos = FaultyZonos(lambda line: line.send(f"{head}\r\n\r\n".encode() + body), about=b"999-2")
    with zonos.server as server:
        functions_at(world, server.url).redirect("orderId=999-2")

    assert world.order("999-2")["order"]["name"] == "Žofie Kanárková Ö"
