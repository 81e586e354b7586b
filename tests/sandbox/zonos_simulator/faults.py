"""The ways in which the API can be made to break down. The checkout and admin pages always work."""

from dataclasses import dataclass, field
from threading import Event
from typing import Literal, get_args

from tests.sandbox.zonos_simulator.http_messages import Answer, html_error, json_answer

FaultKind = Literal["status_500", "html_502", "silence", "drip", "slow", "rate_limited", "not_yet"]

# For each kind: what it does, and its default `seconds`.
FAULTS: dict[FaultKind, tuple[str, float]] = {
    "status_500": ("answers every call with an error (500)", 0),
    "html_502": ("answers with a web server’s error page (502)", 0),
    "silence": ("takes every call and never answers", 0),
    "drip": ("answers one byte at a time", 1),
    "slow": ("answers rightly, but late", 3),
    "rate_limited": ("refuses calls as too many (429)", 1),
    "not_yet": ("does not know new orders yet", 10),
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
