"""The second net: Zonos's own list of the orders that bear no number of the merchant's, of two weeks.

For merchants who give every order a number. It depends on no watermark and no window, so it finds what those
have missed; and it tells of a number that Zonos has lost.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsError, ZonosError, describe
from zonos_orders.import_many import Candidate, ImportMany, Tally
from zonos_orders.listing import Listing
from zonos_orders.merge import Outcome
from zonos_orders.order_list import OrderList
from zonos_orders.orders_table import OrdersTable
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.write_back import WriteBack, is_lost


@dataclass(slots=True)
class Catch:
    """What the net holds. `listed` is None when the net is not used, or was not cast: `error` says why."""

    listing: Listing = field(default_factory=lambda: Listing({}))
    listed: int | None = None
    error: str | None = None
    lost: int = 0


class SecondNet:
    """Cast by each scheduled run where it is used. Its failure alone spoils no run."""

    def __init__(
        self,
        order_list: OrderList,
        orders: OrdersTable,
        table: ReconciliationTable,
        import_many: ImportMany,
        write_back: WriteBack,
        *,
        is_used: bool,
    ) -> None:
        self._list = order_list
        self._orders = orders
        self._table = table
        self._import_many = import_many
        self._write_back = write_back
        self._is_used = is_used

    def cast(self, deadline: Deadline) -> Catch:
        """List the orders without a number."""
        if not self._is_used:
            return Catch()
        try:
            listing = self._list.without_merchant_order_id(deadline)
        except ZonosError as exc:
            return Catch(error=describe(exc))
        return Catch(listing, len(listing.statuses))

    def find_lost(self, catch: Catch, tried: Collection[str], deadline: Deadline) -> Tally:
        """Look again at the listed orders whose number Zonos has confirmed; what it does not show is lost.

        But at none that this run has `tried` already. A lost number is marked, and so told again. Two
        witnesses are asked, the list and the order itself: neither is promised to be right at once. So the
        caller asks once a day.
        """
        tally = Tally()
        try:
            listed = catch.listing.statuses.keys() - set(tried) - self._table.failures(deadline).keys()
            told = [
                known.order_id
                for known in self._orders.hand_overs(sorted(listed), deadline)
                if known.taken_over_here and known.merchant_order_id and known.is_written_back
            ]
            doubted = [Candidate(order_id, is_listed=True) for order_id in told]
            tally = self._import_many(doubted, {}, deadline, whole=True)
            for imported in tally.imported.values():
                order = imported.order
                if not order.is_written_back:  # marked by what has changed
                    catch.lost += 1
                elif imported.outcome is not Outcome.STALE and is_lost(order):
                    catch.lost += self._write_back.tell_again(order)
        except AwsError as exc:
            catch.error = describe(exc)
        return tally
