"""When a review begins, goes on, ends and expires."""

import pytest

from tests.unit.merge.records import (
    ALL,
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
    T2,
    T3,
    after,
    merged,
    order,
    through_table,
)
from zonos_orders.instants import iso
from zonos_orders.merge import Merge, Outcome, expire_review, raise_generation
from zonos_orders.status import ShippingPolicy


def test_a_review_of_zonos_that_becomes_a_hold_is_the_same_review() -> None:
    stored = after(order(REVIEW))
    merge = merged(stored, order(HOLD, T2), NOW + DAY)

    assert not merge.starts_review
    assert merge.order.review_generation == 1
    assert merge.order.attributes["review_started_at"] == stored.attributes["review_started_at"]


@pytest.mark.parametrize("end", [READY, CANCELLED, PREPARING, COMPLETED])
def test_a_review_ends_with_the_status_and_its_number_is_kept(end: str) -> None:
    merge = merged(after(order(REVIEW)), order(end, T2))

    assert not merge.order.in_review
    assert not merge.starts_review
    assert merge.order.review_generation == 1
    assert merge.order.hold_reasons == ()


@pytest.mark.parametrize("back", [REVIEW, HOLD, REQUESTED, "SOMETHING_NEW"])
def test_back_in_review_is_a_new_review(back: str) -> None:
    merge = merged(after(order(REVIEW), order(READY, T2)), order(back, T3), NOW + DAY)

    assert merge.starts_review
    assert merge.order.review_generation == 2
    assert merge.order.attributes["review_started_at"] == iso(NOW + DAY)


def test_a_hold_that_a_person_must_clear_is_no_review() -> None:
    merge = merged(None, order(READY, cslListMatch=True, testOrder=True))

    assert merge.order.hold_reasons == ("CSL_MATCH", "TEST_ORDER")
    assert not merge.starts_review
    assert "review_generation" not in merge.order.attributes


def test_an_objection_that_joins_or_leaves_does_not_begin_a_review_anew() -> None:
    stored = after(order(REVIEW), order(REVIEW, cslListMatch=True))
    merge = merged(stored, order(REVIEW))

    assert stored.review_generation == merge.order.review_generation == 1
    assert not merge.starts_review


def test_an_order_from_before_go_live_is_never_in_review() -> None:
    policy = ShippingPolicy(ship_from_ms=NOW)
    stored = after(order(REVIEW), policy=policy)

    assert stored.hold_reasons == ("FRAUD_REVIEW", "BEFORE_GO_LIVE")
    assert stored.review_generation == 0
    assert not merged(stored, order(HOLD, T2), policy=policy).starts_review


def test_an_order_from_before_go_live_enters_review_when_go_live_is_set_earlier() -> None:
    stored = after(order(REVIEW), policy=ShippingPolicy(ship_from_ms=NOW))

    assert merged(stored, order(REVIEW), policy=ALL).starts_review


def test_an_expired_review_is_held_still_and_watched_no_more() -> None:
    stored = after(order(REVIEW, cslListMatch=True))
    expired = expire_review(stored, NOW + 30 * DAY, "recheck")

    assert expired.hold_reasons == ("FRAUD_REVIEW", "CSL_MATCH", "REVIEW_EXPIRED")
    assert not expired.in_review
    assert expired.attributes == {
        **stored.attributes,
        "hold_reasons": ["FRAUD_REVIEW", "CSL_MATCH", "REVIEW_EXPIRED"],
        "review_expired_at": iso(NOW + 30 * DAY),
        "revision": 2,
        "updated_at": iso(NOW + 30 * DAY),
        "updated_by": "recheck",
    }


def test_an_expired_review_stays_expired_while_the_status_stays() -> None:
    expired = through_table(expire_review(after(order(REVIEW)), NOW + 30 * DAY, "recheck"))
    same = merged(expired, order(REVIEW))
    edited = merged(expired, order(REVIEW, T2, name="Ada", cslListMatch=True), NOW + 31 * DAY)

    assert same == Merge(Outcome.UNCHANGED, expired)
    assert edited.order.hold_reasons == ("FRAUD_REVIEW", "CSL_MATCH", "REVIEW_EXPIRED")
    assert edited.order.attributes["review_expired_at"] == iso(NOW + 30 * DAY)
    assert not edited.starts_review


@pytest.mark.parametrize("status", [HOLD, REQUESTED, "SOMETHING_NEW"])
def test_after_an_expired_review_a_new_status_in_review_is_a_new_review(status: str) -> None:
    expired = through_table(expire_review(after(order(REVIEW)), NOW + 30 * DAY, "recheck"))
    merge = merged(expired, order(status, T2), NOW + 31 * DAY)

    assert merge.starts_review
    assert "REVIEW_EXPIRED" not in merge.order.hold_reasons
    assert "review_expired_at" not in merge.order.attributes
    assert merge.order.review_generation == 2
    assert merge.order.attributes["review_started_at"] == iso(NOW + 31 * DAY)


@pytest.mark.parametrize("status", [READY, CANCELLED, PREPARING])
def test_after_an_expired_review_a_release_is_a_release(status: str) -> None:
    expired = through_table(expire_review(after(order(REVIEW)), NOW + 30 * DAY, "recheck"))
    merge = merged(expired, order(status, T2))

    assert merge.order.hold_reasons == ()
    assert "review_expired_at" not in merge.order.attributes


def test_a_burnt_name_is_replaced_by_the_next_generation_of_the_same_review() -> None:
    stored = after(order(REVIEW))
    raised = raise_generation(stored, NOW + DAY, "reconcile")

    assert raised.attributes == {
        **stored.attributes,
        "review_generation": 2,
        "revision": 2,
        "updated_at": iso(NOW + DAY),
        "updated_by": "reconcile",
    }


@pytest.mark.parametrize(("now_ms", "age_ms"), [(NOW, 0), (NOW + DAY, DAY), (NOW - MINUTE, 0)])
def test_a_review_ages_from_its_start_and_is_never_younger_than_new(now_ms: int, age_ms: int) -> None:
    stored = after(order(REVIEW))

    assert stored.order_id == "999-1"
    assert stored.review_age_ms(now_ms) == age_ms
