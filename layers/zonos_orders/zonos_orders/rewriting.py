"""Change a stored order by a rule, whoever else writes it meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from zonos_orders.errors import WriteContention
from zonos_orders.orders_table import OrdersTable
from zonos_orders.stored_order import StoredOrder
from zonos_orders.supervision import Refusal, Verdict

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of the order: `verdict` was carried out on `before` (None: there is none)."""

    before: StoredOrder | None
    verdict: Verdict

    @property
    def order(self) -> StoredOrder | None:
        """The order as it stands now."""
        return self.verdict.change.order if self.verdict.change else self.before


def rewrite(orders: OrdersTable, order_id: str, rule: Callable[[StoredOrder], Verdict]) -> Rewritten:
    """Write what `rule` says of the stored order over just the state that it judged.

    Raises AwsError, UnexpectedAnswer when no item can hold the order, and WriteContention when others were
    faster three times.
    """
    stored = orders.get(order_id)
    for _ in range(_ATTEMPTS):
        if stored is None:
            return Rewritten(None, Verdict(refusal=Refusal.NOT_IMPORTED))
        verdict = rule(stored)
        if verdict.change is None:
            return Rewritten(stored, verdict)
        standing = orders.replace(stored.revision, verdict.change.order)
        if standing is verdict.change.order:
            return Rewritten(stored, verdict)
        stored = standing
    raise WriteContention("other writers were faster three times in a row")
