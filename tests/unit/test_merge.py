"""Stored order + fetched order → what to write: the rules of the record."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders.instants import day_of, iso
from zonos_orders.merge import OWNED, Merge, Outcome, expire_review, merge, raise_generation
from zonos_orders.order import Order
from zonos_orders.order_encoding import decode_item, encode_item
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder

NOW = 1_772_539_200_000  # 2026-03-03T12:00:00Z
MINUTE, DAY = 60_000, 86_400_000
T1, T2, T3 = NOW - 30 * MINUTE, NOW - 20 * MINUTE, NOW - 10 * MINUTE
ALL = ShippingPolicy(ship_from_ms=None)
READY, REVIEW, HOLD = "IGLOBAL_ORDER_IN_PROCESS", "IGLOBAL_FRAUD_REVIEW", "IGLOBAL_ORDER_ON_HOLD"
CANCELLED, PREPARING = "IGLOBAL_ORDER_CANCELLED", "VENDOR_PREPARING_ORDER"
COMPLETED, REQUESTED = "VENDOR_END_OF_DAY_COMPLETE", "VENDOR_CANCELLATION_REQUEST"


def order(status: object = READY, at: object = T1, **content: Any) -> Order:
    sent = {"orderId": "999-1", "orderDate": T1, "orderStatus": status, "orderStatusDate": at}
    return Order.read(sent | content, "999-1", NOW)


def merged(
    stored: StoredOrder | None,
    fetched: Order,
    now_ms: int = NOW,
    by: str = "reconcile",
    policy: ShippingPolicy = ALL,
) -> Merge:
    return merge(stored, fetched, policy, now_ms, by)


def after(*fetches: Order, policy: ShippingPolicy = ALL) -> StoredOrder:
    """The stored order after these fetches, a minute apart, each through the table's own types."""
    stored = None
    for n, fetched in enumerate(fetches):
        stored = through_table(merged(stored, fetched, NOW + n * MINUTE, policy=policy).order)
    assert stored is not None
    return stored


def through_table(stored: StoredOrder, **by_others: Any) -> StoredOrder:
    """What the table gives back for an item, with what other writers have put on it."""
    return StoredOrder(decode_item(encode_item({**stored.attributes, **by_others})))


# --- new, unchanged, changed, stale


def test_a_new_order_becomes_a_complete_item() -> None:
    fetched = order(testOrder=False, referenceId="cart-7", unknown={"kept": 1})

    assert merged(None, fetched, by="success_redirect") == Merge(
        Outcome.NEW,
        StoredOrder(
            {
                "order_id": "999-1",
                "revision": 1,
                "zonos_status": READY,
                "disposition": "READY",
                "hold_reasons": [],
                "status_changed_at": T1,
                "order_date": T1,
                "order_day": "20260303",
                "to_ship_day": "20260303",
                "test_order": False,
                "reference_id": "cart-7",
                "imported_at": "2026-03-03T12:00:00.000Z",
                "imported_by": "success_redirect",
                "updated_at": "2026-03-03T12:00:00.000Z",
                "updated_by": "success_redirect",
                "fetched_at": NOW,
                "history": [
                    {
                        "zonos_status": READY,
                        "disposition": "READY",
                        "status_changed_at": T1,
                        "seen_at": "2026-03-03T12:00:00.000Z",
                        "seen_by": "success_redirect",
                    }
                ],
                "order": fetched.content,
            }
        ),
    )


def test_a_new_order_in_review_starts_its_first_review() -> None:
    merge = merged(None, order(REVIEW))

    assert merge.starts_review
    assert merge.order.attributes["review_generation"] == 1
    assert merge.order.attributes["review_started_at"] == "2026-03-03T12:00:00.000Z"
    assert merge.order.attributes["held_day"] == "20260303"
    assert "to_ship_day" not in merge.order.attributes


@pytest.mark.parametrize(
    "fetched",
    [
        order(),
        order(REVIEW),
        order("NEW"),
        order(None, None, orderDate=None),
        order(testOrder=True, cslListMatch=1, referenceId=7, merchantOrderId="12-34567"),
        order(items=[{"quantity": 1, "unitPrice": -5}], notes=None, deep=[[[[]]]], big=10**60),
    ],
)
def test_merging_the_same_twice_changes_nothing(fetched: Order) -> None:
    stored = after(fetched)
    again = merged(stored, fetched, NOW + DAY, by="recheck")

    assert again == Merge(Outcome.UNCHANGED, stored)
    assert not again.writes


@pytest.mark.parametrize(
    ("fetched", "changed"),
    [
        (order(READY, T2), {"status_changed_at": T2}),
        (order(PREPARING, T2), {"zonos_status": PREPARING, "disposition": "FULFILLING"}),
        (order(cslListMatch=True), {"disposition": "HELD", "hold_reasons": ["CSL_MATCH"]}),
        (order(testOrder=True), {"test_order": True, "hold_reasons": ["TEST_ORDER"]}),
        (order(orderDate=T1 - DAY), {"order_date": T1 - DAY, "order_day": "20260302"}),
        (order(referenceId="cart-8"), {"reference_id": "cart-8"}),
        (order(merchantOrderId="12-34567"), {"merchant_order_id": "12-34567"}),
        (order(name="Ada"), {"order": order(name="Ada").content}),
        (order(referenceId=None), {"order": order(referenceId=None).content}),
    ],
)
def test_whatever_zonos_changed_is_written_as_the_next_revision(
    fetched: Order, changed: dict[str, Any]
) -> None:
    merge = merged(after(order()), fetched, NOW + DAY, by="recheck")
    item = merge.order.attributes

    assert merge.outcome is Outcome.CHANGED
    assert merge.writes
    assert {name: item[name] for name in changed} == changed
    assert item["revision"] == 2
    assert item["updated_at"] == "2026-03-04T12:00:00.000Z"
    assert item["updated_by"] == "recheck"
    assert item["fetched_at"] == NOW + DAY


def test_content_that_changed_within_the_same_status_and_time_is_written() -> None:
    stored = after(order(address1="1 Example Street"))
    merge = merged(stored, order(address1="2 Example Street"))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.attributes["order"]["address1"] == "2 Example Street"
    assert merge.order.attributes["history"] == stored.attributes["history"]


def test_a_removed_key_is_a_change_and_leaves_no_trace() -> None:
    merge = merged(after(order(referenceId="cart-7", company="Sample Ltd")), order())

    assert merge.outcome is Outcome.CHANGED
    assert "reference_id" not in merge.order.attributes
    assert "company" not in merge.order.attributes["order"]


@pytest.mark.parametrize("older", [order(REVIEW, T2 - 1), order(READY, T1), order("NEW", T1, name="Ada")])
@pytest.mark.parametrize("stored", [after(order(READY, T2)), after(order(CANCELLED, T2, cslListMatch=1))])
def test_an_older_state_of_zonos_is_refused(stored: StoredOrder, older: Order) -> None:
    merge = merged(stored, older)

    assert merge == Merge(Outcome.STALE, stored)
    assert not merge.writes


@pytest.mark.parametrize(
    "times",
    [
        (None, T1),
        (T1, None),
        (None, None),
        (T3, T1 // 1000),  # seconds: implausible, so not older
        (T3, NOW + 10 * DAY),
        (T3 // 1000, T1),
        (T1, T1),
    ],
)
def test_only_two_plausible_times_can_make_a_state_older(times: tuple[int | None, int | None]) -> None:
    stored_at, fetched_at = times
    merge = merged(after(order(REVIEW, stored_at)), order(READY, fetched_at))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.disposition == "READY"


def test_our_own_clock_never_decides() -> None:
    stored = after(order(REVIEW, T1))

    assert merged(stored, order(READY, T2), NOW - 300 * DAY).outcome is Outcome.CHANGED
    assert merged(stored, order(READY, T1 - 1), NOW + 300 * DAY).outcome is Outcome.STALE


def test_missing_dates_are_left_out_and_the_order_is_stored_all_the_same() -> None:
    item = merged(None, order(READY, None, orderDate=None)).order.attributes

    assert not {"status_changed_at", "order_date", "order_day"} & item.keys()
    assert "status_changed_at" not in item["history"][0]
    assert item["disposition"] == "READY"


def test_an_order_without_a_status_is_stored_with_an_empty_one() -> None:
    item = merged(None, order(None)).order.attributes

    assert item["zonos_status"] == ""
    assert item["hold_reasons"] == ["UNKNOWN_STATUS"]
    assert item["history"][0]["zonos_status"] == ""


def test_a_change_of_the_merchants_policy_alone_is_written() -> None:
    stored = after(order(testOrder=True))
    merge = merged(stored, order(testOrder=True), policy=ShippingPolicy(None, allow_test_orders=True))

    assert merge.outcome is Outcome.CHANGED
    assert merge.order.disposition == "READY"
    assert [entry["disposition"] for entry in merge.order.attributes["history"]] == ["HELD", "READY"]


def test_an_import_is_noted_once_and_never_overwritten() -> None:
    first = merged(None, order(REVIEW), NOW, by="success_redirect").order
    second = merged(first, order(READY, T2), NOW + DAY, by="recheck").order
    third = merged(second, order(CANCELLED, T3), NOW + 2 * DAY, by="reconcile").order

    for stored in (first, second, third):
        assert stored.attributes["imported_at"] == iso(NOW)
        assert stored.attributes["imported_by"] == "success_redirect"


# --- reviews


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


# --- history


def test_history_has_one_entry_per_change_of_status_or_disposition() -> None:
    stored = after(
        order(REVIEW, T1),
        order(REVIEW, T1, name="Ada"),
        order(REVIEW, T2),
        order(HOLD, T2),
        order(READY, T3),
        order(READY, T3, address1="2 Example Street"),
        order(READY, T3, cslListMatch=True),
        order(READY, T3, cslListMatch=True, testOrder=True),
        order(READY, T3),
    )

    assert [(entry["zonos_status"], entry["disposition"]) for entry in stored.attributes["history"]] == [
        (REVIEW, "HELD"),
        (HOLD, "HELD"),
        (READY, "READY"),
        (READY, "HELD"),
        (READY, "READY"),
    ]
    assert [entry["seen_at"] for entry in stored.attributes["history"]] == [
        iso(NOW + n * MINUTE) for n in (0, 3, 4, 6, 8)
    ]


def test_history_keeps_the_newest_fifty() -> None:
    fetches = [order(READY if n % 2 else REVIEW, T1 + n) for n in range(60)]
    stored = after(*fetches)

    assert stored.revision == 60
    assert [entry["status_changed_at"] for entry in stored.attributes["history"]] == [
        T1 + n for n in range(10, 60)
    ]


# --- index keys


@pytest.mark.parametrize(
    ("fetched", "keys"),
    [
        (order(READY), {"order_day", "to_ship_day"}),
        (order(REVIEW), {"order_day", "held_day"}),
        (order(READY, cslListMatch=True), {"order_day", "held_day"}),
        (order(CANCELLED), {"order_day"}),
        (order(PREPARING), {"order_day"}),
        (order(COMPLETED), {"order_day"}),
        (order(READY, orderDate=None), {"to_ship_day"}),
        (order(None, None, orderDate="?"), {"held_day"}),
        (order(READY, merchantOrderId="12-34567"), {"order_day"}),
        (order(REVIEW, merchantOrderId="12-34567"), {"order_day", "held_day"}),
    ],
)
def test_an_order_is_in_an_index_only_while_it_belongs_there(fetched: Order, keys: set[str]) -> None:
    item = merged(None, fetched).order.attributes

    assert item.keys() & {"order_day", "held_day", "to_ship_day"} == keys


def test_the_index_days_are_those_of_the_order_and_of_its_becoming_held_or_ready() -> None:
    first = merged(None, order(REVIEW, orderDate=T1 - 5 * DAY), NOW).order
    second = merged(first, order(HOLD, T2, orderDate=T1 - 5 * DAY), NOW + DAY).order
    third = merged(second, order(READY, T3, orderDate=T1 - 5 * DAY), NOW + 2 * DAY).order
    fourth = merged(third, order(READY, T3, orderDate=T1 - 5 * DAY, name="Ada"), NOW + 3 * DAY).order
    fifth = merged(fourth, order(HOLD, T3, orderDate=T1 - 5 * DAY), NOW + 4 * DAY).order
    days = [
        {
            name: s.attributes[name]
            for name in ("order_day", "held_day", "to_ship_day")
            if name in s.attributes
        }
        for s in (first, second, third, fourth, fifth)
    ]

    assert days == [
        {"order_day": "20260226", "held_day": "20260303"},
        {"order_day": "20260226", "held_day": "20260303"},
        {"order_day": "20260226", "to_ship_day": "20260305"},
        {"order_day": "20260226", "to_ship_day": "20260305"},
        {"order_day": "20260226", "held_day": "20260307"},
    ]


def test_an_order_that_the_merchant_took_over_is_off_the_work_list() -> None:
    taken = through_table(after(order(READY)), taken_over_at="2026-03-03T13:00:00.000Z")
    merge = merged(taken, order(READY, name="Ada"))

    assert merge.outcome is Outcome.CHANGED
    assert "to_ship_day" not in merge.order.attributes


def test_an_order_that_was_taken_over_before_a_hold_does_not_come_back_to_the_work_list() -> None:
    taken = through_table(after(order(READY)), taken_over_at="2026-03-03T13:00:00.000Z")
    held = through_table(merged(taken, order(HOLD, T2)).order, taken_over_at="2026-03-03T13:00:00.000Z")
    released = merged(held, order(READY, T3)).order

    assert "held_day" in held.attributes
    assert "to_ship_day" not in released.attributes


# --- other writers


def test_what_other_writers_keep_is_neither_compared_nor_written() -> None:
    others = {"taken_over_at": "2026-03-03T13:00:00.000Z", "note_of_the_shop": {"by": "Ada"}}
    stored = through_table(after(order(REVIEW)), **others)

    assert not others.keys() & OWNED
    assert merged(stored, order(REVIEW)).outcome is Outcome.UNCHANGED
    for written in (
        merged(stored, order(READY, T2)).order,
        expire_review(stored, NOW, "recheck"),
        raise_generation(stored, NOW, "reconcile"),
    ):
        assert written.attributes.keys() <= OWNED
        assert written.revision == 2


def test_the_merchants_number_is_never_cleared_and_can_be_replaced() -> None:
    stored = through_table(after(order(READY)), merchant_order_id="12-34567")

    assert merged(stored, order(READY)).outcome is Outcome.UNCHANGED
    for fetched in (order(READY, name="Ada"), order(READY, merchantOrderId=""), order(CANCELLED, T2)):
        assert merged(stored, fetched).order.attributes["merchant_order_id"] == "12-34567"
    replaced = merged(stored, order(READY, merchantOrderId="12-99999"))
    assert replaced.order.attributes["merchant_order_id"] == "12-99999"


# --- properties

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
