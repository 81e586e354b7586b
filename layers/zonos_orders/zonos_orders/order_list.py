"""Ask Zonos for its list of orders, in pieces where the whole is too much."""

from zonos_orders.clock import Deadline
from zonos_orders.errors import AnswerTooLarge, ZonosTooSlow
from zonos_orders.instants import days_between
from zonos_orders.listing import Listing
from zonos_orders.order_id import order_before
from zonos_orders.zonos_api import order_numbers
from zonos_orders.zonos_client import ZonosClient

_CALL_SECONDS = 45.0  # five of them, halving a month each time, fit into a run


class OrderList:
    """The orders that Zonos lists, with their statuses. Every method raises ZonosError."""

    def __init__(self, zonos: ZonosClient) -> None:
        self._zonos = zonos

    def since_order(self, order_id: str, deadline: Deadline) -> Listing:
        """List an order and those after it: one page of the vendor includes it, another does not."""
        call = order_numbers(since_order_id=order_before(order_id), statuses=True)
        return self._zonos.orders(call, deadline.at_most(_CALL_SECONDS))

    def without_merchant_order_id(self, deadline: Deadline) -> Listing:
        """List the orders of the last two weeks that bear no number of the merchant's at Zonos."""
        call = order_numbers(missing_merchant_order_id=True, statuses=True)
        return self._zonos.orders(call, deadline.at_most(_CALL_SECONDS))

    def of_days(self, since: str, through: str | None, today: str, deadline: Deadline) -> Listing:
        """List the orders of UTC days; a window that is too large or too slow is asked again in halves.

        `through` None is up to now. Whether Zonos includes both ends is contradictory, so halves overlap,
        and the caller names a day more on each side.
        """
        call = order_numbers(since_date=since, through_date=through, statuses=True)
        try:
            return self._zonos.orders(call, deadline.at_most(_CALL_SECONDS))
        except (AnswerTooLarge, ZonosTooSlow):
            days = days_between(since, through or today)
            middle = len(days) // 2
            if middle < 2:  # noqa: PLR2004 - overlapping halves of three days are no smaller than the whole
                raise
        earlier = self.of_days(since, days[middle], today, deadline)
        return earlier | self.of_days(days[middle - 1], through, today, deadline)
