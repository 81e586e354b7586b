"""What the functions print while something happens, as CloudWatch gets it."""

from tests.alarms.cloudwatch import Metrics
from tests.integration.functions import Functions
from tests.world import TestClock


class Episode:
    """The real handlers, and their metrics by the minute of our clock, counted from the beginning."""

    def __init__(self, functions: Functions, clock: TestClock) -> None:
        self.functions = functions
        self.zonos = functions.world.zonos
        self.metrics = Metrics()
        self._clock = clock
        self._began = clock.now_ms()

    @property
    def minute(self) -> int:
        return (self._clock.now_ms() - self._began) // 60_000

    def until(self, minute: int) -> None:
        """Take in what was printed; then time passes, unless it is that late already."""
        for line in self.functions.lines:
            self.metrics.take_in(line, self.minute)
        self.functions.printed = ""
        self._clock.pass_time(max(0.0, minute * 60 - (self._clock.now_ms() - self._began) / 1000))
