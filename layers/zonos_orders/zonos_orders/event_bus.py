"""The EventBridge bus that tells of every change of an order."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from zonos_orders.aws import aws_errors
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import AwsError, AwsRefused, AwsUnavailable, BusTooSlow, EventTooLarge
from zonos_orders.order_events import SOURCE, OrderEvent

_ENTRIES = 10  # as many as one PutEvents takes (AWS: PutEvents)
_LARGEST_DETAIL = 20_000  # ten of the largest stay below the 256 KB that one PutEvents takes
_TRIES = 4
_PAUSE_SECONDS = 0.5
_THROTTLED = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")


class EventsClient(Protocol):
    """The one call of boto3's `events` client that is used."""

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        """Put up to ten events on a bus."""


class EventBus:
    """Sends events; a call answered with a failure, or with none, is repeated, so at least once."""

    def __init__(self, make_client: Callable[[], EventsClient], bus_name: str, clock: Clock) -> None:
        self._client = make_client()
        self._bus = bus_name
        self._clock = clock

    def put(self, events: Sequence[OrderEvent], deadline: Deadline) -> dict[int, AwsError]:
        """Send the events, the failed ones of them again, and return why those failed that still do.

        By their place in `events`. BusTooSlow: its turn will come; AwsUnavailable: send it again later;
        EventTooLarge: never; AwsRefused: a person must mend something. Begins no call after the deadline.
        """
        entries = [self._entry(event) for event in events]
        too_large = {n for n, entry in enumerate(entries) if len(entry["Detail"]) > _LARGEST_DETAIL}
        failed: dict[int, AwsError] = {
            n: EventTooLarge("send the event: larger than an event of an order can be") for n in too_large
        }
        sendable = [n for n in range(len(entries)) if n not in too_large]
        for start in range(0, len(sendable), _ENTRIES):
            batch = {n: entries[n] for n in sendable[start : start + _ENTRIES]}
            failed |= self._put(batch, deadline)
        return failed

    def _entry(self, event: OrderEvent) -> dict[str, str]:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": str(event.type),
            "Detail": json.dumps(event.detail),
        }

    def _put(self, batch: Mapping[int, Mapping[str, str]], deadline: Deadline) -> dict[int, AwsError]:
        late = BusTooSlow("send the events: the time was over")
        failed: dict[int, AwsError] = dict.fromkeys(batch, late)
        for n in range(_TRIES):
            if n:
                self._clock.sleep(min(_PAUSE_SECONDS * 2**n, max(0.0, deadline.remaining())))
            if deadline.remaining() <= 0:
                break
            places = list(failed)
            try:
                with aws_errors("send the events"):
                    answer = self._client.put_events(Entries=[batch[place] for place in places])
            except AwsUnavailable as exc:
                failed = dict.fromkeys(places, _failure(str(exc)))
                continue
            except AwsRefused as exc:
                return dict.fromkeys(places, exc)
            results = zip(places, answer["Entries"], strict=True)
            codes = {place: str(entry["ErrorCode"]) for place, entry in results if entry.get("ErrorCode")}
            failed = {place: _failure(f"send the event: {code}") for place, code in codes.items()}
            if not failed:
                break
        return failed


def _failure(text: str) -> AwsUnavailable:
    """Return the error for a text that ends with the code of the service."""
    return (BusTooSlow if text.endswith(_THROTTLED) else AwsUnavailable)(text)
