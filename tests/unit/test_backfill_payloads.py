"""What the backfill may be started with, and what its state machine hands to its function."""

import json
from typing import Any

import pytest

from tests.sandbox.sam_template import ROOT
from zonos_orders.backfill_payloads import Progress, Slice, SliceRequest, read_backfill_request
from zonos_orders.errors import InvalidInput
from zonos_orders.payloads import ReconcileRequest

STORE = "999"
WINDOW = {"sinceDate": "20240101", "throughDate": "20240104"}
MANY = [f"999-{n}" for n in range(1, 5001)]
LONGEST = [f"9999999999-{10**18 + n}" for n in range(5000)]


def test_an_input_is_planned_for() -> None:
    read = read_backfill_request
    assert read({"plan": WINDOW}, STORE) == ReconcileRequest("20240101", "20240104")
    assert read({"plan": {"sinceDate": "20240101"}}, STORE) == ReconcileRequest("20240101")
    assert read({"plan": {"orderIds": ["100", "999-0100", "999-101"]}}, STORE) == ReconcileRequest(
        order_ids=("999-100", "999-101")
    )
    assert read({"plan": {"orderIds": MANY}}, STORE) == ReconcileRequest(order_ids=tuple(MANY))


@pytest.mark.parametrize("file", ["backfill_window", "backfill_order_ids"])
def test_the_inputs_in_events_are_understood(file: str) -> None:
    payload = json.loads((ROOT / f"events/{file}.json").read_text(encoding="utf-8"))
    assert isinstance(read_backfill_request({"plan": payload}, STORE), ReconcileRequest)


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        WINDOW | {"dryRun": True},
        {"throughDate": "20240101"},
        {"sinceDate": "20240102", "throughDate": "20240101"},
        {"sinceDate": "20230229"},
        {"sinceDate": "2024-01-01"},
        {"sinceDate": 20240101},
        {"orderIds": []},
        {"orderIds": [*MANY, "999-5001"]},
        {"orderIds": ["998-1"]},
        {"orderIds": "999-1"},
        {"sinceOrderId": "999-1"},
        {"source": "aws.scheduler"},
        {"recheck": "held"},
    ],
)
def test_any_other_input_is_refused_in_words_that_say_what_is_expected(given: Any) -> None:
    with pytest.raises(InvalidInput, match=r'expected \{"sinceDate": .*"orderIds"') as refused:
        read_backfill_request({"plan": given}, STORE)
    assert "998" not in str(refused.value)


def test_a_slice_comes_back_as_it_was_handed_on() -> None:
    for piece in (Slice("20240101", "20240104"), Slice(order_ids=("999-100", "999-101"))):
        for so_far in (Progress(), Progress(3, 40, 30, 20, 5, 1, ("999-7",))):
            event = json.loads(json.dumps({"slice": piece.payload(), "so_far": so_far.payload()}))
            assert read_backfill_request(event, STORE) == SliceRequest(piece, so_far)
    assert read_backfill_request({"slice": WINDOW, "so_far": {}}, STORE) == SliceRequest(
        Slice("20240101", "20240104"), Progress()
    )


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        WINDOW,
        {"slice": WINDOW},
        {"slice": {"sinceDate": "20240101"}, "so_far": {}},
        {"slice": WINDOW, "so_far": None},
        {"slice": WINDOW, "so_far": {"name": "x"}},
        {"slice": WINDOW, "so_far": {"imported": "1"}},
        {"slice": WINDOW, "so_far": {"imported": True}},
        {"slice": WINDOW, "so_far": {"imported": -1}},
        {"slice": WINDOW, "so_far": {"imported": 10**4000}},
        {"slice": WINDOW, "so_far": {"failed_orders": "999-1"}},
        {"slice": WINDOW, "so_far": {"failed_orders": [1]}},
        {"slice": WINDOW, "so_far": {}, "plan": {}},
    ],
)
def test_anything_else_is_refused(event: Any) -> None:
    with pytest.raises(InvalidInput, match="expected "):
        read_backfill_request(event, STORE)


MANY_FAILED = [f"999-{n}" for n in range(1, 400)]


def test_of_many_orders_that_failed_some_are_named_and_each_is_counted_once() -> None:
    failed, named = Progress().failed_after(set(), MANY_FAILED, set())
    assert (failed, named) == (399, tuple(MANY_FAILED[:250]))
    before = Progress(failed=failed, failed_orders=named)
    assert before.failed_after(set(), MANY_FAILED, set(MANY_FAILED)) == (399, named)
    assert before.failed_after(set(), [], set(MANY_FAILED)) == (399, named)


def test_what_was_imported_since_has_not_failed() -> None:
    before = Progress(failed=3, failed_orders=("999-1", "999-2", "999-3"))
    on_record = set(before.failed_orders)
    assert before.failed_after({"999-2"}, ["999-4"], on_record) == (3, ("999-1", "999-3", "999-4"))
    by_somebody_else = on_record - {"999-2"}
    assert before.failed_after(set(), [], by_somebody_else) == (2, ("999-1", "999-3"))
    all_of_them = Progress(failed=399, failed_orders=tuple(MANY_FAILED[:250]))
    assert all_of_them.failed_after(set(MANY_FAILED), [], set(MANY_FAILED)) == (0, ())


def test_what_had_failed_before_the_backfill_is_counted_when_it_fails_again() -> None:
    assert Progress().failed_after(set(), ["999-1"], {"999-1"}) == (1, ("999-1",))


def test_the_longest_list_fits_into_an_execution() -> None:
    """AWS takes 256 KB: as the input, and in slices as what the plan hands on."""
    assert len(json.dumps({"orderIds": LONGEST})) < 200 * 1024
