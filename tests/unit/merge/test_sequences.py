"""What holds for every sequence of fetches."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.merge.records import (
    CANCELLED,
    COMPLETED,
    DAY,
    HOLD,
    MINUTE,
    NOW,
    PREPARING,
    READY,
    REQUESTED,
    REVIEW,
    T1,
    merged,
    order,
    through_table,
)
from zonos_orders.instants import day_of
from zonos_orders.merge import Merge, Outcome
from zonos_orders.order import Order

STATUSES = [READY, REVIEW, HOLD, REQUESTED, CANCELLED, PREPARING, COMPLETED, "SOMETHING_NEW", None]
fetches = st.builds(
    order,
    st.sampled_from(STATUSES),
    st.integers(T1, T1 + 20),
    cslListMatch=st.sampled_from([None, False, True]),
    merchantOrderId=st.sampled_from([None, "12-34567"]),
    name=st.sampled_from(["Ada", "Eve"]),
)


def steps(sequence: list[Order]) -> list[Merge]:
    result: list[Merge] = []
    stored = None
    for n, fetched in enumerate(sequence):
        result.append(merged(stored, fetched, NOW + n * MINUTE))
        stored = result[-1].order
    return result


@given(st.lists(fetches, min_size=1, max_size=12))
def test_whatever_the_order_of_arrival_a_status_date_never_falls_and_each_write_is_one_revision(
    sequence: list[Order],
) -> None:
    for before, then in pairwise(steps(sequence)):
        assert (then.order.status_changed_at or 0) >= (before.order.status_changed_at or 0)
        assert then.order.revision == before.order.revision + then.writes
        assert then.writes or then.order == before.order


@given(st.lists(fetches, min_size=1, max_size=12))
def test_fetches_in_the_order_of_their_dates_end_in_the_last_state(sequence: list[Order]) -> None:
    in_order = sorted(sequence, key=lambda fetched: fetched.status_changed_at or 0)
    results = steps(in_order)
    last, stored = in_order[-1], results[-1].order

    assert Outcome.STALE not in [result.outcome for result in results]
    assert stored.zonos_status == last.zonos_status
    assert stored.status_changed_at == last.status_changed_at
    assert stored.attributes["order"] == last.content
    assert stored.revision == sum(result.writes for result in results)


@given(st.lists(fetches, min_size=1, max_size=12))
def test_merging_any_state_again_changes_nothing(sequence: list[Order]) -> None:
    for fetched, result in zip(sequence, steps(sequence), strict=True):
        stored = through_table(result.order)
        again = merged(stored, fetched, NOW + DAY)

        assert again.order is stored
        assert again.outcome is (Outcome.STALE if result.outcome is Outcome.STALE else Outcome.UNCHANGED)


@given(st.lists(fetches, min_size=1, max_size=12))
def test_every_state_holds_together(sequence: list[Order]) -> None:
    generation = 0
    was_in_review = False
    for result in steps(sequence):
        item = result.order.attributes
        taken_over = "merchant_order_id" in item
        generation += result.starts_review

        assert (item["disposition"] == "HELD") == bool(item["hold_reasons"]) == ("held_day" in item)
        assert ("to_ship_day" in item) == (item["disposition"] == "READY" and not taken_over)
        assert item["order_day"] == day_of(item["order_date"])
        assert result.starts_review == (result.order.in_review and not was_in_review)
        assert result.order.review_generation == generation
        assert len(item["history"]) <= result.order.revision
        assert item["history"][-1]["zonos_status"] == item["zonos_status"]
        assert item["history"][-1]["disposition"] == item["disposition"]
        was_in_review = result.order.in_review
