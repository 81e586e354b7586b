"""EventBridge Scheduler for one target: fires it now and again, at the sandbox's own pace."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from tests.sandbox.aws import ACCOUNT_ID, REGION
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.stack import Schedule


class Scheduler:
    """Call `invoke` with the schedule's function and event every `interval` seconds, None for never."""

    def __init__(
        self, schedule: Schedule, invoke: Callable[[str, object], Any], *, interval: float | None
    ) -> None:
        self._schedule = schedule
        self._invoke = invoke
        self._stopped = Event()
        if interval is not None:
            Thread(target=self._run, args=(interval,), daemon=True).start()

    def fire(self) -> Any:
        """Fire at once, wait, and return the function's answer; `InvocationFailed` if it has none."""
        return self._invoke(self._schedule.function, self._event())

    def close(self) -> None:
        self._stopped.set()

    def _run(self, interval: float) -> None:
        while not self._stopped.wait(interval):
            # The next run is the second try; what went wrong is in the function's log.
            with contextlib.suppress(InvocationFailed):
                self.fire()

    def _event(self) -> object:
        if self._schedule.event is not None:
            return self._schedule.event
        return {  # what AWS sends where the template gives no input
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT_ID,
            "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": REGION,
            "resources": [],
            "detail": "{}",
        }
