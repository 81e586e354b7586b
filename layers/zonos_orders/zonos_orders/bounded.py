"""Run a piece of work, and go on without it when its time is over."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class Overrun(Exception):
    """The work was not done in time; it is left to itself."""


def call_within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns or raise what it raises; Overrun when it takes longer than `seconds`.

    Name resolution cannot be interrupted in Python, so whoever must be done in time cannot do it itself.
    The thread is a daemon: it holds up no exit.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as exc:
            future.set_exception(exc)

    threading.Thread(target=run, daemon=True).start()
    try:
        return future.result(max(0.0, seconds))
    except TimeoutError:
        if future.done():  # the work's own TimeoutError, or done just now
            return future.result()
        raise Overrun from None
