"""Orders that could not be imported: a durable record for each, tried again after growing pauses."""

from zonos_orders.clock import Clock
from zonos_orders.errors import (
    AwsError,
    AwsUnavailable,
    BadCredentials,
    WriteContention,
    ZonosUnavailable,
    describe,
)
from zonos_orders.reconciliation_table import Failure, ReconciliationTable

# A little less than the ordinary schedule's quarter of an hour, or the next run would come just too early.
_FIRST_PAUSE_MS = 14 * 60_000
_LONGEST_PAUSE_MS = 56 * 60_000  # a paid order waits for it
_CLOCKS_DIFFER_MS = 60_000
# Not the order's fault: due at once, when what failed is back.
_DUE_AT_ONCE = (ZonosUnavailable, AwsUnavailable, BadCredentials, WriteContention)


def is_orders_own(error: Exception) -> bool:
    """Say whether a failure is the order's own, rather than of Zonos or AWS as a whole."""
    return not isinstance(error, _DUE_AT_ONCE)


def is_due(failure: Failure, now_ms: int) -> bool:
    """Say whether a failed order is to be tried again.

    So too when its next attempt is later than any pause: the clock that noted it was ahead.
    """
    return not now_ms < failure.next_attempt_at <= now_ms + _LONGEST_PAUSE_MS + _CLOCKS_DIFFER_MS


def retry_pause_ms(strikes: int) -> int:
    """Return the pause in ms after the failure that was the order's own for the `strikes`-th time."""
    return int(min(_FIRST_PAUSE_MS * 2 ** min(strikes - 1, 10), _LONGEST_PAUSE_MS)) if strikes else 0


class FailureLog:
    """Writes the failure records of one kind of work."""

    def __init__(self, table: ReconciliationTable, clock: Clock, kind: str = "failure") -> None:
        self._table = table
        self._clock = clock
        self._kind = kind

    def note(
        self,
        order_id: str,
        error: Exception,
        by: str,
        earlier: Failure | None = None,
        *,
        is_own: bool,
        listed_status: str | None = None,
        is_listed: bool = False,
    ) -> bool:
        """Record the failure; False when that fails as well, so that the caller can still be heard.

        `earlier` is the record so far. `is_own`: the order's own failure lengthens its pause, an outage
        leaves it due. `listed_status`: what the listing said of an order whose status disagrees with it.
        `is_listed`: Zonos has named the order.
        """
        now = self._clock.now_ms()
        strikes = (earlier.strikes if earlier else 0) + is_own
        due = now + (retry_pause_ms(strikes) if is_own else 0)
        failure = Failure(
            order_id=order_id,
            error=describe(error),
            strikes=strikes,
            reported_by=by,
            last_failed_at=now,
            next_attempt_at=due,
            listed_status=listed_status or "",
            was_listed=is_listed,
        )
        try:
            self._table.note_failure(failure, self._kind)
        except AwsError:
            return False
        return True
