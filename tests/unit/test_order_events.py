"""What the bus is told of a change: the right event, of one revision, and nothing of the order's content."""

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.documented_order import ANSWER, PATHS
from tests.event_schemas import SCHEMAS, faults
from tests.unit.merge.records import (
    ALL,
    CANCELLED,
    COMPLETED,
    HOLD,
    NOW,
    PREPARING,
    READY,
    REVIEW,
    T1,
    T2,
    T3,
    after,
    merged,
    order,
    through_table,
)
from zonos_orders.merge import amend, expire_review, raise_generation
from zonos_orders.order import Order
from zonos_orders.order_events import GROUP_OF, GROUPS, SOURCE, OrderEvent, changed_groups, events_of
from zonos_orders.stored_order import StoredOrder

IMPORTED, BECAME_READY, HELD = "OrderImported", "OrderReady", "OrderHeld"
BECAME_CANCELLED, CHANGED = "OrderCancelled", "OrderChanged"
MATCH = {"cslListMatch": True}


def types(events: list[OrderEvent]) -> list[str]:
    return [str(event.type) for event in events]


def on_the_bus(event: OrderEvent) -> dict[str, Any]:
    return {"source": SOURCE, "detail-type": str(event.type), "detail": dict(event.detail)}


def told(before: StoredOrder | None, after: StoredOrder | None) -> list[OrderEvent]:
    """The events of a change, which keep to their schemas."""
    events = events_of(before, after)
    assert [fault for event in events for fault in faults(on_the_bus(event))] == []
    return events


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (READY, [IMPORTED, BECAME_READY]),
        (REVIEW, [IMPORTED, HELD]),
        ("SOMETHING_NEW", [IMPORTED, HELD]),
        (CANCELLED, [IMPORTED, BECAME_CANCELLED]),
        (PREPARING, [IMPORTED]),
        (COMPLETED, [IMPORTED]),
    ],
)
def test_an_import_is_told_with_what_the_order_became(status: str, expected: list[str]) -> None:
    assert types(told(None, after(order(status)))) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (REVIEW, READY, BECAME_READY),
        (READY, REVIEW, HELD),
        (READY, CANCELLED, BECAME_CANCELLED),
        (REVIEW, CANCELLED, BECAME_CANCELLED),
        (READY, PREPARING, CHANGED),
        (PREPARING, COMPLETED, CHANGED),
        (PREPARING, HOLD, HELD),
        (REVIEW, HOLD, CHANGED),  # held it was before
    ],
)
def test_a_later_change_is_told_once_by_what_the_order_became(before: str, now: str, expected: str) -> None:
    first, second = after(order(before)), after(order(before), order(now, T2))
    (event,) = told(first, second)
    assert str(event.type) == expected
    assert ("changed" in event.detail) == (expected == CHANGED)


def test_an_event_says_what_is_and_what_was() -> None:
    first, second = after(order(REVIEW)), after(order(REVIEW), order(READY, T2))
    (event,) = told(first, second)
    assert event.detail == {
        "order_id": "999-1",
        "revision": 2,
        "disposition": "READY",
        "hold_reasons": [],
        "zonos_status": READY,
        "previous": {
            "revision": 1,
            "disposition": "HELD",
            "hold_reasons": ["FRAUD_REVIEW"],
            "zonos_status": REVIEW,
        },
        "order_day": "20260303",
        "test_order": False,
    }


def test_an_import_has_nothing_before_it_and_an_undated_order_no_day() -> None:
    for event in told(None, after(order(orderDate=None, testOrder=True))):
        assert (event.detail["previous"], event.detail["order_day"]) == (None, None)
        assert event.detail["test_order"] is True


@pytest.mark.parametrize(
    ("content", "changed"),
    [
        ({"address1": "2 Elm Street"}, ["address"]),
        ({"zip": None}, ["address"]),
        ({"name": "Ada", "billingZip": "EX1"}, ["customer", "billing"]),
        ({"items": [{"sku": "1"}], "itemsCount": 1, "grandTotal": Decimal("9.5")}, ["items", "amounts"]),
        ({"paymentProcessing": {"captureDate": 1}}, ["payment"]),
        ({"trackingNumber": "1Z"}, ["shipping"]),
        ({"notes": [{"note": "ring twice"}]}, ["notes"]),
        ({"referenceId": "cart-1"}, ["references"]),
        ({"merchantOrderId": "M-1"}, ["hand_over"]),
        ({"at": T3}, ["status"]),
        ({"somethingNew": 1}, ["other"]),
    ],
)
def test_a_change_of_content_names_its_groups(content: dict[str, Any], changed: list[str]) -> None:
    (event,) = told(after(order()), after(order(), order(**content)))
    assert (str(event.type), event.detail["changed"]) == (CHANGED, changed)


def test_a_match_is_a_hold_and_a_match_that_is_gone_a_release() -> None:
    matched, cleared = after(order(**MATCH)), after(order(**MATCH), order())
    assert types(told(None, matched)) == [IMPORTED, HELD]
    assert types(told(matched, cleared)) == [BECAME_READY]


def test_taking_an_order_over_and_telling_zonos_are_changes_of_the_hand_over() -> None:
    ready = after(order())
    taken = amend(
        ready,
        NOW,
        "order_desk",
        without="to_ship_day",
        taken_over_at="2026-03-03T12:00:00Z",
        merchant_order_id="M-1",
        write_back_day="20260303",
    )
    confirmed = amend(taken, NOW, "reconcile", without="write_back_day")
    for before, now in pairwise((ready, taken, confirmed)):
        (event,) = told(before, now)
        assert (str(event.type), event.detail["changed"]) == (CHANGED, ["hand_over"])


def test_what_the_review_loop_writes_for_itself_is_told_as_that() -> None:
    held = after(order(REVIEW))
    (raised,) = told(held, raise_generation(held, NOW, "reconcile"))
    assert raised.detail["changed"] == ["review"]
    (expired,) = told(held, expire_review(held, NOW, "recheck"))
    assert expired.detail["changed"] == ["status", "review"]
    assert expired.detail["hold_reasons"] == ["FRAUD_REVIEW", "REVIEW_EXPIRED"]


@pytest.mark.parametrize(
    ("decision", "changed"),
    [
        ({"cleared": {"by": "someone"}}, ["screening"]),
        ({"released_at": "2026-03-03T12:00:00Z", "released_by": "someone"}, ["status"]),
        ({"erased_at": "2026-03-03T12:00:00Z", "erased_by": "someone"}, ["other"]),
    ],
)
def test_what_a_person_decides_is_told_without_who(decision: dict[str, Any], changed: list[str]) -> None:
    held = after(order(REVIEW))
    (event,) = told(held, amend(held, NOW, "order_supervisor", **decision))
    assert event.detail["changed"] == changed
    assert "someone" not in json.dumps(event.detail)


def test_a_revision_without_a_change_that_has_a_name_is_told_as_another_change() -> None:
    ready = after(order())
    (event,) = told(ready, amend(ready, NOW, "somebody"))
    assert event.detail["changed"] == ["other"]


def test_what_a_person_takes_out_is_told_by_its_groups() -> None:
    """An item whose order somebody has removed by hand."""
    ready = after(order(name="Ada", address1="1 Elm Street"))
    emptied = {name: value for name, value in ready.attributes.items() if name != "order"}
    (event,) = told(ready, StoredOrder({**emptied, "revision": 2}))
    assert event.detail["changed"] == ["status", "customer", "address"]


def test_what_others_write_and_what_is_removed_is_not_told() -> None:
    ready = after(order())
    assert told(ready, through_table(ready, packed_by="me")) == []
    assert told(ready, None) == []
    assert told(after(order(), order(CANCELLED, T2)), ready) == []  # an older state, put back by hand


@pytest.mark.parametrize("status", ["held for Ada Nobody", "", "IGLOBAL_ada@example.com", "igl"])
def test_a_status_of_another_form_stays_here(status: str) -> None:
    odd = after(order(status))
    for event in told(None, odd) + told(odd, after(order(status), order(READY, T2))):
        assert status == "" or status not in json.dumps(event.detail)
    assert told(None, odd)[0].detail["zonos_status"] is None


def test_every_documented_key_of_an_order_has_its_group() -> None:
    keys = {path.split(".")[1].removesuffix("[index]") for path in PATHS}
    assert len(keys) >= 70
    assert keys - GROUP_OF.keys() == set()


def test_the_schemas_know_the_same_events_and_groups() -> None:
    assert SCHEMAS.keys() == {IMPORTED, BECAME_READY, HELD, BECAME_CANCELLED, CHANGED}
    changed = SCHEMAS[CHANGED]["properties"]["detail"]["properties"]["changed"]
    assert changed["items"]["enum"] == list(GROUPS)


# Whatever an order holds, no event repeats it.

_WORD = "canary"
_texts = st.text(max_size=8).map(lambda text: f"{_WORD}{text}{_WORD}")
_values = st.recursive(
    _texts,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(_texts, values, max_size=3),
    max_leaves=6,
)
_KEYS = sorted({path.split(".")[1].removesuffix("[index]") for path in PATHS} - {"orderId", "orderDate"})
_contents = st.dictionaries(st.sampled_from(_KEYS) | _texts, _values, max_size=8)


@given(st.lists(_contents, min_size=1, max_size=3))
def test_nothing_of_an_orders_content_is_in_any_event(contents: list[dict[str, Any]]) -> None:
    stored = None
    for n, content in enumerate(contents):
        sent = {"orderId": "999-1", "orderDate": T1, "orderStatusDate": T1 + n, **content}
        merge = merged(stored, Order.read(sent, "999-1", NOW), NOW + n, policy=ALL)
        for event in told(stored, merge.order if merge.writes else stored):
            assert _WORD not in json.dumps(event.detail)
        stored = merge.order


def test_nothing_of_the_recorded_order_is_in_its_events() -> None:
    stored = StoredOrder({**after(order()).attributes, "order": ANSWER["order"]})
    changed = StoredOrder({**stored.attributes, "order": {}, "revision": 2})
    told_of_it = json.dumps([dict(event.detail) for event in told(None, stored) + told(stored, changed)])
    texts = {value for value in ANSWER["order"].values() if isinstance(value, str) and len(value) > 3}
    assert len(texts) > 40
    assert {text for text in texts if text in told_of_it} <= {READY}


def test_every_revision_is_told_and_nothing_else() -> None:
    stored, revisions = None, []
    for status, at in [(REVIEW, T1), (REVIEW, T1), (READY, T2), (READY, T2), (READY, T3), (CANCELLED, T3)]:
        merge = merged(stored, order(status, at))
        revisions += [event.detail["revision"] for event in told(stored, merge.order)]
        stored = merge.order
    assert revisions == [1, 1, 2, 3, 4]  # an import is told twice


def test_the_groups_of_two_equal_states_are_never_none() -> None:
    assert changed_groups(after(order()), after(order())) == ["other"]
