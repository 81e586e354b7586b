"""How a reconciliation ended, and what it did."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from zonos_orders.erasures import Swept
from zonos_orders.errors import BadCredentials, ZonosError, ZonosUnavailable, describe
from zonos_orders.import_many import Tally
from zonos_orders.merge import Outcome
from zonos_orders.refresh import Refreshed
from zonos_orders.reviews import Restarts
from zonos_orders.second_net import Catch
from zonos_orders.write_back import WriteBacks

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

    `waiting_for_hand_over`: how many orders there are to ship, 1,000 at most, None when it is not known.
    `lag_minutes`: how long ago the last clean run was, None when it is not known. `persistent`: how many
    orders this clean run could not import either, None when the run was not clean. `recovered_by_number`: of
    the recovered orders those that only the second net has caught. `unnamed`: the listed orders that are
    not final and whose status the list does not name; `looked_back`: how many were fetched again for that.
    `on_record`: the orders whose failures were known when the run began.
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
    recovered_by_number: int = 0
    catch: Catch = field(default_factory=Catch)
    write_backs: WriteBacks = field(default_factory=WriteBacks)
    refreshed: Refreshed = field(default_factory=Refreshed)
    swept: Swept = field(default_factory=Swept)
    waiting_for_hand_over: int | None = None
    lag_minutes: int | None = None
    persistent: int | None = None
    unnamed: frozenset[str] = frozenset()
    looked_back: int = 0
    on_record: frozenset[str] = frozenset()

    @property
    def tried(self) -> set[str]:
        """The orders that this run has asked Zonos for."""
        return self.tally.imported.keys() | self.tally.failures.keys()

    def take_in(self, later: Tally) -> None:
        """Add what was done with orders that had not been tried. What it left undone was not owed."""
        self.tally.imported |= later.imported
        self.tally.failures |= later.failures
        self.tally.failed += later.failed

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
            "looked_back": self.looked_back,
            **{f"imported_{outcome}": tally.count(outcome) for outcome in Outcome},
            "recovered": self.recovered,
            "recovered_by_number": self.recovered_by_number,
            "second_list": {
                "listed": self.catch.listed,
                "lost_numbers": self.catch.lost,
                "error": self.catch.error,
            },
            "write_backs": asdict(self.write_backs),
            "refresh": {
                "looked": self.refreshed.looked,
                "changed": self.refreshed.changed,
                "error": self.refreshed.error,
            },
            "erasures": asdict(self.swept),
            "waiting_for_hand_over": self.waiting_for_hand_over,
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
