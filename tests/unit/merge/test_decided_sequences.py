"""What holds for every sequence of fetches with people's decisions in between."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.merge.records import (
    CANCELLED,
    COMPLETED,
    HOLD,
    MINUTE,
    NOW,
    PREPARING,
    READY,
    REVIEW,
    T1,
    merged,
    order,
    through_table,
)
from zonos_orders.erasure import Erasure
from zonos_orders.instants import iso
from zonos_orders.merge import Outcome
from zonos_orders.order import Order
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.supervision import clear, erase, release

FROM_NOW = ShippingPolicy(ship_from_ms=NOW)  # every order here is from before
FINAL = {CANCELLED, COMPLETED}
NAMES = {"Ada", "Eve"}
fetches = st.builds(
    order,
    st.sampled_from([READY, READY, READY, REVIEW, HOLD, PREPARING, *FINAL]),
    st.integers(T1, T1 + 5),
    cslListMatch=st.sampled_from([False, True, True]),
    merchantOrderId=st.sampled_from([None, None, "12-34567"]),
    referenceId=st.just("cart-7"),
    name=st.sampled_from(sorted(NAMES)),
)
steps = st.lists(st.one_of(fetches, st.sampled_from(["clear", "release", "erase"])), max_size=14)


class Life:
    """One order, and what a simple mind would know of it."""

    def __init__(self, first: Order) -> None:
        self.now = NOW
        self.said = first
        self.cleared: str | None = None  # the name that was cleared, while that holds
        self.released = self.erased = False
        self.stored = through_table(merged(None, first, policy=FROM_NOW).order)

    def fetch(self, fetched: Order) -> None:
        merge = merged(self.stored, fetched, self.now, policy=FROM_NOW)
        assert merge.order.revision == self.stored.revision + merge.writes
        if merge.outcome is not Outcome.STALE:
            self.said = fetched
            if not self.erased and self.cleared != (fetched.content["name"] if fetched.csl_match else None):
                self.cleared = None
        self.stored = through_table(merge.order)

    def decide(self, what: str) -> None:
        stored, reasons = self.stored, self.stored.hold_reasons
        if what == "clear":
            verdict = clear(stored, FROM_NOW, self.now, "jo", stored)
            if verdict.change:
                assert "CSL_MATCH" in reasons
                self.cleared = self.said.content["name"]
        elif what == "release":
            verdict = release(stored, FROM_NOW, self.now, "jo")
            self.released |= verdict.change is not None
        else:
            verdict = erase(stored, FROM_NOW, self.now, "jo", Erasure(iso(self.now), "jo"))
            self.erased = True
        if verdict.change:
            assert verdict.change.order.revision == stored.revision + 1
            self.stored = through_table(verdict.change.order)


@given(fetches, steps)
def test_an_order_is_held_for_just_what_nobody_has_lifted(first: Order, sequence: list[Order | str]) -> None:
    life = Life(first)
    for step in sequence:
        life.now += MINUTE
        life.fetch(step) if isinstance(step, Order) else life.decide(step)
        reasons, is_final = life.stored.hold_reasons, life.said.zonos_status in FINAL
        assert ("BEFORE_GO_LIVE" in reasons) == (not is_final and not life.released)
        if not life.erased:
            assert ("CSL_MATCH" in reasons) == (not is_final and life.said.csl_match and not life.cleared)
        elif life.said.csl_match and not life.cleared and not is_final:
            assert "CSL_MATCH" in reasons
        assert_it_holds_together(life.stored)


@given(fetches, steps)
def test_what_is_erased_never_comes_back(first: Order, sequence: list[Order | str]) -> None:
    life = Life(first)
    life.decide("erase")
    by = life.stored.attributes["erased_at"]
    for step in sequence:
        life.now += MINUTE
        life.fetch(step) if isinstance(step, Order) else life.decide(step)
        assert life.stored.attributes["erased_at"] == by
        assert not NAMES & {str(value) for value in life.stored.attributes["order"].values()}
        assert "cart-7" not in repr(life.stored)
        assert "fingerprint" not in repr(life.stored)


def assert_it_holds_together(stored: StoredOrder) -> None:
    item = stored.attributes
    assert (item["disposition"] == "HELD") == bool(item["hold_reasons"]) == ("held_day" in item)
    can_be_shipped = item["disposition"] == "READY" and not stored.taken_over
    assert ("to_ship_day" in item) == can_be_shipped
    assert not (can_be_shipped and stored.is_erased)
    assert ("order_day" in item) == (not stored.is_erased)
