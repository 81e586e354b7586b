"""The board: what it shows, read at most once a second however many browsers look, and what it does."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, Self

from tests.sandbox.board import sections
from tests.sandbox.board.actions import Said, perform
from tests.sandbox.board.flow import flow
from tests.sandbox.board.reading import OrdersSeen, Reading
from tests.sandbox.board.server import BoardServer
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.zonos_simulator import FAULTS, ZonosSimulator

TICK_SECONDS: Final = 1.0
_SHARE: Final = 0.25  # of the time, at most, is spent on looking: many orders take longer
UNREAD: Final = {"unread": "could not be read"}
_SECTIONS: Final[dict[str, Callable[[Reading], Any]]] = {
    "flow": flow,
    "orders": sections.orders,
    "reviews": sections.reviews,
    "reconciliation": sections.reconciliation,
    "failures": sections.failures,
    "calls": sections.calls,
    "events": sections.events,
    "hand_overs": sections.hand_overs,
}


class Board:
    """A local web page about a simulated Zonos and, once `watch` was called, a sandbox."""

    def __init__(self, simulator: ZonosSimulator) -> None:
        self._simulator = simulator
        self._sandbox: Sandbox | None = None
        self._orders_seen: OrdersSeen | None = None
        self._story: deque[str] = deque(maxlen=6)
        self._lock = Lock()
        self._kept = b""
        self._kept_until = 0.0
        self._server = BoardServer(self.state, self.act)
        self.url: Final = self._server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def watch(self, sandbox: Sandbox) -> None:
        """Show this sandbox from now on."""
        self._orders_seen = OrdersSeen(sandbox)
        self._sandbox = sandbox
        self.forget()

    def tell(self, line: str) -> None:
        """Show a line of the story. Indented ones are the console's: the board shows what they say."""
        if line.strip() and not line.startswith(" "):
            self._story.append(line.strip())

    def state(self) -> bytes:
        """Return all that the page shows, as JSON; a section that cannot be read says so."""
        with self._lock:
            began = time.monotonic()
            if began >= self._kept_until:
                self._kept = json.dumps(self._collect()).encode()
                took = time.monotonic() - began
                self._kept_until = began + max(TICK_SECONDS, took / _SHARE)
            return self._kept

    def act(self, name: str, given: Mapping[str, Any]) -> Said:
        """Do what a button says; raises NotUnderstood."""
        said = perform(name, given, self._sandbox, self._simulator)
        self.forget()  # the page sees at once what it has done
        return said

    def forget(self) -> None:
        """Read all anew at the next look, however soon that is."""
        with self._lock:
            self._kept_until = 0.0

    def _collect(self) -> dict[str, Any]:
        sandbox, seen = self._sandbox, self._orders_seen
        fault = self._simulator.world.fault_on()
        state: dict[str, Any] = {
            "now": int(time.time() * 1000),
            "story": list(self._story),
            "links": {
                "checkout": f"{self._simulator.url}/checkout",
                "admin": f"{self._simulator.url}/admin",
            },
            "faults": {kind: what for kind, (what, _) in FAULTS.items()},
            "fault": fault and fault.kind,
        }
        if sandbox is not None and seen is not None:
            reading = Reading(sandbox, self._simulator, seen)
            state |= {name: _read(section, reading) for name, section in _SECTIONS.items()}
        return state


def _read(section: Callable[[Reading], Any], reading: Reading) -> Any:
    try:
        return section(reading)
    except Exception:  # whatever it is, the other sections are shown, and the next look may succeed
        return UNREAD
