"""What a person may decide about an order, and what a later fetch makes of it."""

from typing import Any

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
    REVIEW,
    T1,
    T2,
    T3,
    after,
    merged,
    order,
    through_table,
)
from zonos_orders.erasure import BY_AGE, Erasure
from zonos_orders.instants import iso
from zonos_orders.merge import OWNED, Outcome, amend, merge
from zonos_orders.order import Order
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.supervision import (
    Refusal,
    Verdict,
    clear,
    erase,
    erase_by_age,
    objection_to_erasing,
    release,
)

JO = "arn:aws:iam::123456789012:user/jo"
FROM_NOW = ShippingPolicy(ship_from_ms=NOW)
LATER = NOW + 10 * MINUTE
TAKEN = {"taken_over_at": "2026-03-03T13:00:00.000Z", "merchant_order_id": "12-1"}


def match(status: str = READY, at: int = T1, **content: Any) -> Order:
    return order(status, at, **({"cslListMatch": True, "name": "Ada"} | content))


def carried_out(verdict: Verdict) -> StoredOrder:
    assert verdict.refusal is None
    assert verdict.change is not None
    return through_table(verdict.change.order)


def cleared(*fetches: Order) -> StoredOrder:
    stored = after(*(fetches or (match(),)))
    return carried_out(clear(stored, ALL, LATER, JO, stored))


def released(fetched: Order) -> StoredOrder:
    return carried_out(release(after(fetched, policy=FROM_NOW), FROM_NOW, LATER, JO))


def erased(stored: StoredOrder, policy: ShippingPolicy = ALL) -> StoredOrder:
    erasure = Erasure(iso(LATER), JO)
    return carried_out(erase(stored, policy, LATER, "order_supervisor", erasure))


# Clearing


def test_a_cleared_order_is_ready_and_says_who_cleared_what() -> None:
    before = after(match())
    item = cleared().attributes

    assert (item["disposition"], item["hold_reasons"], item["to_ship_day"]) == ("READY", [], "20260303")
    assert item["cleared"].keys() == {"at", "by", "revision", "fingerprint"}
    assert (item["cleared"]["at"], item["cleared"]["by"], item["cleared"]["revision"]) == (iso(LATER), JO, 1)
    assert (item["revision"], item["updated_by"]) == (2, "order_supervisor")
    assert item["fetched_at"] == before.attributes["fetched_at"]
    assert item["history"][1:] == [
        {
            "zonos_status": READY,
            "disposition": "READY",
            "status_changed_at": T1,
            "seen_at": iso(LATER),
            "seen_by": "order_supervisor",
        }
    ]
    assert item.keys() <= OWNED
    assert "held_day" not in item


def test_a_cleared_order_that_zonos_holds_stays_held_without_an_entry_in_its_history() -> None:
    stored = after(match(HOLD))
    item = carried_out(clear(stored, ALL, LATER, JO, stored)).attributes

    assert (item["disposition"], item["hold_reasons"]) == ("HELD", ["ON_HOLD"])
    assert item["history"] == stored.attributes["history"]
    assert item["review_generation"] == 1


def test_later_fetches_keep_to_what_was_cleared() -> None:
    stored = cleared()
    assert merged(stored, match()).outcome is Outcome.UNCHANGED
    for fetched in (match(READY, T2), match(grandTotal=5), match(PREPARING, T3)):
        stored = through_table(merged(stored, fetched, LATER).order)
        assert stored.hold_reasons == ()
        assert "ended_at" not in stored.attributes["cleared"]


@pytest.mark.parametrize("fetched", [match(name="Eve"), match(city="Elsewhere"), match(cslListMatch=1)])
def test_another_name_address_or_match_holds_again_and_what_was_cleared_stays_on_record(
    fetched: Order,
) -> None:
    again = through_table(merged(cleared(), fetched, LATER + MINUTE).order)
    assert again.hold_reasons == ("CSL_MATCH",)
    assert again.attributes["cleared"]["ended_at"] == iso(LATER + MINUTE)

    back = merged(again, match(), LATER + 2 * MINUTE).order
    assert back.hold_reasons == ("CSL_MATCH",)
    assert back.attributes["cleared"] == again.attributes["cleared"]


def test_a_match_that_was_gone_in_between_is_a_new_one() -> None:
    stored = cleared()
    for fetched, reasons in ((match(cslListMatch=False), ()), (match(), ("CSL_MATCH",))):
        stored = through_table(merged(stored, fetched, LATER).order)
        assert stored.hold_reasons == reasons


def test_what_holds_again_can_be_cleared_again() -> None:
    again = through_table(merged(cleared(), match(name="Eve"), LATER).order)
    stored = carried_out(clear(again, ALL, LATER + MINUTE, JO, again))
    assert (stored.disposition, stored.attributes["cleared"]["at"]) == ("READY", iso(LATER + MINUTE))
    assert merged(stored, match(name="Eve")).outcome is Outcome.UNCHANGED


def test_clearing_twice_is_once() -> None:
    assert clear(cleared(), ALL, LATER, "arn:aws:iam::123456789012:user/bo", cleared()) == Verdict()


@pytest.mark.parametrize(
    "stored",
    [
        after(order(READY)),
        after(order(HOLD)),
        after(order(CANCELLED, cslListMatch=True)),
        after(order(READY, testOrder=True)),
        through_table(merged(cleared(), match(cslListMatch=False), LATER).order),
    ],
)
def test_only_what_is_held_for_a_match_can_be_cleared(stored: StoredOrder) -> None:
    assert clear(stored, ALL, LATER, JO, stored) == Verdict(refusal=Refusal.NOT_HELD_FOR_THIS)


def test_only_the_revision_that_was_looked_at_is_cleared_where_one_is_named() -> None:
    stored = after(match(), match(name="Eve"))
    assert clear(stored, ALL, LATER, JO, stored, revision=1) == Verdict(refusal=Refusal.CHANGED_SINCE)
    assert carried_out(clear(stored, ALL, LATER, JO, stored, revision=2)).disposition == "READY"


@pytest.mark.parametrize("revision", [None, 2], ids=["no revision", "the present revision"])
@pytest.mark.parametrize("first", [match(), match(city="Here"), order(READY, T1, name="Eve")])
def test_nobody_is_cleared_whom_nobody_has_seen(first: Order, revision: int | None) -> None:
    """Another buyer, another place, or a match that only the look has brought."""
    seen = after(first)
    stored = through_table(merged(seen, match(READY, T2, name="Eve")).order)
    assert clear(stored, ALL, LATER, JO, seen, revision) == Verdict(refusal=Refusal.CHANGED_SINCE)


def test_what_has_changed_beside_buyer_places_and_match_does_not_matter() -> None:
    seen = after(match(HOLD))
    stored = through_table(merged(seen, match(READY, T2, grandTotal=5)).order)
    assert carried_out(clear(stored, ALL, LATER, JO, seen)).disposition == "READY"


# Releasing


def test_a_released_order_from_before_go_live_is_ready_for_good() -> None:
    stored = released(order(READY))
    item = stored.attributes

    assert (stored.disposition, item["to_ship_day"]) == ("READY", "20260303")
    assert (item["released_at"], item["released_by"]) == (iso(LATER), JO)
    assert item["history"][-1]["seen_by"] == "order_supervisor"
    assert merged(stored, order(READY), policy=FROM_NOW).outcome is Outcome.UNCHANGED
    on_hold = through_table(merged(stored, order(HOLD, T2), LATER, policy=FROM_NOW).order)
    assert on_hold.hold_reasons == ("ON_HOLD",)
    assert merged(on_hold, order(READY, T3), policy=FROM_NOW).order.disposition == "READY"


def test_a_released_order_in_review_is_held_for_it_and_watched_from_now_on() -> None:
    verdict = release(after(order(REVIEW), policy=FROM_NOW), FROM_NOW, LATER, JO)

    assert verdict.change is not None
    assert verdict.change.starts_review
    assert verdict.change.order.hold_reasons == ("FRAUD_REVIEW",)
    assert verdict.change.order.review_generation == 1
    assert verdict.change.order.attributes["review_started_at"] == iso(LATER)


@pytest.mark.parametrize(
    ("fetched", "reasons"),
    [(match(), ["CSL_MATCH"]), (order(testOrder=True), ["TEST_ORDER"]), (order("NEW"), ["UNKNOWN_STATUS"])],
)
def test_a_release_lifts_no_other_hold(fetched: Order, reasons: list[str]) -> None:
    assert released(fetched).attributes["hold_reasons"] == reasons


def test_what_zonos_is_already_told_of_becomes_what_its_status_says() -> None:
    assert released(order(PREPARING)).disposition == "FULFILLING"


def test_releasing_twice_is_once_and_only_what_is_so_held_is_released() -> None:
    assert release(released(order(READY)), FROM_NOW, LATER, JO) == Verdict()
    for stored in (after(order(READY)), after(order(HOLD)), after(order(CANCELLED), policy=FROM_NOW)):
        refused = release(stored, FROM_NOW, LATER, JO)
        assert refused == Verdict(refusal=Refusal.NOT_HELD_FOR_THIS)


# Erasing


def test_an_erased_order_keeps_its_numbers_dates_status_and_history() -> None:
    stored = through_table(after(order(COMPLETED, referenceId="cart-7", name="Ada")), **TAKEN)
    item = erased(stored).attributes

    assert item["order"] == {
        "orderId": "999-1",
        "orderDate": T1,
        "orderStatus": COMPLETED,
        "orderStatusDate": T1,
    }
    assert not {"reference_id", "order_day", "order_gz", "to_ship_day"} & item.keys()
    assert (item["erased_at"], item["erased_by"], item["disposition"]) == (iso(LATER), JO, "COMPLETED")
    kept = ("history", "taken_over_at", "merchant_order_id", "order_date", "imported_at", "fetched_at")
    assert {name: item[name] for name in kept} == {name: stored.attributes[name] for name in kept}
    assert item.keys() <= OWNED


def test_a_number_that_zonos_does_not_know_yet_is_still_written_back() -> None:
    stored = through_table(after(order(READY)), **TAKEN, write_back_day="20260303")
    assert erased(stored).attributes["write_back_day"] == "20260303"


def test_later_fetches_of_an_erased_order_bring_its_status_only() -> None:
    stored = erased(after(order(COMPLETED, name="Ada")))
    assert (
        merged(stored, order(COMPLETED, name="Ada", city="X", referenceId="c")).outcome is Outcome.UNCHANGED
    )

    item = merged(stored, order(CANCELLED, T2, name="Ada", referenceId="c"), LATER).order.attributes
    assert (item["zonos_status"], item["disposition"]) == (CANCELLED, "CANCELLED")
    assert item["order"].keys() == {"orderId", "orderDate", "orderStatus", "orderStatusDate"}
    assert not {"reference_id", "order_day"} & item.keys()
    assert item["erased_by"] == JO


def test_an_erased_order_is_never_handed_out_unless_somebody_has_it() -> None:
    lost = erased(after(order(READY)))
    assert (lost.disposition, lost.hold_reasons) == ("HELD", ("ERASED",))
    assert "to_ship_day" not in lost.attributes
    assert merged(lost, order(READY, T2)).order.hold_reasons == ("ERASED",)

    for ours in (through_table(after(order(READY)), **TAKEN), after(order(READY, merchantOrderId="12-1"))):
        assert (erased(ours).disposition, "to_ship_day" in erased(ours).attributes) == ("READY", False)
    assert erased(after(order(PREPARING))).disposition == "FULFILLING"


def test_nobody_waits_for_the_review_of_an_erased_order() -> None:
    stored = erased(after(order(REVIEW)))
    assert stored.hold_reasons == ("FRAUD_REVIEW", "ERASED")
    assert not stored.in_review
    assert not merged(stored, order(HOLD, T2)).starts_review


def test_an_erasure_lifts_no_hold() -> None:
    taken = through_table(after(match()), **TAKEN)
    assert erased(taken).hold_reasons == ("CSL_MATCH",)
    assert merged(erased(taken), match(READY, T2)).order.hold_reasons == ("CSL_MATCH",)
    assert (
        merged(erased(through_table(after(order()), **TAKEN)), match(READY, T2)).order.disposition == "HELD"
    )


def test_a_clearance_ends_with_the_erasure_and_loses_its_fingerprint() -> None:
    stored = erased(through_table(cleared(), **TAKEN))
    kept = {"at": iso(LATER), "by": JO, "revision": 1}
    assert kept.items() <= stored.attributes["cleared"].items()
    assert stored.attributes["cleared"].keys() == kept.keys()
    for now in (stored, merged(stored, match(READY, T2, name="Another")).order):
        assert (now.disposition, list(now.hold_reasons)) == ("HELD", ["CSL_MATCH"])
        assert "fingerprint" not in now.attributes["cleared"]


def test_an_erasure_does_not_hold_up_an_order_that_was_cleared_and_is_in_preparation() -> None:
    stored = erased(through_table(cleared(), **TAKEN))
    preparing = merged(stored, match("VENDOR_SHIPMENT_READY", T2)).order
    assert (preparing.disposition, list(preparing.hold_reasons)) == ("FULFILLING", [])
    uncleared = erased(through_table(after(match()), **TAKEN))
    held = merged(uncleared, match("VENDOR_SHIPMENT_READY", T2)).order
    assert (held.disposition, list(held.hold_reasons)) == ("HELD", ["CSL_MATCH"])


def test_what_is_erased_is_neither_cleared_nor_released_nor_erased_again() -> None:
    stored = erased(after(match(), policy=FROM_NOW), FROM_NOW)
    assert clear(stored, FROM_NOW, LATER, JO, stored) == Verdict(refusal=Refusal.ERASED)
    assert release(stored, FROM_NOW, LATER, JO) == Verdict(refusal=Refusal.ERASED)
    assert erase(stored, FROM_NOW, LATER, "reconcile", Erasure("later", "another")) == Verdict()


def test_an_order_that_is_not_stored_but_on_record_is_stored_without_personal_data() -> None:
    on_record = Erasure("2026-01-01T00:00:00.000Z", JO)
    new = merge(None, order(READY, name="Ada", referenceId="c"), ALL, NOW, "reconcile", on_record)

    item = new.order.attributes
    assert (new.outcome, item["revision"], item["hold_reasons"]) == (Outcome.NEW, 1, ["ERASED"])
    assert (item["erased_at"], item["erased_by"]) == (on_record.at, JO)
    assert item["order"].keys() == {"orderId", "orderDate", "orderStatus", "orderStatusDate"}
    assert not {"reference_id", "order_day"} & item.keys()
    assert merged(through_table(new.order), order(READY, name="Ada")).outcome is Outcome.UNCHANGED


def test_the_orders_own_word_on_its_erasure_outlives_a_later_record() -> None:
    stored = erased(after(order(COMPLETED)))
    change = merge(stored, order(CANCELLED, T2), ALL, NOW, "reconcile", Erasure("later", BY_AGE))
    assert change.order.attributes["erased_by"] == JO


def test_an_open_order_is_erased_only_by_force() -> None:
    assert objection_to_erasing(after(order(READY)), force=False) is Refusal.STILL_OPEN
    assert objection_to_erasing(after(order(READY)), force=True) is None
    assert objection_to_erasing(after(order(COMPLETED)), force=False) is None


def test_age_erases_what_is_over_and_leaves_what_is_not() -> None:
    by_age = Erasure(iso(NOW), BY_AGE)
    for status, ordered_at, is_erased in (
        (COMPLETED, NOW - 31 * DAY, True),
        (COMPLETED, NOW - 29 * DAY, False),
        (READY, NOW - 31 * DAY, False),
    ):
        stored = after(order(status, orderDate=ordered_at))
        verdict = erase_by_age(stored, ALL, NOW, "reconcile", by_age, 30)
        assert (verdict.change is not None) is is_erased
        assert verdict.refusal is None


def test_an_item_whose_order_was_removed_by_hand_can_be_erased_for_good() -> None:
    item = dict(after(order(COMPLETED, name="Ada")).attributes)
    del item["order"]
    stored = carried_out(erase(StoredOrder(item), ALL, LATER, "by", Erasure(iso(LATER), JO)))

    assert (stored.zonos_status, stored.disposition, stored.status_changed_at) == (COMPLETED, "COMPLETED", T1)
    assert stored.is_erased


def test_what_a_person_has_decided_is_carried_by_every_other_write() -> None:
    stored = through_table(
        amend(erased(through_table(cleared(), **TAKEN)), NOW, "recheck", review_generation=2)
    )
    assert {"cleared", "erased_at", "erased_by", "taken_over_at"} <= stored.attributes.keys()
