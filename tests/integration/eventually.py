"""Waiting for what another thread or process is about to do, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(condition: Callable[[], Found], seconds: float = 15) -> Found:
    """Return what is found as soon as it is true; fail when it has not come about in time."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it has not come about in time"
        time.sleep(0.02)
    return found
