"""The rules of the hand-over: who may take over what, what may leave, what Zonos is told."""

from typing import Any

import pytest

from tests.unit.merge.records import (
    ALL,
    CANCELLED,
    COMPLETED,
    HOLD,
    NOW,
    PREPARING,
    READY,
    REQUESTED,
    REVIEW,
    T1,
    T2,
    T3,
    after,
    merged,
    order,
    through_table,
)
from zonos_orders.hand_over import (
    take_over,
    what_objects_to_progress,
    what_objects_to_shipping,
    written_back,
)
from zonos_orders.merge import Outcome
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder

LABELS = "IGLOBAL_LABELS_PROCESSING"


def taken(stored: StoredOrder, number: str = "M-1", *, force: bool = False) -> StoredOrder:
    written = take_over(stored, number, ALL, NOW, force=force).order
    assert written is not None
    return through_table(written)


# Taking over


def test_a_ready_order_is_taken_over_and_leaves_the_work_list() -> None:
    stored = after(order())
    item = taken(stored).attributes

    assert (item["taken_over_at"], item["merchant_order_id"]) == ("2026-03-03T12:00:00.000Z", "M-1")
    assert (item["revision"], item["updated_by"]) == (2, "order_desk")
    assert "to_ship_day" in stored.attributes
    assert "to_ship_day" not in item
    assert item["write_back_day"] == "20260303"


@pytest.mark.parametrize(
    ("status", "content", "reasons"),
    [
        (REVIEW, {}, ("FRAUD_REVIEW",)),
        (HOLD, {"cslListMatch": True}, ("ON_HOLD", "CSL_MATCH")),
        ("IGLOBAL_SOMETHING_NEW", {}, ("UNKNOWN_STATUS",)),
        (CANCELLED, {}, ("CANCELLED",)),
        (PREPARING, {}, ("FULFILLING",)),
        (LABELS, {}, ("FULFILLING",)),
        (COMPLETED, {}, ("COMPLETED",)),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_an_order_that_is_not_ready_is_not_taken_over(
    status: str, content: dict[str, Any], reasons: tuple[str, ...], force: bool
) -> None:
    decision = take_over(after(order(status, **content)), "M-1", ALL, NOW, force=force)

    assert decision.order is None
    assert decision.objections == reasons


def test_what_the_present_policy_holds_is_not_taken_over_and_held_from_now_on() -> None:
    stored = after(order())
    tightened = ShippingPolicy(ship_from_ms=NOW)
    decision = take_over(stored, "M-1", tightened, NOW)

    assert decision.objections == ("BEFORE_GO_LIVE",)
    assert decision.order is not None
    item = through_table(decision.order).attributes
    assert (item["disposition"], item["revision"]) == ("HELD", 2)
    assert not {"to_ship_day", "taken_over_at", "merchant_order_id"} & item.keys()


def test_what_is_taken_over_already_is_judged_by_no_later_policy() -> None:
    stored = taken(after(order()))
    assert take_over(stored, "M-1", ShippingPolicy(ship_from_ms=NOW), NOW).objections == ()


@pytest.mark.parametrize("status", [READY, REVIEW, CANCELLED, PREPARING])
def test_the_same_number_again_changes_nothing_whatever_became_of_the_order(status: str) -> None:
    stored = taken(after(order()))
    if status != READY:
        stored = through_table(merged(stored, order(status, T2)).order)

    assert take_over(stored, "M-1", ALL, NOW) == take_over(stored, "M-1", ALL, NOW, force=True)
    assert take_over(stored, "M-1", ALL, NOW).order is None
    assert take_over(stored, "M-1", ALL, NOW).objections == ()


def test_another_number_is_refused_unless_forced() -> None:
    stored = taken(after(order()))
    refused = take_over(stored, "M-2", ALL, NOW + 1)
    forced = taken(stored, "M-2", force=True)

    assert (refused.order, refused.objections) == (None, ("TAKEN_OVER_UNDER_ANOTHER_NUMBER",))
    assert forced.merchant_order_id == "M-2"
    assert forced.attributes["taken_over_at"] == stored.attributes["taken_over_at"]
    assert not forced.is_written_back


def test_an_order_that_zonos_lists_with_a_number_counts_as_taken_over() -> None:
    stored = after(order(merchantOrderId="M-9"))

    assert stored.taken_over
    assert take_over(stored, "M-1", ALL, NOW).objections == ("TAKEN_OVER_UNDER_ANOTHER_NUMBER",)
    assert taken(stored, "M-9").is_written_back  # Zonos knows it already
    assert not taken(stored, "M-1", force=True).is_written_back


@pytest.mark.parametrize("status", [READY, PREPARING, LABELS])
def test_the_number_that_zonos_lists_already_is_taken_over_once_preparation_has_begun_too(
    status: str,
) -> None:
    item = taken(after(order(status, merchantOrderId="M-9")), "M-9")
    assert (item.taken_over_here, item.merchant_order_id, item.is_written_back) == (True, "M-9", True)
    assert what_objects_to_shipping(item) == ()


@pytest.mark.parametrize(("status", "reason"), [(REVIEW, "FRAUD_REVIEW"), (COMPLETED, "COMPLETED")])
def test_the_number_that_zonos_lists_lets_nothing_else_be_taken_over(status: str, reason: str) -> None:
    stored = after(order(status, merchantOrderId="M-9"))
    assert take_over(stored, "M-9", ALL, NOW).objections == (reason,)
    assert take_over(after(order(PREPARING, merchantOrderId="M-9")), "M-1", ALL, NOW).objections == (
        "FULFILLING",
    )


# What an import carries along


@pytest.mark.parametrize("status", [READY, REVIEW, CANCELLED, PREPARING, COMPLETED])
def test_a_later_import_clears_nothing_of_a_take_over(status: str) -> None:
    stored = taken(after(order()))
    for fetched in (order(status, T2, name="Ada"), order(READY, T3)):
        stored = through_table(merged(stored, fetched).order)
        item = stored.attributes
        assert (item["taken_over_at"], item["merchant_order_id"]) == ("2026-03-03T12:00:00.000Z", "M-1")
        assert "to_ship_day" not in item
        assert item["write_back_day"] == "20260303"


def test_a_number_that_zonos_shows_is_written_back() -> None:
    stored = taken(after(order()))
    merge = merged(stored, order(merchantOrderId="M-1"))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.is_written_back


def test_another_number_at_zonos_does_not_replace_the_one_that_the_order_was_taken_over_with() -> None:
    confirmed = through_table(merged(taken(after(order())), order(merchantOrderId="M-1")).order)
    stored = merged(confirmed, order(merchantOrderId="M-7")).order

    assert stored.merchant_order_id == "M-1"
    assert stored.attributes["write_back_day"] == "20260303"  # Zonos is told again


def test_a_confirmed_number_is_noted_once() -> None:
    stored = taken(after(order()))
    confirmed = written_back(stored, "M-1", NOW, "reconcile")

    assert confirmed is not None
    assert confirmed.is_written_back
    assert (confirmed.revision, confirmed.attributes["updated_by"]) == (3, "reconcile")
    assert written_back(through_table(confirmed), "M-1", NOW, "reconcile") is None


def test_a_number_that_was_replaced_meanwhile_is_not_noted_as_confirmed() -> None:
    assert written_back(taken(taken(after(order())), "M-2", force=True), "M-1", NOW, "reconcile") is None


# May it leave?


@pytest.mark.parametrize(
    ("status", "content", "reasons"),
    [
        (READY, {}, ()),
        (REVIEW, {}, ("FRAUD_REVIEW",)),
        (READY, {"cslListMatch": True}, ("CSL_MATCH",)),
        (CANCELLED, {}, ("CANCELLED",)),
        (PREPARING, {}, ("TAKEN_OVER_ELSEWHERE",)),
        (PREPARING, {"merchantOrderId": "X-1"}, ("TAKEN_OVER_ELSEWHERE",)),
        (READY, {"merchantOrderId": "X-1"}, ("TAKEN_OVER_ELSEWHERE",)),
        (COMPLETED, {}, ("COMPLETED",)),
    ],
)
def test_what_objects_to_shipping(status: str, content: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert what_objects_to_shipping(after(order(status, **content))) == reasons


def test_what_the_merchant_took_over_may_leave_while_it_is_being_prepared() -> None:
    stored = merged(taken(after(order())), order(PREPARING, T2)).order
    assert what_objects_to_shipping(stored) == ()


# Is Zonos told?


@pytest.mark.parametrize(
    ("status", "content", "of_status", "of_tracking"),
    [
        (READY, {}, (), ()),
        (PREPARING, {}, (), ()),
        (LABELS, {}, ("BLOCKED_BY_ZONOS",), ()),
        (COMPLETED, {}, ("BLOCKED_BY_ZONOS",), ()),
        (REVIEW, {}, ("FRAUD_REVIEW",), ("FRAUD_REVIEW",)),
        (HOLD, {}, ("ON_HOLD",), ("ON_HOLD",)),
        (REQUESTED, {}, ("CANCELLATION_REQUESTED",), ("CANCELLATION_REQUESTED",)),
        (READY, {"cslListMatch": True}, ("CSL_MATCH",), ("CSL_MATCH",)),
        (CANCELLED, {}, ("CANCELLED",), ("CANCELLED",)),
        ("IGLOBAL_ORDER_CANCELED", {}, ("CANCELLED",), ("CANCELLED",)),
    ],
)
def test_what_objects_to_telling_zonos(
    status: str, content: dict[str, Any], of_status: tuple[str, ...], of_tracking: tuple[str, ...]
) -> None:
    stored = after(order(status, T1, **content))

    assert what_objects_to_progress(stored, changes_status=True) == of_status
    assert what_objects_to_progress(stored, changes_status=False) == of_tracking


def test_an_order_that_was_emptied_by_hand_can_be_taken_over() -> None:
    left = {name: value for name, value in after(order()).attributes.items() if name != "order"}
    assert take_over(StoredOrder(left), "M-1", ALL, NOW).order is not None


@pytest.mark.parametrize(
    ("status", "number"),
    [(CANCELLED, "M-9"), (CANCELLED, "M-1"), (REVIEW, "M-9"), (REVIEW, "M-1"), (PREPARING, "M-1")],
)
def test_what_others_have_numbered_is_not_taken_over_unless_it_is_ready(status: str, number: str) -> None:
    decision = take_over(after(order(status, merchantOrderId="M-9")), number, ALL, NOW, force=True)
    assert decision.order is None
    assert decision.objections
