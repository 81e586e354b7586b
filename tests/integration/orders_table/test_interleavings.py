"""Never twice, never backwards: whatever writers do between each other's steps, over an unreliable line."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.engines import on_real_engines
from tests.integration.orders_table.orders import NOW_MS, SHIP_ALL, another_writer_sets
from tests.integration.orders_table.unreliable_line import Fault, UnreliableLine
from tests.integration.orders_table.writers import (
    ORDER_ID,
    MovingOrder,
    StartedReviews,
    SteppedTable,
    Writer,
    wait,
)
from tests.world import TestClock
from zonos_orders.clock import Deadline
from zonos_orders.erasure_records import ErasureRecords
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.merge import OWNED, Outcome, expire_review, raise_generation
from zonos_orders.order_encoding import decode_item
from zonos_orders.stored_order import StoredOrder

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STATUSES = (
    "IGLOBAL_FRAUD_REVIEW",
    "IGLOBAL_ORDER_ON_HOLD",
    "IGLOBAL_ORDER_IN_PROCESS",
    "VENDOR_PREPARING_ORDER",
    "IGLOBAL_ORDER_CANCELLED",
)
FAULTS: "st.SearchStrategy[Fault]" = st.sampled_from(["lost_answer", "lost_request", "throttled"])
# Set by the merchant's own code at any moment. `merchant_order_id` is one that we write as well.
OTHERS = ("taken_over_at", "merchant_order_id")
AMENDMENTS: tuple[Callable[[StoredOrder, int, str], StoredOrder], ...] = (expire_review, raise_generation)
WRITERS = 3


class Interleavings(RuleBasedStateMachine):
    """One order, and up to three writers of it that stop before each of their steps."""

    def __init__(self, client: "DynamoDBClient", line: UnreliableLine) -> None:
        super().__init__()
        client.delete_item(TableName="OrdersTable", Key={"order_id": {"S": ORDER_ID}})
        line.meanwhile = wait  # others go on between a lost answer and the client's repetition
        self.client, self.line = client, line
        self.clock = TestClock(NOW_MS)
        self.zonos = MovingOrder()
        self.zonos.moves(STATUSES[0], NOW_MS)
        self.reviews = StartedReviews()
        self.writers: list[Writer] = []
        self.states: list[dict[str, Any]] = []  # of the item, one for each revision
        self.version_when_written = 0  # at Zonos, when the newest state was stored
        self.others: dict[str, str] = {}
        self.imported_as_new = 0
        self.writes_seen = line.writes

    def teardown(self) -> None:
        for writer in self.writers:
            writer.die()

    # What can happen

    @rule(
        status=st.sampled_from(STATUSES), minutes=st.sampled_from([1, 0, -1, None]), is_listed=st.booleans()
    )
    def zonos_moves_on(self, status: str, minutes: int | None, is_listed: bool) -> None:
        """Later by its own clock, at the same moment, before it, or without a date."""
        latest = self.zonos.content.get("orderStatusDate", NOW_MS)
        changed_at = None if minutes is None else latest + minutes * 60_000
        self.zonos.moves(status, changed_at, cslListMatch=is_listed)

    @precondition(lambda self: len(self.writers) < WRITERS)
    @rule(behind=st.sampled_from([0, 0, 1, 2, 3]), is_missing=st.booleans(), steps=st.integers(0, 2))
    def an_import_begins(self, behind: int, is_missing: bool, steps: int) -> None:
        """It learns what stands, or what an index says: an index is behind by so many revisions."""
        table = self._table()
        if behind:
            past = [None, *map(StoredOrder, self.states)][:-behind] or [None]
            table.learned = lambda: past[-1]
        self.writers.append(Writer(self._import(table, is_missing=is_missing)))
        self._go_on(-1, steps)

    @precondition(lambda self: len(self.writers) < WRITERS)
    @rule(amend=st.sampled_from(AMENDMENTS))
    def an_amendment_begins(self, amend: Callable[[StoredOrder, int, str], StoredOrder]) -> None:
        """As a review expires, or its name is burnt: learn, and write over what was learned."""

        def work() -> None:
            table = self._table()
            stored = table.get(ORDER_ID)
            if stored is not None and stored.in_review:
                table.replace(stored.revision, amend(stored, self.clock.now_ms(), "recheck"))

        self.writers.append(Writer(work))

    @precondition(lambda self: self.writers)
    @rule(which=st.integers(0, WRITERS - 1), steps=st.integers(1, 3), faults=st.lists(FAULTS, max_size=1))
    def a_writer_goes_on(self, which: int, steps: int, faults: list[Fault]) -> None:
        """Over a line that loses one of its requests at times."""
        self._go_on(which % len(self.writers), steps, faults)

    @precondition(lambda self: self.writers)
    @rule(which=st.integers(0, WRITERS - 1))
    def a_writer_dies(self, which: int) -> None:
        self.writers.pop(which % len(self.writers)).die()

    @rule(name=st.sampled_from(OTHERS))
    def others_keep_something_on_the_order(self, name: str) -> None:
        if self.states and not (name == "merchant_order_id" and name in self.others):  # a number stays
            self.others[name] = f"set at {self.clock.now_ms()}"
            another_writer_sets(self.client, **{name: {"S": self.others[name]}})

    @rule()
    def an_import_that_nobody_disturbs(self) -> None:
        writer = Writer(self._import(self._table()))
        while not writer.is_done:
            writer.go_on()
        assert writer.result is not None
        self.nothing_twice_and_nothing_backwards()
        self._ended(writer)
        if writer.result.outcome is not Outcome.STALE:
            assert self._item()["order"] == self.zonos.content

    # What holds after each step

    @invariant()
    def nothing_twice_and_nothing_backwards(self) -> None:
        if self.line.writes == self.writes_seen:
            return
        self.writes_seen = self.line.writes
        now = self._item()
        before = self.states[-1] if self.states else {}
        assert {name: now.get(name) for name in self.others} == self.others
        if _ours(now) != _ours(before):
            assert now["revision"] == before.get("revision", 0) + 1
            assert now["history"] == _history(before, now)
            self._check_what_was_fetched(before, now)
            if before:
                assert now["imported_at"] == before["imported_at"]
                assert now.get("review_generation", 0) >= before.get("review_generation", 0)
            self.states.append(now)
            self.version_when_written = self.zonos.content["version"]

    def _check_what_was_fetched(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        """Each state was fetched after the state before it was stored, or keeps what that one held."""
        if now["updated_by"] == "reconcile":
            assert now["order"]["version"] >= self.version_when_written
        else:
            assert now["order"] == before["order"]
        if "status_changed_at" in before and "status_changed_at" in now:
            assert now["status_changed_at"] >= before["status_changed_at"]

    # The parts

    def _table(self) -> SteppedTable:
        return SteppedTable(self.client, "OrdersTable", self.clock)

    def _import(self, table: SteppedTable, **options: bool) -> Callable[[], Imported]:
        erasures = ErasureRecords(self.client, "ReconciliationTable", self.clock)
        use_case = ImportOrder(self.zonos, table, self.reviews, erasures, SHIP_ALL, self.clock)
        return partial(use_case, ORDER_ID, "reconcile", Deadline.after(10, self.clock), **options)

    def _go_on(self, which: int, steps: int, faults: Sequence[Fault] = ()) -> None:
        writer = self.writers[which]
        for _ in range(steps):
            self.clock.pass_time(1)
            self.line.faults.extend(faults)
            writer.go_on()
            self.line.faults.clear()  # not every step is a request
            self.nothing_twice_and_nothing_backwards()
            if writer.is_done:
                self.writers.remove(writer)
                self._ended(writer)
                return

    def _ended(self, writer: Writer) -> None:
        if writer.result is None:
            return
        self.imported_as_new += writer.result.outcome is Outcome.NEW
        assert self.imported_as_new <= 1
        assert len(set(self.reviews.generations)) == len(self.reviews.generations)
        if writer.result.outcome in (Outcome.NEW, Outcome.CHANGED):
            assert _ours(dict(writer.result.order.attributes)) in [_ours(state) for state in self.states]

    def _item(self) -> dict[str, Any]:
        """What stands in the table: one item, or none yet."""
        items = self.client.scan(TableName="OrdersTable", ConsistentRead=True)["Items"]
        assert len(items) == bool(items or self.states)
        return decode_item(items[0]) if items else {}


def _ours(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in OWNED - set(OTHERS)}


def _history(before: dict[str, Any], now: dict[str, Any]) -> list[Any]:
    """The entries that `now` has to have: one more when the status or the disposition has changed."""
    kept = before.get("history", [])
    if all(now[name] == before.get(name) for name in ("zonos_status", "disposition")):
        return list(kept)
    entry = {name: now[name] for name in ("zonos_status", "disposition", "status_changed_at") if name in now}
    return [*kept, entry | {"seen_at": now["updated_at"], "seen_by": now["updated_by"]}][-50:]


@on_real_engines
def test_no_interleaving_of_writers_stores_anything_twice_or_backwards(
    client: "DynamoDBClient", line: UnreliableLine, engine: str
) -> None:
    machine: Any = partial(Interleavings, client, line)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=80,
            stateful_step_count=40,
            derandomize=True,  # the same examples in every run: a failure is of the change, not of the day
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
