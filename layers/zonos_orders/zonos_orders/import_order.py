"""Import one order: the use case that the redirect, the reconciliation and the review loop share."""

from dataclasses import dataclass, replace

from zonos_orders.clock import Clock, Deadline
from zonos_orders.erasure import BY_AGE, Erasure, is_over, may_be_on_record
from zonos_orders.erasure_records import ErasureRecords
from zonos_orders.errors import AwsError, UnexpectedAnswer, WriteContention, describe
from zonos_orders.instants import iso
from zonos_orders.merge import Merge, Outcome, merge
from zonos_orders.order import Order, merchant_order_id_of
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reviews import Reviews
from zonos_orders.sensitive import without_sensitive_fields
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.zonos_client import ZonosClient

_ATTEMPTS = 3  # a refused write is followed by a new fetch, at most twice


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `order` is the item as it stands after it.

    `contract_changes`: documented keys that were missing or unreadable. `review_failure`: why the review
    loop of this order could not be started; the next reconciliation starts it.
    """

    outcome: Outcome
    order: StoredOrder
    contract_changes: tuple[str, ...] = ()
    review_failure: str | None = None

    def without_content(self) -> "Imported":
        """Return the same without the order itself: of a long run there are tens of thousands."""
        return replace(self, order=self.order.without_content())


class ImportOrder:
    """Learn what is stored, then fetch from Zonos, then write what `merge` says over what was learned.

    `drop_sensitive`: what `SensitiveFields` names is dropped before anything else sees the order.
    `keep_days`: for how many days personal data is kept, 0 for ever.
    """

    def __init__(
        self,
        zonos: ZonosClient,
        orders: OrdersTable,
        reviews: Reviews,
        erasures: ErasureRecords,
        policy: ShippingPolicy,
        clock: Clock,
        *,
        drop_sensitive: bool = False,
        keep_days: int = 0,
    ) -> None:
        self._zonos = zonos
        self._orders = orders
        self._reviews = reviews
        self._erasures = erasures
        self._policy = policy
        self._clock = clock
        self._drop_sensitive = drop_sensitive
        self._keep_days = keep_days

    def __call__(
        self,
        order_id: str,
        by: str,
        deadline: Deadline,
        *,
        is_missing: bool = False,
        never_erased: bool = False,
        dry_run: bool = False,
    ) -> Imported:
        """Bring the order with this canonical id up to date.

        `is_missing`: the caller has just seen that it is not stored, which saves the read; being wrong costs
        a refusal. `never_erased`: nor is it on record as erased, which saves another. `dry_run` fetches and
        merges, and writes nothing. Raises ZonosError, AwsError, and
        WriteContention when other writers were faster three times.
        """
        stored = None if is_missing else self._orders.get(order_id)
        for _ in range(_ATTEMPTS):
            fetched = self._fetch(order_id, deadline)
            decision = self._merge(stored, fetched, by, never_erased=never_erased)
            changes = (*fetched.contract_changes, *_number_vanished(stored, fetched))
            result = Imported(decision.outcome, decision.order, changes)
            if dry_run or not decision.writes:
                return result
            standing = self._orders.replace(stored.revision if stored else 0, decision.order)
            if standing is decision.order:
                return self._with_review(result) if decision.starts_review else result
            stored = standing
        raise WriteContention("other writers were faster three times in a row")

    def _fetch(self, order_id: str, deadline: Deadline) -> Order:
        fetched = self._zonos.order(order_id, deadline)
        if not self._drop_sensitive:
            return fetched
        try:
            return replace(fetched, content=without_sensitive_fields(fetched.content))
        except RecursionError as exc:
            raise UnexpectedAnswer("the order is nested too deeply to store") from exc

    def _merge(self, stored: StoredOrder | None, fetched: Order, by: str, *, never_erased: bool) -> Merge:
        """Merge. A stored order knows whether it is erased; of a missing one only the record may know."""
        now = self._clock.now_ms()
        on_record = None
        if stored is None and not never_erased and may_be_on_record(fetched, now):
            on_record = self._erasures.get(fetched.order_id)
        decision = merge(stored, fetched, self._policy, now, by, on_record)
        if decision.writes and is_over(decision.order, self._keep_days, now):
            return merge(stored, fetched, self._policy, now, by, Erasure(iso(now), BY_AGE))
        return decision

    def _with_review(self, imported: Imported) -> Imported:
        """Start the loop. The order is safe by now: a loop that cannot start does not undo the import."""
        order = imported.order
        try:
            self._reviews.start(order.order_id, order.review_generation)
        except AwsError as exc:
            return replace(imported, review_failure=describe(exc))
        return imported


def _number_vanished(stored: StoredOrder | None, fetched: Order) -> tuple[str, ...]:
    """Name the key when Zonos no longer shows a merchant's number that was its own.

    The number stays, and with it the order off the list to ship; a person has to know that it did.
    """
    if stored is None or stored.taken_over_here or fetched.merchant_order_id:
        return ()
    return ("merchantOrderId",) if merchant_order_id_of(stored.attributes.get("order") or {}) else ()
