"""Virtual time in one thread: whichever process wakes first goes on, and time jumps to it.

A process is one invocation of a function. It runs in greenlets, one for each of its threads, which give
way whenever they wait: so the steps of all processes interleave as their waits say, the same for each run.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

from zonos_orders.clock import Clock
from zonos_orders.threads import Overrun, Threads

T = TypeVar("T")
FOREVER = float("inf")


class Killed(BaseException):
    """The process ended between two steps; nothing that it does any more takes effect."""


class Process:
    """One invocation: its clock may be wrong, and it can be killed at any of its side effects.

    `kill_at`: before (n, "before") or after (n, "after") its n-th side effect, None: not.
    """

    def __init__(
        self,
        name: str,
        timeout: float,
        *,
        skew_ms: int = 0,
        kill_at: tuple[int, str] | None = None,
        frozen_for: float = 0.0,
    ) -> None:
        self.name = name
        self.timeout = timeout
        self.skew_ms = skew_ms
        self.kill_at = kill_at
        self.frozen_for = frozen_for  # how long threads stand still that the answer has left behind
        self.started_at = self.ended_at = 0.0
        self.is_dead = self.is_over = False
        self.side_effects = 0
        self.faults = 0  # that it met; without one it has to do everything right
        self.kept_waiting = 0.0  # by AWS, in seconds
        self.notes: dict[str, Any] = {}
        self.threads: list[_Thread] = []


class _Thread(greenlet):  # type: ignore[misc]  # it comes without types
    """A greenlet that knows whose it is."""

    def __init__(self, process: Process, run: Callable[[], object], parent: greenlet) -> None:
        super().__init__(run, parent)
        self.process = process


class Scheduler:
    """The one thread. `now` is in seconds since the epoch."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._hub = getcurrent()
        self._turns: list[tuple[float, int, Callable[[], object]]] = []
        self._number = count()
        self.processes: list[Process] = []

    def at(self, when: float, happen: Callable[[], object]) -> None:
        """Let something happen at a time, in the hub."""
        heapq.heappush(self._turns, (max(when, self.now), next(self._number), happen))

    def run_until(self, end: float) -> None:
        """Let everything happen that happens before `end`."""
        is_over: list[bool] = []
        self.at(end, partial(is_over.append, True))
        while not is_over:
            self.now, _, happen = heapq.heappop(self._turns)
            happen()

    def start(
        self, process: Process, work: Callable[[], T], ended: Callable[[T | BaseException], object]
    ) -> None:
        """Begin a process now; `ended` gets what it returned or raised, Killed when it was killed."""

        def run() -> None:
            result: T | BaseException
            try:
                result = work()
            except BaseException as exc:
                result = exc
            process.is_over, process.ended_at = True, self.now
            self.processes.remove(process)
            ended(result)

        process.started_at = self.now
        self.processes.append(process)
        self.at(self.now + process.timeout, partial(self.kill, process))
        self._begin(process, run)

    def kill(self, process: Process) -> None:
        """End a process where it stands. Called from the hub."""
        if not process.is_over:
            process.is_dead = True
            for thread in list(process.threads):
                if not thread.dead and thread:  # begun, not ended
                    thread.throw(Killed)

    @property
    def process(self) -> Process:
        """The process that runs now."""
        thread = getcurrent()
        assert isinstance(thread, _Thread), "only processes touch the world"
        return thread.process

    def wait(self, seconds: float) -> None:
        """Let the running thread of the running process wait, and the others go on."""
        thread = getcurrent()
        assert isinstance(thread, _Thread)
        process = thread.process
        if process.is_dead:
            raise Killed
        wake = self.now + seconds
        if process.is_over:  # the function has answered: its other threads stand still until it runs again
            wake += process.frozen_for
            process.frozen_for = 0.0
        if self._turns[0][0] > wake:
            self.now = wake  # nobody else is earlier
            return
        self.at(wake, partial(self._resume, thread))
        self._hub.switch()
        if process.is_dead:
            raise Killed

    def die(self) -> None:
        """Kill the running process from within."""
        process = self.process
        process.is_dead = True
        self.at(self.now, partial(self.kill, process))
        raise Killed

    def thread(self, work: Callable[[], object]) -> None:
        """Begin another thread of the running process; whoever began it goes on first."""
        process = self.process
        self.at(self.now, partial(self._begin, process, work))

    def give_way(self) -> None:
        """Stop the running thread until whoever has its `waker` wakes it."""
        process = self.process
        self._hub.switch()
        if process.is_dead:
            raise Killed

    def waker(self) -> Callable[[], None]:
        """Return what wakes the running thread: once, and only the first call counts."""
        thread = getcurrent()
        woken: list[bool] = []

        def wake() -> None:
            if not woken:
                woken.append(True)
                self.at(self.now, partial(self._resume, thread))

        return wake

    def _begin(self, process: Process, work: Callable[[], object]) -> None:
        if process.is_dead:
            return
        thread = _Thread(process, work, self._hub)
        process.threads.append(thread)
        thread.switch()

    @staticmethod
    def _resume(thread: greenlet) -> None:
        if not thread.dead:
            thread.switch()


class SimulatedClock(Clock):
    """The clock of whatever process asks: its own wall clock, and a right monotonic one."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now_ms(self) -> int:
        return int(self._scheduler.now * 1000) + self._scheduler.process.skew_ms

    def monotonic(self) -> float:
        return self._scheduler.now

    def sleep(self, seconds: float) -> None:
        self._scheduler.wait(seconds)


class SimulatedThreads(Threads):
    """Threads of the running process, as greenlets."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def call_within(self, seconds: float, work: Callable[[], T]) -> T:
        wake = self._scheduler.waker()
        result: list[tuple[T | None, BaseException | None]] = []

        def run() -> None:
            try:
                result.append((work(), None))
            except Killed:
                return
            except BaseException as exc:
                result.append((None, exc))
            wake()

        self._scheduler.thread(run)
        self._scheduler.at(self._scheduler.now + max(0.0, seconds), wake)
        self._scheduler.give_way()
        if not result:
            raise Overrun
        value, error = result[0]
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # without an error it is what `work` returned

    def side_by_side(self, works: Sequence[Callable[[], object]], at_once: int) -> None:
        waiting, errors = deque(works), list[BaseException]()
        running = min(at_once, len(waiting))
        if not running:
            return
        wake = self._scheduler.waker()

        def run() -> None:
            nonlocal running
            while waiting:
                try:
                    waiting.popleft()()
                except Killed:
                    return
                except BaseException as exc:
                    errors.append(exc)
            running -= 1
            if not running:
                wake()

        if running == 1:
            self._one_after_the_other(waiting, errors)
        else:
            for _ in range(running):
                self._scheduler.thread(run)
            self._scheduler.give_way()
        if errors:
            raise errors[0]

    @staticmethod
    def _one_after_the_other(works: deque[Callable[[], object]], errors: list[BaseException]) -> None:
        while works:
            try:
                works.popleft()()
            except Killed:
                raise
            except BaseException as exc:
                errors.append(exc)
