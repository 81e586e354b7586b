"""What a listing says beside what the table holds, which comes page by page: what agrees is not kept."""

from collections.abc import Iterable, Mapping

from zonos_orders.import_many import Candidate
from zonos_orders.listing import Listing
from zonos_orders.reconciliation_table import Failure
from zonos_orders.status import is_final


class Comparison:
    """The listed orders, as far as they are missing or changed. Safe to use from several threads.

    `missing`: order id → listed status, of those not met so far. `changed`: the same of those that the table
    holds in another state. `unnamed`: those that it holds in a state that is not final, and of whose status
    the list says nothing.
    """

    def __init__(self, listing: Listing) -> None:
        self.missing = dict(listing.statuses)
        self.changed: dict[str, str] = {}
        self.unnamed: set[str] = set()

    def meet(self, stored: Iterable[tuple[str, str]]) -> None:
        """Take in order ids that the table holds, each with its status."""
        for order_id, status in stored:
            listed = self.missing.pop(order_id, status)  # one that is not listed differs in nothing
            if listed == status:
                continue
            if listed:
                self.changed[order_id] = listed
            elif not is_final(status):
                self.unnamed.add(order_id)

    def candidates(self, waiting: Mapping[str, Failure]) -> list[Candidate]:
        """Return what is missing or changed, less those whose next attempt is not due: `waiting`.

        An order whose listed status disagrees with its own waits only as long as the listing says the same.
        """
        return [
            Candidate(order_id, is_missing, is_listed=True, listed_status=listed)
            for orders, is_missing in ((self.missing, True), (self.changed, False))
            for order_id, listed in orders.items()
            if not _waits(waiting.get(order_id), listed)
        ]


def _waits(failure: Failure | None, listed: str | None) -> bool:
    says_otherwise = failure and failure.listed_status and listed and listed != failure.listed_status
    return failure is not None and not says_otherwise
