"""Of a listing is left what the table lacks or holds in another state."""

import pytest

from zonos_orders.comparison import Comparison
from zonos_orders.import_many import Candidate
from zonos_orders.listing import Listing
from zonos_orders.reconciliation_table import Failure

READY, HELD, CANCELLED = "IGLOBAL_ORDER_IN_PROCESS", "IGLOBAL_ORDER_ON_HOLD", "IGLOBAL_ORDER_CANCELLED"
MISSING = Candidate("999-1", is_missing=True, is_listed=True, listed_status=READY)
CHANGED = Candidate("999-1", is_missing=False, is_listed=True, listed_status=READY)


def compared(listed: str | None, *stored: str) -> Comparison:
    """Compare a listing of one order with what the table holds of it, met page by page."""
    comparison = Comparison(Listing({"999-1": listed}))
    for status in stored:
        comparison.meet([("999-0", HELD), ("999-1", status), ("999-2", CANCELLED)])
    return comparison


@pytest.mark.parametrize(
    ("listed", "stored", "candidates", "unnamed"),
    [
        (READY, [], [MISSING], set()),
        (None, [], [Candidate("999-1", is_missing=True, is_listed=True)], set()),
        (READY, [READY], [], set()),
        (READY, [HELD], [CHANGED], set()),
        (READY, [CANCELLED], [CHANGED], set()),
        (None, [HELD], [], {"999-1"}),
        (None, [CANCELLED], [], set()),
    ],
)
def test_what_is_missing_or_changed_is_a_candidate(
    listed: str | None, stored: list[str], candidates: list[Candidate], unnamed: set[str]
) -> None:
    comparison = compared(listed, *stored)

    assert comparison.candidates(waiting={}) == candidates
    assert comparison.unnamed == unnamed


def test_an_order_that_is_met_twice_is_compared_once() -> None:
    """The index of days may show an order on two of them for a moment; the next run sees one of them."""
    assert compared(READY, HELD, READY).candidates(waiting={}) == [CHANGED]
    assert compared(READY, READY, HELD).candidates(waiting={}) == []


@pytest.mark.parametrize(
    ("listed", "said_before", "waits"),
    [(READY, "", True), (READY, READY, True), (READY, HELD, False), (None, HELD, True)],
)
def test_a_failed_order_waits_unless_the_list_says_something_else_now(
    listed: str | None, said_before: str, waits: bool
) -> None:
    failure = Failure("999-1", "StatusDisagrees", 1, "reconcile", 0, 0, listed_status=said_before)

    candidates = compared(listed).candidates(waiting={"999-1": failure})

    assert (candidates == []) is waits
