"""The time, and how much of it is left: handed to whatever needs it, so that tests own it."""

import time
from collections.abc import Callable
from dataclasses import dataclass


class Clock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return the present as epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds that only ever grow, from an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Pause."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by which a piece of work has ended, whatever it has to give up for that."""

    ends_at: float
    _monotonic: Callable[[], float]

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        """Return the deadline `seconds` from now."""
        return cls(clock.monotonic() + seconds, clock.monotonic)

    def remaining(self) -> float:
        """Return the seconds that are left, negative when it is over."""
        return self.ends_at - self._monotonic()

    def at_most(self, seconds: float) -> "Deadline":
        """Return the earlier one of this deadline and `seconds` from now."""
        return Deadline(min(self.ends_at, self._monotonic() + seconds), self._monotonic)

    def sooner_by(self, seconds: float) -> "Deadline":
        """Return the deadline that leaves `seconds` of this one unused."""
        return Deadline(self.ends_at - seconds, self._monotonic)
