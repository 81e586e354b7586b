"""The newest calls with what became of them, for whoever watches: no body, no secret."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

KEPT = 200


@dataclass
class Exchange:
    """A call (`began` in epoch ms) and its answer; without one `status` and `milliseconds` are None."""

    number: int
    began: int
    operation: str
    order_id: str
    status: int | None = None
    milliseconds: int | None = None


class Exchanges:
    """Keeps the newest exchanges; safe for many threads."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._lock = Lock()
        self._newest: deque[Exchange] = deque(maxlen=KEPT)
        self._begun = 0

    def begin(self, operation: str, order_id: str) -> Exchange:
        """Note that a call has come in."""
        with self._lock:
            self._begun += 1
            exchange = Exchange(self._begun, self._now_ms(), operation, order_id)
            self._newest.append(exchange)
        return exchange

    def end(self, exchange: Exchange, status: int) -> None:
        """Note the answer that goes out now."""
        exchange.milliseconds = self._now_ms() - exchange.began
        exchange.status = status

    def newest(self) -> list[Exchange]:
        """Return the exchanges that are kept, the newest first."""
        with self._lock:
            return list(reversed(self._newest))
