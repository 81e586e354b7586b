"""The daily look at the listed orders whose status Zonos's list does not name: it has to be asked for."""

from collections.abc import Collection, Iterator

from zonos_orders.clock import Deadline
from zonos_orders.import_many import Candidate, ImportMany, Tally
from zonos_orders.order_id import order_number
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.refresh import Place

_AT_ONCE = 100


class LookBack:
    """Fetches orders again, in turn: what there was no time for comes first on the next day."""

    def __init__(self, table: ReconciliationTable, import_many: ImportMany, store_id: str) -> None:
        self._table = table
        self._import_many = import_many
        self._place_of = f"{store_id}/look_back"

    def __call__(self, order_ids: Collection[str], today: str, deadline: Deadline) -> Iterator[Tally]:
        """Yield what became of some of the orders, and then of the next, until done or nearly out of time.

        Nothing more `today` (`yyyymmdd`) once that has come to its end; what was killed goes on. Those on
        record as failures are left to their own pace. Raises AwsError.
        """
        seen = self._table.refresh_place(self._place_of) if order_ids else (today, "")
        if seen and seen[0] == today:
            return
        last = seen[1] if seen else ""
        turns = sorted(
            set(order_ids) - self._table.failures(deadline).keys(),
            key=lambda order_id: (not _is_after(order_id, last), order_number(order_id)),
        )
        for first in range(0, len(turns), _AT_ONCE):
            some = turns[first : first + _AT_ONCE]
            tally = self._import_many([Candidate(one, is_listed=True) for one in some], {}, deadline)
            yield tally
            if tally.stopped or not tally.is_clean:
                break
            last = some[-1]
            seen = self._move(seen, ("", last))
        self._move(seen, (today, last))

    def _move(self, seen: Place | None, place: Place) -> Place:
        self._table.move_refresh(self._place_of, seen, place)
        return place


def _is_after(order_id: str, last: str) -> bool:
    return not last or order_number(order_id) > order_number(last)
