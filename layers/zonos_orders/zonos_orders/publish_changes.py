"""Tell the bus of every change of an order, from the table's stream; and again, when asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zonos_orders.clock import Deadline
from zonos_orders.errors import describe
from zonos_orders.event_bus import EventBus
from zonos_orders.order_events import OrderEvent, events_of
from zonos_orders.orders_table import OrdersTable
from zonos_orders.publish_payloads import StreamRecord

_LATE = "the time was over"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it. `sent`: events on the bus. `failures`: order id → cause.

    `first_failed`: the sequence number of the first record of which something could not be told, None
    when all was. `unknown`: orders that are not in the table.
    """

    sent: int
    failures: Mapping[str, str] = field(default_factory=dict)
    first_failed: str | None = None
    unknown: tuple[str, ...] = ()


class PublishChanges:
    """At least once: a batch of which something failed is told again, from the first failure on."""

    def __init__(self, bus: EventBus, orders: OrdersTable) -> None:
        self._bus = bus
        self._orders = orders

    def changes(self, records: Sequence[StreamRecord], deadline: Deadline) -> Told:
        """Tell of each change in a batch of the stream; one that cannot be told holds up no other."""
        events: list[tuple[int, OrderEvent]] = []
        failed: dict[int, str] = {}
        for n, record in enumerate(records):
            try:
                events += [(n, event) for event in events_of(record.before(), record.after())]
            except Exception as exc:  # whatever stands in the table: the others are told
                failed[n] = describe(exc)
        errors = self._bus.put([event for _, event in events], deadline)
        failed |= {events[place][0]: describe(error) for place, error in errors.items()}
        return Told(
            sent=len(events) - len(errors),
            failures={records[n].order_id: cause for n, cause in sorted(failed.items())},
            first_failed=records[min(failed)].sequence_number if failed else None,
        )

    def again(self, order_ids: Iterable[str], deadline: Deadline) -> Told:
        """Tell of orders as they stand, as if they had just been imported: with `previous` null.

        So each gives OrderImported, and OrderReady, OrderHeld or OrderCancelled where it is that now.
        """
        sent = 0
        failures: dict[str, str] = {}
        unknown: list[str] = []
        for order_id in order_ids:
            if deadline.remaining() <= 0:
                failures[order_id] = _LATE
                continue
            try:
                order = self._orders.get(order_id)
                events = events_of(None, order)
            except Exception as exc:  # as above
                failures[order_id] = describe(exc)
                continue
            if order is None:
                unknown.append(order_id)
            errors = self._bus.put(events, deadline)
            sent += len(events) - len(errors)
            for error in errors.values():
                failures[order_id] = describe(error)
        return Told(sent, failures, unknown=tuple(unknown))
