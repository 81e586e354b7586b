"""The ways in which the API can be made to break down. The checkout and admin pages always work."""

from dataclasses import dataclass, field
from threading import Event
from typing import Literal, get_args

from tests.sandbox.zonos_simulator.http_messages import Answer, html_error, json_answer

FaultKind = Literal["status_500", "html_502", "silence", "drip", "slow", "rate_limited", "not_yet"]

# For each kind: what it does, and its default `seconds`.
FAULTS: dict[FaultKind, tuple[str, float]] = {
    "status_500": ("answers 500", 0),
    "html_502": ("answers 502 with an HTML page", 0),
    "silence": ("accepts and never answers", 0),
    "drip": ("sends one byte, then waits, then the next", 1),
    "slow": ("answers right, but late", 3),
    "rate_limited": ("answers 429 with Retry-After", 1),
    "not_yet": ("does not know a new order yet", 10),
}
assert tuple(FAULTS) == get_args(FaultKind)


@dataclass(frozen=True)
class Fault:
    """One break-down, over when `ended` is set. Without an operation it concerns all of the API."""

    kind: FaultKind
    seconds: float
    operation: str | None = None
    ended: Event = field(default_factory=Event, compare=False, repr=False)

    def hold_back(self) -> None:
        """Let the caller wait as long as this fault wants; the end of the fault ends the wait."""
        if self.kind == "silence":
            self.ended.wait()
        elif self.kind == "slow":
            self.ended.wait(self.seconds)

    def answer(self) -> Answer | None:
        """Return the wrong answer that this fault gives, or None when the answer is right."""
        if self.ended.is_set():
            return None
        if self.kind == "status_500":
            return json_answer(500, {"error": "Couldn\u2019t process order details"})
        if self.kind == "html_502":
            return html_error(502, "The proxy server received an invalid response from an upstream server.")
        if self.kind == "rate_limited":
            return json_answer(429, {"error": "Too many requests"}, (("Retry-After", f"{self.seconds:.0f}"),))
        return None
