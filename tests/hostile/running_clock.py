"""A clock that runs, so that deadlines are kept for real, while pauses take no time."""

import time

from tests.world import TestClock


class RunningClock(TestClock):
    """The time since it was made, and all that was slept or passed, added up."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def now_ms(self) -> int:
        return int(self.monotonic() * 1000)

    def monotonic(self) -> float:
        return super().monotonic() + time.monotonic() - self._began
