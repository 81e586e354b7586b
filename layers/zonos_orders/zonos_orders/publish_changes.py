"""Tell the bus of every change of an order, from the table's stream; and again, when asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import AwsError, BusTooSlow, EventTooLarge, describe
from zonos_orders.event_bus import EventBus
from zonos_orders.failure_queue import FailureQueue
from zonos_orders.instants import MINUTE_MS
from zonos_orders.news import News, news_of
from zonos_orders.order_events import OrderEvent, events_of
from zonos_orders.orders_table import OrdersTable
from zonos_orders.publish_payloads import StreamRecord

_LATE = "the time was over"
_PATIENCE_MS = 15 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it. `sent`: events on the bus. `failures`: order id → cause.

    `first_failed`: the sequence number of the first record of which something could not be told, None
    when all was. `put_aside`: changes that nobody can tell, order id → cause. `news`: order id → what a
    person must know of. `unknown`: orders that are not in the table.
    """

    sent: int
    failures: Mapping[str, str] = field(default_factory=dict)
    first_failed: str | None = None
    put_aside: Mapping[str, str] = field(default_factory=dict)
    news: Sequence[tuple[str, News]] = ()
    unknown: tuple[str, ...] = ()


class PublishChanges:
    """At least once: a batch of which something failed is told again, from the first failure on."""

    def __init__(self, bus: EventBus, orders: OrdersTable, queue: FailureQueue, clock: Clock) -> None:
        self._clock = clock
        self._bus = bus
        self._orders = orders
        self._queue = queue

    def changes(self, records: Sequence[StreamRecord], deadline: Deadline) -> Told:
        """Tell of each change in a batch of the stream; one that cannot be told holds up no other.

        What no repetition would tell is put aside, and so is what a bus that fails has not taken for a
        quarter of an hour: the stream would wait for it, and with it the news of what comes behind. News are
        reported with each try, whether the bus is there or not.
        """
        events: list[tuple[int, OrderEvent]] = []
        news: list[tuple[str, News]] = []
        hopeless: dict[int, str] = {}
        for n, record in enumerate(records):
            try:
                before, after = record.before(), record.after()
                told, new = events_of(before, after), list(news_of(before, after))
            except Exception as exc:  # whatever stands in the table: the others are told
                hopeless[n] = describe(exc)
                continue
            events += [(n, event) for event in told]
            news += [(record.order_id, one) for one in new]
        errors = self._bus.put([event for _, event in events], deadline)
        failed: dict[int, str] = {}
        for place, error in errors.items():
            n = events[place][0]
            (hopeless if self._is_hopeless(records[n], error) else failed)[n] = describe(error)
        put_aside: dict[str, str] = {}
        for n, cause in sorted(hopeless.items()):
            if failed and n > min(failed):
                break  # it comes again, with what failed before it
            if deadline.remaining() <= 0:
                failed[n] = _LATE
                break
            try:
                self._queue.put_aside(records[n].order_id, records[n].sequence_number, cause)
                put_aside[records[n].order_id] = cause
            except AwsError as exc:
                failed[n] = describe(exc)
        return Told(
            sent=len(events) - len(errors),
            failures={records[n].order_id: cause for n, cause in sorted(failed.items())},
            first_failed=records[min(failed)].sequence_number if failed else None,
            put_aside=put_aside,
            news=news,
        )

    def _is_hopeless(self, record: StreamRecord, error: AwsError) -> bool:
        if isinstance(error, EventTooLarge | BusTooSlow):
            return isinstance(error, EventTooLarge)
        return record.written_at is not None and self._clock.now_ms() - record.written_at > _PATIENCE_MS

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
