"""Work beside other work: handed to whatever needs it, as the clock is, so that a simulation owns it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")

# The threads that wait for work, each with what it is handed its work through.
_idle: "list[SimpleQueue[Callable[[], None]]]" = []


class Overrun(Exception):
    """The work was not done in time; it is left to itself."""


class Threads:
    """The machine's threads."""

    def call_within(self, seconds: float, work: Callable[[], T]) -> T:
        """Return what `work` returns or raise what it raises; Overrun when it takes longer than `seconds`.

        Name resolution cannot be interrupted in Python, so whoever must be done in time cannot do it itself.
        The thread is a daemon: it holds up no exit. It is kept, and serves another call when it is done.
        """
        # A queue and not a future: what was raised would hold itself through it, and a large answer with it.
        outcome: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

        def run() -> None:
            try:
                outcome.put((work(), None))
            except BaseException as exc:
                outcome.put((None, exc))

        _hand_out(run)
        try:
            result = outcome.get(timeout=max(0.0, seconds))
        except Empty:
            raise Overrun from None
        if result[1] is None:
            return result[0]
        try:
            raise result[1]
        finally:
            del result

    def side_by_side(self, works: Sequence[Callable[[], object]], at_once: int) -> None:
        """Do all `works`, `at_once` of them at a time, and return when they are done.

        Raises what the first of them raised that failed.
        """
        if works:
            with ThreadPoolExecutor(min(at_once, len(works))) as pool:
                for done in [pool.submit(work) for work in works]:
                    done.result()


def _hand_out(work: Callable[[], None]) -> None:
    """Give work to a thread that waits for some: to wake one takes less than to start one."""
    try:
        inbox = _idle.pop()
    except IndexError:
        inbox = SimpleQueue()
        threading.Thread(target=_serve, args=(inbox,), daemon=True).start()
    inbox.put(work)


def _serve(inbox: "SimpleQueue[Callable[[], None]]") -> None:
    while True:
        inbox.get()()  # under no name: what was done would be held until there is something else to do
        _idle.append(inbox)
