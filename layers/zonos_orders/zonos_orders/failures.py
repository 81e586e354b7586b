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
from zonos_orders.reconciliation_table import ReconciliationTable

_FIRST_PAUSE_MS = 15 * 60_000
_LONGEST_PAUSE_MS = 24 * 3_600_000
# Not the order's fault: due at once, when what failed is back.
_DUE_AT_ONCE = (ZonosUnavailable, AwsUnavailable, BadCredentials, WriteContention)


def retry_pause_ms(error: Exception, attempts_before: int) -> int:
    """Return the pause in ms after `error`, when `attempts_before` attempts had failed before."""
    if isinstance(error, _DUE_AT_ONCE):
        return 0
    return int(min(_FIRST_PAUSE_MS * 2 ** min(attempts_before, 10), _LONGEST_PAUSE_MS))


class FailureLog:
    """Writes the failure records."""

    def __init__(self, table: ReconciliationTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def note(self, order_id: str, error: Exception, by: str, attempts_before: int = 0) -> bool:
        """Record the failure; False when that fails as well, so that the caller can still be heard."""
        now = self._clock.now_ms()
        due = now + retry_pause_ms(error, attempts_before)
        try:
            self._table.note_failure(order_id, describe(error), by, now, due)
        except AwsError:
            return False
        return True
