"""Which failures a person must look at."""

import pytest

from zonos_orders.import_many import Tally
from zonos_orders.import_order import Imported
from zonos_orders.instants import MINUTE_MS
from zonos_orders.listing import Listing
from zonos_orders.merge import Outcome
from zonos_orders.persistent_failures import count_persistent
from zonos_orders.reconciliation_table import Failure
from zonos_orders.stored_order import StoredOrder

NOW = 1_795_000_000_000
HOUR = 60 * MINUTE_MS
IMPORTED = Imported(Outcome.NEW, StoredOrder({}))
DOWN, UNKNOWN, ODD = "ZonosUnavailable: down", "OrderNotFound: no such order", "UnexpectedAnswer: odd"


def failure(error: str = ODD, strikes: int = 3, by: str = "reconcile", age: int = HOUR) -> Failure:
    return Failure("999-1", error, strikes, by, NOW, NOW, first_failed_at=NOW - age)


def is_persistent(one: Failure, tally: Tally | None = None, *, listed: bool = True) -> bool:
    listing = Listing({"999-1": None} if listed else {}, 0, 0)
    return count_persistent([one], tally or Tally(), listing, NOW) == 1


@pytest.mark.parametrize(("age", "persists"), [(HOUR, True), (HOUR - 1, False)])
def test_a_failure_persists_after_an_hour(age: int, persists: bool) -> None:
    assert is_persistent(failure(age=age)) is persists


@pytest.mark.parametrize(("strikes", "persists"), [(0, False), (1, False), (2, True)])
def test_an_order_that_waits_for_its_turn_persists_when_it_has_failed_twice(
    strikes: int, persists: bool
) -> None:
    assert is_persistent(failure(strikes=strikes)) is persists


def test_an_order_that_a_clean_run_could_not_import_persists_whatever_the_cause() -> None:
    assert is_persistent(failure(DOWN, strikes=0), Tally(failures={"999-1": DOWN}))


def test_an_order_that_this_run_imported_does_not_persist() -> None:
    assert not is_persistent(failure(), Tally(imported={"999-1": IMPORTED}))


def test_an_order_that_was_imported_and_still_disagrees_persists() -> None:
    error = "StatusDisagrees: the listing says otherwise"
    assert is_persistent(failure(), Tally(imported={"999-1": IMPORTED}, failures={"999-1": error}))


@pytest.mark.parametrize(
    ("by", "listed", "persists"),
    [
        ("success_redirect", False, False),
        ("success_redirect", True, True),
        ("reconcile", False, False),  # by hand
        ("recheck", False, True),
    ],
)
def test_a_number_that_only_somebody_named_is_no_order(by: str, listed: bool, persists: bool) -> None:
    tried_now = Tally(failures={"999-1": UNKNOWN})
    assert is_persistent(failure(DOWN, by=by), tried_now, listed=listed) is persists
    assert is_persistent(failure(UNKNOWN, by=by), listed=listed) is persists
