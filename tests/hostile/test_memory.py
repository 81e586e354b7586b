"""What is larger than its limit costs a function little memory, whatever it unpacks to."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.hostile.faults import TOO_LARGE, Fault, FaultyZonos
from tests.integration.functions import JSON, Functions
from tests.world import World
from zonos_orders.zonos_api import order_detail, order_numbers

ORDER_LIMIT = order_detail(order_id="999-2").max_answer_bytes
LIST_LIMIT = order_numbers(since_date="20260101").max_answer_bytes
MIB = 1024 * 1024


@contextmanager
def in_memory(limit: int) -> Iterator[None]:
    """Expect that no more than this is held at any moment."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit


@pytest.mark.parametrize("fault", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_an_order_that_is_too_large_costs_the_redirect_little_memory(world: World, fault: Fault) -> None:
    with FaultyZonos(fault, about=b"999-2").server as server:
        functions = Functions(world, ZONOS_API_URL=server.url)
        functions.redirect("orderId=998-1")  # whatever is loaded once
        with in_memory(2 * ORDER_LIMIT + MIB):  # the bytes, and room to grow them
            assert functions.redirect("orderId=999-2", JSON)["statusCode"] == 200

    assert world.failures()["999-2"].error.startswith("AnswerTooLarge: ")


@pytest.mark.parametrize("fault", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_list_that_is_too_large_costs_the_reconciliation_little_memory(world: World, fault: Fault) -> None:
    with FaultyZonos(fault, about=b"orderNumbers").server as server:
        functions = Functions(world, ZONOS_API_URL=server.url)
        with in_memory(2 * LIST_LIMIT + 2 * MIB):  # of one of the halves in which it is asked for
            summary = functions.reconcile()

    assert (summary["outcome"], summary["error"].split(":")[0]) == ("refused", "AnswerTooLarge")
    assert len(server.requests) > 1  # asked for less, which did not help
