"""How long Zonos takes: noted call by call where the calls are made, and taken when an invocation ends."""

from collections import deque

from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import ZonosTooSlow
from zonos_orders.zonos_api import HttpAnswer, HttpRequest
from zonos_orders.zonos_client import Transport

_KEPT = 99  # of a metric CloudWatch takes 100 values at once


class TimedTransport:
    """A transport that notes how long its calls take, the latest 99; safe to share between threads."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._noted: deque[int] = deque(maxlen=_KEPT)

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Do as the transport does.

        A call that was cut off counts with the time that it was given, or the slower Zonos is, the fewer of
        its slow answers would count. A connection that was refused says nothing of how long Zonos takes.
        """
        began = self._clock.monotonic()
        try:
            answer = self._transport.post(request, deadline)
        except ZonosTooSlow:
            self._note(began)
            raise
        self._note(began)
        return answer

    def take_milliseconds(self) -> list[int]:
        """Return what was noted since this was last asked, oldest first."""
        # A call that nobody waits for any more may still note its time.
        return [self._noted.popleft() for _ in range(len(self._noted))]

    def _note(self, began: float) -> None:
        self._noted.append(round((self._clock.monotonic() - began) * 1000))
