"""Many imports side by side: each order succeeds or fails on its own, and its record follows."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.import_bench import ON_HOLD, READY, Bench, failure, imported, orders
from zonos_orders.clock import Deadline
from zonos_orders.errors import (
    AwsUnavailable,
    BadCredentials,
    OrderNotFound,
    UnexpectedAnswer,
    ZonosUnavailable,
)
from zonos_orders.import_many import Candidate
from zonos_orders.import_order import Imported
from zonos_orders.merge import Outcome
from zonos_orders.reconciliation_table import Failure
from zonos_orders.stored_order import StoredOrder


@pytest.fixture
def import_many() -> Bench:
    return Bench()


def test_nothing_to_import_is_clean(import_many: Bench) -> None:
    tally = import_many()
    assert (tally.is_clean, tally.stopped) == (True, None)


def test_the_oldest_order_is_first(import_many: Bench) -> None:
    import_many("999-100", "999-99", "999-1000")
    assert import_many.importer.tried == ["999-99", "999-100", "999-1000"]


def test_outcomes_are_counted(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = imported("999-100", Outcome.UNCHANGED)
    tally = import_many(*orders(3))
    assert (tally.count(Outcome.NEW), tally.count(Outcome.UNCHANGED)) == (2, 1)


@pytest.mark.parametrize("error", [UnexpectedAnswer("no order map"), KeyError("Ada"), RecursionError()])
def test_an_order_that_fails_in_any_way_holds_up_no_other(import_many: Bench, error: Exception) -> None:
    import_many.importer.answers["999-101"] = error
    tally = import_many(*orders(3))
    assert (set(tally.imported), tally.is_clean) == ({"999-100", "999-102"}, True)
    assert dict(tally.failed) == {type(error).__name__: 1}


def test_a_foreign_errors_text_is_not_repeated(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = KeyError("Ada Sample")
    assert import_many("999-100").failures == {"999-100": "KeyError"}


def test_side_by_side_each_order_is_imported_once() -> None:
    import_many, lock, running, most = Bench(concurrency=4), threading.Lock(), [0], [0]

    def work(_deadline: Deadline) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    import_many.importer.meanwhile = work
    tally = import_many(*orders(20))
    assert sorted(import_many.importer.tried) == sorted(tally.imported) == orders(20)
    assert 1 < most[0] <= 4


def test_an_order_gets_ten_seconds_of_zonos_at_most(import_many: Bench) -> None:
    seconds: list[float] = []
    import_many.importer.meanwhile = lambda deadline: seconds.append(deadline.remaining())
    import_many("999-100")
    import_many("999-100", seconds=5)
    assert seconds == pytest.approx([10, 5])


# When to stop


def test_five_orders_in_a_row_without_zonos_are_enough(import_many: Bench) -> None:
    import_many.importer.answers = dict.fromkeys(orders(8), ZonosUnavailable("down"))
    tally = import_many(*orders(8))
    assert (import_many.importer.tried, tally.left, tally.stopped) == (orders(5), 3, "Zonos is down")
    assert not tally.is_clean


@pytest.mark.parametrize("answer", [imported("999-104"), UnexpectedAnswer("no order map")])
def test_any_other_answer_in_between_goes_on(import_many: Bench, answer: Exception | Imported) -> None:
    down: dict[str, Any] = dict.fromkeys(orders(8), ZonosUnavailable("down"))
    import_many.importer.answers = down | {"999-104": answer}
    assert import_many(*orders(8)).left == 0


def test_bad_credentials_stop_at_once(import_many: Bench) -> None:
    import_many.importer.answers["999-101"] = BadCredentials("refused")
    tally = import_many(*orders(8))
    assert (import_many.importer.tried, tally.left) == (orders(2), 6)


def test_no_order_is_begun_when_the_time_is_nearly_over(import_many: Bench) -> None:
    tally = import_many(*orders(3), seconds=1)
    assert (import_many.importer.tried, tally.left) == ([], 3)
    assert tally.stopped == "the time was nearly over"


def test_orders_begun_before_the_time_was_over_are_finished(import_many: Bench) -> None:
    import_many.importer.meanwhile = lambda _deadline: import_many.clock.pass_time(40)
    tally = import_many(*orders(3), seconds=60)
    assert (set(tally.imported), tally.left, tally.is_clean) == ({"999-100", "999-101"}, 1, False)


def test_being_done_just_in_time_is_clean(import_many: Bench) -> None:
    import_many.importer.meanwhile = lambda _deadline: import_many.clock.pass_time(60)
    tally = import_many("999-100", seconds=60)
    assert (tally.is_clean, tally.stopped) == (True, None)


# The records


def test_a_failure_of_an_order_is_one_strike_more(import_many: Bench) -> None:
    import_many.importer.answers = dict.fromkeys(orders(2), UnexpectedAnswer("no order map"))
    import_many(*orders(2), earlier=failure("999-101"))
    assert import_many.log.noted == {"999-100": 1, "999-101": 4}


def test_zonos_failing_for_one_order_alone_is_a_strike(import_many: Bench) -> None:
    import_many.importer.answers["999-101"] = ZonosUnavailable("down")
    import_many(*orders(3), earlier=failure("999-101"))
    assert import_many.log.noted == {"999-101": 4}


def test_zonos_failing_for_all_is_no_orders_strike(import_many: Bench) -> None:
    import_many.importer.answers = dict.fromkeys(orders(8), ZonosUnavailable("down"))
    import_many(*orders(8), earlier=failure("999-101"))
    assert import_many.log.noted == {**dict.fromkeys(orders(5), 0), "999-101": 3}


def test_success_closes_the_record(import_many: Bench) -> None:
    import_many(*orders(2), earlier=failure("999-101"))
    assert import_many.table.closed == ["999-101"]


def test_a_failure_that_cannot_be_recorded_is_not_clean(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = UnexpectedAnswer("no order map")
    import_many.log.works = False
    tally = import_many("999-100")
    assert (tally.unrecorded, tally.is_clean) == (1, False)


def test_a_dry_run_touches_no_record(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = UnexpectedAnswer("no order map")
    tally = import_many(*orders(2), earlier=failure("999-101"), dry_run=True)
    assert (tally.failures, set(tally.imported)) == (
        {"999-100": "UnexpectedAnswer: no order map"},
        {"999-101"},
    )
    assert (import_many.log.noted, import_many.table.closed) == ({}, [])


# The listing and the order itself


@pytest.mark.parametrize("outcome", [Outcome.UNCHANGED, Outcome.STALE])
def test_a_listing_that_goes_on_contradicting_is_a_failure(import_many: Bench, outcome: Outcome) -> None:
    import_many.importer.answers["999-100"] = imported("999-100", outcome)
    tally = import_many(Candidate("999-100", listed_status=ON_HOLD), earlier=failure("999-100"))
    assert dict(tally.failed) == {"StatusDisagrees": 1}
    assert (import_many.log.noted, import_many.table.closed) == ({"999-100": 4}, [])


@pytest.mark.parametrize(
    ("outcome", "listed"), [(Outcome.NEW, ON_HOLD), (Outcome.CHANGED, ON_HOLD), (Outcome.UNCHANGED, READY)]
)
def test_a_listing_that_may_just_be_behind_is_none(import_many: Bench, outcome: Outcome, listed: str) -> None:
    import_many.importer.answers["999-100"] = imported("999-100", outcome)
    assert not import_many(Candidate("999-100", listed_status=listed)).failed


# Numbers that a redirect guessed


def test_a_guess_is_forgotten(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = OrderNotFound("unknown")
    tally = import_many("999-100", earlier=failure("999-100", reported_by="success_redirect"))
    assert (import_many.table.closed, import_many.log.noted) == (["999-100"], {})
    assert tally.is_clean


def test_a_number_mistyped_by_hand_is_forgotten_too(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = OrderNotFound("unknown")
    import_many("999-100", earlier=failure("999-100", reported_by="reconcile"))
    assert import_many.table.closed == ["999-100"]


def test_a_guess_that_cannot_be_forgotten_is_not_clean(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = OrderNotFound("unknown")
    import_many.table.works = False
    tally = import_many("999-100", earlier=failure("999-100", reported_by="success_redirect"))
    assert not tally.is_clean


@pytest.mark.parametrize(
    ("reported_by", "is_listed", "error"),
    [
        ("recheck", False, OrderNotFound("unknown")),
        ("success_redirect", True, OrderNotFound("unknown")),
        ("success_redirect", False, UnexpectedAnswer("no order map")),
    ],
)
def test_what_may_be_an_order_is_not_forgotten(
    import_many: Bench, reported_by: str, is_listed: bool, error: Exception
) -> None:
    import_many.importer.answers["999-100"] = error
    earlier = failure("999-100", reported_by=reported_by)
    import_many(Candidate("999-100", is_listed=is_listed), earlier=earlier)
    assert import_many.table.closed == []


# What is a strike, and what is not


def test_zonos_failing_for_the_only_order_tried_is_no_strike(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = ZonosUnavailable("down")
    import_many("999-100")
    assert import_many.log.noted == {"999-100": 0}


@pytest.mark.parametrize("first_failed_at", [0, 99_000_000])
def test_zonos_failing_for_the_only_order_again_and_again_is_a_strike(
    import_many: Bench, first_failed_at: int
) -> None:
    import_many.importer.answers["999-100"] = ZonosUnavailable("down")
    earlier = replace(failure("999-100"), first_failed_at=first_failed_at, last_failed_at=3_600_000)
    import_many("999-100", earlier=earlier)
    assert import_many.log.noted == {"999-100": 4}


def test_an_outage_is_no_strike_however_long_it_lasts(import_many: Bench) -> None:
    import_many.importer.answers = dict.fromkeys(orders(5), ZonosUnavailable("down"))
    import_many(*orders(5), earlier=replace(failure("999-100"), first_failed_at=0, last_failed_at=99_000_000))
    assert set(import_many.log.noted.values()) == {0, 3}


def test_an_outage_that_begins_in_the_middle_is_no_orders_strike(import_many: Bench) -> None:
    import_many.importer.answers = {one: ZonosUnavailable("down") for one in orders(8)[1:]}
    tally = import_many(*orders(8))
    assert (set(tally.imported), tally.left) == ({"999-100"}, 2)
    assert import_many.log.noted == dict.fromkeys(orders(6)[1:], 0)


def test_an_outage_that_cannot_be_recorded_is_not_clean(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = ZonosUnavailable("down")
    import_many.log.works = False
    assert not import_many("999-100").is_clean


def test_of_those_that_failed_the_longest_untried_is_first(import_many: Bench) -> None:
    recent = Failure("999-100", "UnexpectedAnswer", 1, "reconcile", last_failed_at=20, next_attempt_at=30)
    long_ago = Failure("999-101", "UnexpectedAnswer", 3, "reconcile", last_failed_at=10, next_attempt_at=40)
    import_many("999-100", "999-101", "999-102", recent=recent, long_ago=long_ago)
    assert import_many.importer.tried == ["999-102", "999-101", "999-100"]


def test_aws_failing_is_no_orders_strike(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = AwsUnavailable("read the order: ThrottlingException")
    import_many(*orders(2), earlier=failure("999-100"))
    assert import_many.log.noted == {"999-100": 3}


def test_a_dry_run_forgets_no_guess(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = OrderNotFound("unknown")
    import_many("999-100", earlier=failure("999-100", reported_by="success_redirect"), dry_run=True)
    assert import_many.table.closed == []


def test_a_number_that_nobody_lists_and_zonos_knows_not_leaves_no_record(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = OrderNotFound("unknown")
    tally = import_many("999-100")
    assert (import_many.log.noted, tally.failures) == ({}, {"999-100": "OrderNotFound: unknown"})


def test_a_listed_order_that_zonos_knows_not_is_recorded(import_many: Bench) -> None:
    import_many.importer.answers["999-100"] = OrderNotFound("unknown")
    import_many(Candidate("999-100", is_missing=True, is_listed=True))
    assert import_many.log.noted == {"999-100": 1}


# What is kept of the orders


@pytest.mark.parametrize("whole", [False, True])
def test_the_content_of_an_order_is_kept_only_where_it_is_asked_for(whole: bool) -> None:
    bench = Bench()
    order = StoredOrder({"order_id": "999-1", "zonos_status": READY, "order": {"name": "somebody"}})
    bench.importer.answers["999-1"] = Imported(Outcome.NEW, order)
    tally = bench("999-1", whole=whole)
    assert ("order" in tally.imported["999-1"].order.attributes) == whole
    assert tally.imported["999-1"].order.order_id == "999-1"
