"""What `BackfillOrdersFunction` is invoked with by its state machine: the input to plan for, or one slice."""

from collections.abc import Collection, Mapping, Set
from dataclasses import asdict, dataclass, fields
from typing import Any

from zonos_orders.errors import InvalidInput
from zonos_orders.payloads import ReconcileRequest, read_reconcile_request

EXPECTED = (
    'expected {"sinceDate": "yyyymmdd", "throughDate": "yyyymmdd" or left out} '
    'or {"orderIds": ["<order id>", …]}, 5,000 at most'
)
# An execution's input and a state's output hold 256 KB: the list and, in slices, the same list again.
_NAMED_AT_MOST = 5_000
_FAILED_NAMED_AT_MOST = 250  # as many as a slice of a list has
_COUNTED_AT_MOST = 10**12
_SELECTORS = ({"sinceDate"}, {"sinceDate", "throughDate"}, {"orderIds"})
_OF_MACHINE = (
    'expected {"plan": <the input of the execution>} or {"slice": <a slice>, "so_far": <its counts>}'
)


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a backfill: the days from `since` to `through`, or the orders of a list."""

    since: str = ""
    through: str = ""
    order_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a log line calls it: its days, or the first of its orders and how many they are."""
        if self.order_ids:
            return f"{self.order_ids[0]} and {len(self.order_ids) - 1} more"
        return f"{self.since} to {self.through}"

    def payload(self) -> dict[str, Any]:
        """Return `{"sinceDate", "throughDate"}` or `{"orderIds"}`, as the state machine carries it."""
        if self.order_ids:
            return {"orderIds": list(self.order_ids)}
        return {"sinceDate": self.since, "throughDate": self.through}


@dataclass(frozen=True, slots=True)
class Progress:
    """What the invocations of a slice that came to their end have done so far: counts, and ids of orders.

    `listed` and `missing` are the latest invocation's and the first one's. `failed` have failed and were not
    imported since: they are on record, with their causes, and left to the reconciliation; 250 are named.
    """

    invocations: int = 0
    listed: int = 0
    missing: int = 0
    imported: int = 0
    changed: int = 0
    failed: int = 0
    failed_orders: tuple[str, ...] = ()

    def failed_after(
        self, imported: Set[str], failing: Collection[str], on_record: Set[str]
    ) -> tuple[int, tuple[str, ...]]:
        """Return how many have failed after one more invocation and were not imported, and their names.

        `imported` and `failing`: what it has tried. `on_record`: the failures that were known when it began;
        one that was named and is on record no more was imported by somebody else.
        """
        tried_again = (on_record & (imported | {*failing})) - {*self.failed_orders}
        unnamed = max(0, self.failed - len(self.failed_orders) - len(tried_again))
        still = [one for one in self.failed_orders if one in on_record and one not in imported]
        named = tuple(dict.fromkeys((*still, *failing)))
        return unnamed + len(named), named[:_FAILED_NAMED_AT_MOST]

    def payload(self) -> dict[str, Any]:
        """Return the counts as the state machine carries them."""
        return asdict(self) | {"failed_orders": list(self.failed_orders)}


@dataclass(frozen=True, slots=True)
class SliceRequest:
    """One invocation for a slice."""

    slice: Slice
    so_far: Progress


def read_backfill_input(event: object, store_id: str) -> ReconcileRequest:
    """Read what somebody starts the state machine with; InvalidInput, with what is expected, otherwise."""
    if isinstance(event, Mapping) and event.keys() in _SELECTORS:
        try:
            request = read_reconcile_request(event, store_id)
        except InvalidInput:
            request = ReconcileRequest()
        if request.since_date or 0 < len(request.order_ids) <= _NAMED_AT_MOST:
            return request
    raise InvalidInput(f"the input of the backfill is not understood: {EXPECTED}")


def read_backfill_request(event: object, store_id: str) -> ReconcileRequest | SliceRequest:
    """Read what the state machine sends: a ReconcileRequest is to be planned for. InvalidInput otherwise."""
    if isinstance(event, Mapping) and event.keys() == {"plan"}:
        return read_backfill_input(event["plan"], store_id)
    if not isinstance(event, Mapping) or event.keys() != {"slice", "so_far"}:
        raise InvalidInput(_OF_MACHINE)
    given = read_backfill_input(event["slice"], store_id)
    if given.since_date and not given.through_date:
        raise InvalidInput(_OF_MACHINE)
    piece = Slice(given.since_date or "", given.through_date or "", given.order_ids)
    return SliceRequest(piece, _progress(event["so_far"]))


def _progress(given: object) -> Progress:
    """Read the counts; `{}` before the first invocation."""
    counts = {field.name for field in fields(Progress)} - {"failed_orders"}
    if not isinstance(given, Mapping) or given.keys() - counts - {"failed_orders"}:
        raise InvalidInput(_OF_MACHINE)
    named = given.get("failed_orders", [])
    numbers = {name: given[name] for name in counts & given.keys()}
    are_counts = all(type(one) is int and 0 <= one < _COUNTED_AT_MOST for one in numbers.values())
    if not are_counts or not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise InvalidInput(_OF_MACHINE)
    return Progress(**numbers, failed_orders=tuple(named))
