"""Whether missing orders were erased is looked up before they are imported, in few calls and little time."""

import pytest

from tests.integration.import_bench import Bench
from zonos_orders.import_many import Candidate


def test_whether_missing_orders_were_erased_is_looked_up_before_for_all_of_them() -> None:
    bench = Bench()
    bench.erased.on_record = {"999-2"}
    bench(*(Candidate(f"999-{n}", is_missing=True) for n in (1, 2, 3)), Candidate("999-4"))
    assert bench.erased.looked_up == ["999-1", "999-2", "999-3"]
    assert bench.importer.looks_itself == ["999-2", "999-4"]


def test_each_import_looks_itself_where_it_cannot_be_looked_up_before() -> None:
    bench = Bench()
    bench.erased.works_for = 0
    tally = bench(*(Candidate(f"999-{n}", is_missing=True) for n in (1, 2)))
    assert (sorted(tally.imported), bench.importer.looks_itself) == (["999-1", "999-2"], ["999-1", "999-2"])


def test_no_more_is_looked_up_before_than_a_run_may_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    monkeypatch.setattr("zonos_orders.import_many._LOOKED_AHEAD", 2)
    bench(*(Candidate(f"999-{n}", is_missing=True) for n in (1, 2, 3)))
    assert (bench.erased.looked_up, bench.importer.looks_itself) == (["999-1", "999-2"], ["999-3"])


def test_what_was_looked_up_before_the_table_failed_need_not_be_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    monkeypatch.setattr("zonos_orders.import_many._LOOKED_UP_AT_ONCE", 2)
    bench.erased.works_for = 1
    bench(*(Candidate(f"999-{n}", is_missing=True) for n in (1, 2, 3)))
    assert (bench.erased.looked_up, bench.importer.looks_itself) == (["999-1", "999-2", "999-3"], ["999-3"])


def test_what_is_looked_up_in_pieces_is_known_of_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    monkeypatch.setattr("zonos_orders.import_many._LOOKED_UP_AT_ONCE", 2)
    bench(*(Candidate(f"999-{n}", is_missing=True) for n in (1, 2, 3)))
    assert (bench.erased.calls, bench.importer.looks_itself) == (2, [])


@pytest.mark.parametrize(("seconds", "calls"), [(200, 3), (280, 4), (0, 0)])
def test_to_look_ahead_takes_a_tenth_of_the_time(
    monkeypatch: pytest.MonkeyPatch, seconds: float, calls: int
) -> None:
    bench = Bench()
    monkeypatch.setattr("zonos_orders.import_many._LOOKED_UP_AT_ONCE", 1)
    bench.erased.takes = 7
    bench(*(Candidate(f"999-{n}", is_missing=True) for n in range(1, 9)), seconds=seconds)
    assert bench.erased.calls == calls
