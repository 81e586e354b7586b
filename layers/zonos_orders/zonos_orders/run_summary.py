"""How a reconciliation ended, and what it did."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from zonos_orders.errors import BadCredentials, ZonosError, ZonosUnavailable, describe
from zonos_orders.import_many import Tally
from zonos_orders.merge import Outcome
from zonos_orders.reviews import Restarts

_NAMED_AT_MOST = 500


class RunOutcome(StrEnum):
    """How a run ended."""

    CLEAN = "clean"  # everything listed is stored or on record
    INCOMPLETE = "incomplete"  # something is left for the next run
    BUSY = "busy"  # another run holds the lease
    UNAVAILABLE = "unavailable"  # Zonos cannot be asked now
    BAD_CREDENTIALS = "bad_credentials"
    REFUSED = "refused"  # Zonos does not understand us, or we do not understand Zonos


@dataclass(slots=True)
class Summary:
    """What a run did, in counts; `tally` holds the single imports.

    `lag_minutes`: how long ago the last clean run was, None when it is not known. `persistent`: how many
    orders this clean run could not import either, None when the run was not clean.
    """

    outcome: RunOutcome
    listed: int = 0
    foreign: int = 0
    unreadable: int = 0
    missing: int = 0
    changed: int = 0
    due: int = 0
    watermark: str | None = None
    error: str | None = None
    restarts: Restarts = field(default_factory=Restarts)
    tally: Tally = field(default_factory=Tally)
    recovered: int = 0
    lag_minutes: int | None = None
    persistent: int | None = None

    def counts(self) -> dict[str, Any]:
        """Return the run as one flat record: for the log, the run's record and the answer."""
        tally = self.tally
        return {
            "outcome": self.outcome,
            "listed": self.listed,
            "foreign": self.foreign,
            "unreadable": self.unreadable,
            "missing": self.missing,
            "changed": self.changed,
            "due": self.due,
            **{f"imported_{outcome}": tally.count(outcome) for outcome in Outcome},
            "recovered": self.recovered,
            "failed": dict(tally.failed),
            "persistent": self.persistent,
            "unrecorded": tally.unrecorded,
            "left": tally.left,
            "stopped": tally.stopped,
            "reviews": asdict(self.restarts),
            "watermark": self.watermark,
            "error": self.error,
        }

    def details(self) -> dict[str, Any]:
        """Return the run by order, failures first, for whoever invoked it by hand; 500 orders at most."""
        imported = {k: str(v.outcome) for k, v in self.tally.imported.items()}
        named = self.tally.failures | {k: v for k, v in imported.items() if k not in self.tally.failures}
        return {**self.counts(), "orders": dict(list(named.items())[:_NAMED_AT_MOST])}


def finished(tally: Tally) -> Summary:
    """Return the summary of a run that tried its candidates."""
    if "BadCredentials" in tally.failed:
        return Summary(RunOutcome.BAD_CREDENTIALS, tally=tally)
    return Summary(RunOutcome.CLEAN if tally.is_clean else RunOutcome.INCOMPLETE, tally=tally)


def given_up(error: ZonosError) -> Summary:
    """Return the summary of a run that Zonos ended."""
    outcomes = {ZonosUnavailable: RunOutcome.UNAVAILABLE, BadCredentials: RunOutcome.BAD_CREDENTIALS}
    outcome = next((o for kind, o in outcomes.items() if isinstance(error, kind)), RunOutcome.REFUSED)
    return Summary(outcome, error=describe(error))
