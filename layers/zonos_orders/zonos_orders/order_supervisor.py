"""The order supervisor: what a named person decides about single orders, beyond any rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from zonos_orders.clock import Clock, Deadline
from zonos_orders.erasure import Erasure
from zonos_orders.erasure_records import ErasureRecords
from zonos_orders.errors import AwsError, ZonosError, ZonosOrdersError, describe
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.instants import iso
from zonos_orders.merge import Outcome
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reviews import Reviews
from zonos_orders.rewriting import Rewritten, rewrite
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.supervision import (
    BY,
    Refusal,
    Verdict,
    clear,
    erase,
    objection_to_erasing,
    release,
)

_LAST_START_SECONDS = 30.0  # AWS may take as long over one order
_LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Act:
    """What the supervisor did. `refusal` says why it is not so; without one it is, now or already.

    `before` and `order`: the order as it stood and as it stands, None when there is none. `imports`: what the
    look at Zonos did. `failure`: what went wrong; of an order that is released all the same, the start of
    its review, which is made up for.
    """

    order_id: str
    refusal: Refusal | None = None
    before: StoredOrder | None = None
    order: StoredOrder | None = None
    imports: tuple[Imported, ...] = ()
    failure: str | None = None

    @property
    def is_news(self) -> bool:
        """Whether this act has changed the order."""
        return self.refusal is None and self.order is not self.before


class OrderSupervisor:
    """Everything here may be asked again. `principal` is the ARN of whoever asks, and is kept on the order.

    What lifts a hold looks at Zonos first: the stored state of such an order can be weeks old. What fails
    after that look is in the answer, for what the look has found has to be told. Clearing (before it) and
    erasing raise AwsError, and WriteContention when others were faster three times.
    """

    def __init__(
        self,
        orders: OrdersTable,
        import_order: ImportOrder,
        reviews: Reviews,
        records: ErasureRecords,
        policy: ShippingPolicy,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._import = import_order
        self._reviews = reviews
        self._records = records
        self._policy = policy
        self._clock = clock

    def clear(self, order_id: str, principal: str, deadline: Deadline, revision: int | None = None) -> Act:
        """Clear the match with a restricted party that holds an order, for what it bears now."""

        def rule(seen: StoredOrder, stored: StoredOrder) -> Verdict:
            return clear(stored, *self._now, principal, seen, revision)

        return self._lift(order_id, deadline, rule)

    def release(self, order_ids: Sequence[str], principal: str, deadline: Deadline) -> list[Act]:
        """Release orders from before go-live, each on its own: what fails says so, and the others go on.

        For those that there is no time for left the same may be asked again.
        """
        return [self._release(order_id, principal, deadline) for order_id in order_ids]

    def erase(self, order_id: str, principal: str, *, force: bool = False) -> Act:
        """Erase the personal data of an order, for good: first on record, then in the order.

        What comes between the two is made up for by the reconciliation. One that may still have to be shipped
        is erased with `force` only.
        """
        stored = self._orders.get(order_id)
        if stored is None:
            return Act(order_id, Refusal.NOT_IMPORTED)
        objection = objection_to_erasing(stored, force=force)
        if objection:
            return Act(order_id, objection, stored, stored)
        erasure = Erasure(iso(self._clock.now_ms()), principal)
        self._records.note(order_id, erasure)
        policy, now = self._now
        return self._act(order_id, lambda stored: erase(stored, policy, now, BY, erasure))

    def _lift(
        self, order_id: str, deadline: Deadline, rule: Callable[[StoredOrder, StoredOrder], Verdict]
    ) -> Act:
        """Look at Zonos, then do what `rule` says of the order as it stood before, and as it stands."""
        seen = self._orders.get(order_id)
        if seen is None:
            return Act(order_id, Refusal.NOT_IMPORTED)
        looked = self._look(seen, deadline)
        if looked.refusal:
            return looked
        try:
            return replace(self._act(order_id, lambda stored: rule(seen, stored)), imports=looked.imports)
        except ZonosOrdersError as exc:
            return replace(looked, refusal=Refusal.FAILED, failure=describe(exc))

    def _release(self, order_id: str, principal: str, deadline: Deadline) -> Act:
        if deadline.remaining() < _LAST_START_SECONDS:
            return Act(order_id, Refusal.NOT_TRIED)
        try:
            return self._lift(order_id, deadline, lambda _, stored: release(stored, *self._now, principal))
        except Exception as exc:  # one order's failure, a bug even, does not stop the others
            return Act(order_id, Refusal.FAILED, failure=describe(exc))

    def _look(self, stored: StoredOrder, deadline: Deadline) -> Act:
        """Bring the order up to date; the answer refuses when that taught nothing."""
        unsure = Act(stored.order_id, Refusal.ZONOS_DID_NOT_SAY, stored, stored)
        try:
            imported = self._import(stored.order_id, BY, deadline.at_most(_LOOK_SECONDS))
        except ZonosError as exc:
            return replace(unsure, failure=describe(exc))
        if imported.outcome is Outcome.STALE:
            return replace(unsure, imports=(imported,))
        return Act(stored.order_id, before=stored, order=imported.order, imports=(imported,))

    @property
    def _now(self) -> tuple[ShippingPolicy, int]:
        return self._policy, self._clock.now_ms()

    def _act(self, order_id: str, rule: Callable[[StoredOrder], Verdict]) -> Act:
        done = rewrite(self._orders, order_id, rule)
        failure = self._start_review(done)
        return Act(order_id, done.verdict.refusal, done.before, done.order, failure=failure)

    def _start_review(self, done: Rewritten) -> str | None:
        """Start the loop that a release calls for. The order is stored by now, whatever becomes of it."""
        change = done.verdict.change
        if change is None or not change.starts_review:
            return None
        try:
            self._reviews.start(change.order.order_id, change.order.review_generation)
        except AwsError as exc:
            return describe(exc)
        return None
