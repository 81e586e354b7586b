"""Where the rolling refresh is: moved by whoever has seen where it was, and by nobody else."""

import pytest

from zonos_orders.reconciliation_table import ReconciliationTable

FIRST, SECOND, THIRD = ("20260101", "999-1"), ("20260101", "999-2"), ("20260103", "999-1")


def test_before_it_began_it_is_nowhere(table: ReconciliationTable) -> None:
    assert table.refresh_place("999") is None


def test_it_moves_from_where_it_was_seen_also_back_to_the_beginning(table: ReconciliationTable) -> None:
    for seen, place in ((None, FIRST), (FIRST, THIRD), (THIRD, FIRST)):
        table.move_refresh("999", seen, place)
        assert table.refresh_place("999") == place


@pytest.mark.parametrize("seen", [None, SECOND, ("20260103", "999-2"), ("20260101", "999-1")])
def test_who_has_not_seen_where_it_is_does_not_move_it(
    table: ReconciliationTable, seen: tuple[str, str] | None
) -> None:
    table.move_refresh("999", None, THIRD)
    table.move_refresh("999", seen, SECOND)
    assert table.refresh_place("999") == THIRD


def test_every_store_has_its_own(table: ReconciliationTable) -> None:
    table.move_refresh("999", None, FIRST)
    assert table.refresh_place("998") is None
