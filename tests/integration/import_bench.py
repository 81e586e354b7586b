"""`import_many` between an importer and records that a test decides about."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.world import TestClock
from zonos_orders.clock import Deadline
from zonos_orders.errors import (
    AwsUnavailable,
)
from zonos_orders.failures import FailureLog
from zonos_orders.import_many import Candidate, ImportMany, Tally
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.merge import Outcome
from zonos_orders.reconciliation_table import Failure, ReconciliationTable
from zonos_orders.stored_order import StoredOrder
from zonos_orders.threads import Threads

READY = "IGLOBAL_ORDER_IN_PROCESS"
ON_HOLD = "IGLOBAL_ORDER_ON_HOLD"


def imported(order_id: str, outcome: Outcome = Outcome.NEW, status: str = READY) -> Imported:
    return Imported(outcome, StoredOrder({"order_id": order_id, "zonos_status": status}))


class Importer(ImportOrder):
    """Answers for each order what `answers` holds, as a rule that it is new."""

    def __init__(self) -> None:
        self.answers: dict[str, Exception | Imported] = {}
        self.tried: list[str] = []
        self.looks_itself: list[str] = []  # for whether the order was erased
        self.meanwhile: Callable[[Deadline], object] = lambda _deadline: None

    def __call__(
        self, order_id: str, by: str, deadline: Deadline, *, never_erased: bool = False, **_: bool
    ) -> Imported:
        self.tried.append(order_id)
        self.looks_itself += [] if never_erased else [order_id]
        self.meanwhile(deadline)
        answer = self.answers.get(order_id) or imported(order_id)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Log(FailureLog):
    """Remembers which failures were recorded, and the strikes that the order then has."""

    def __init__(self) -> None:
        self.noted: dict[str, int] = {}
        self.works = True

    def note(
        self,
        order_id: str,
        error: Exception,
        by: str,
        earlier: Failure | None = None,
        *,
        is_own: bool,
        listed_status: str | None = None,
        is_listed: bool = False,
    ) -> bool:
        self.noted[order_id] = (earlier.strikes if earlier else 0) + is_own
        return self.works


class Table(ReconciliationTable):
    """Remembers which failures were closed."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self.works = True

    def clear_failure(self, failure: Failure, kind: str = "failure") -> None:
        if not self.works:
            raise AwsUnavailable("delete the failure: ThrottlingException")
        self.closed.append(failure.order_id)


class Erased:
    """Remembers what was looked up; each call takes `takes` seconds. It fails after `works_for` calls."""

    def __init__(self, clock: TestClock) -> None:
        self._clock = clock
        self.looked_up: list[str] = []
        self.calls = 0
        self.takes = 0.0
        self.on_record: set[str] = set()
        self.works_for = 1_000_000

    def among(self, order_ids: Sequence[str], _deadline: Deadline) -> set[str]:
        self.looked_up += order_ids
        self.calls += 1
        self._clock.pass_time(self.takes)
        if self.calls > self.works_for:
            raise AwsUnavailable("look items up: ThrottlingException")
        return set(order_ids) & self.on_record


class Bench:
    """`import_many` between an importer and records that the test decides about."""

    def __init__(self, concurrency: int = 1) -> None:
        self.clock = TestClock()
        self.importer, self.log, self.table = Importer(), Log(), Table()
        self.erased = Erased(self.clock)
        erasures: Any = self.erased
        self._use_case = ImportMany(self.importer, self.table, self.log, erasures, concurrency, Threads())

    def __call__(
        self,
        *candidates: str | Candidate,
        seconds: float = 280,
        dry_run: bool = False,
        whole: bool = False,
        **earlier: Failure,
    ) -> Tally:
        return self._use_case(
            [Candidate(one) if isinstance(one, str) else one for one in candidates],
            {failure.order_id: failure for failure in earlier.values()},
            Deadline.after(seconds, self.clock),
            dry_run=dry_run,
            whole=whole,
        )


def failure(order_id: str, reported_by: str = "reconcile") -> Failure:
    return Failure(order_id, "UnexpectedAnswer", 3, reported_by, 0, 0)


def orders(count: int) -> list[str]:
    return [f"999-{number}" for number in range(100, 100 + count)]
