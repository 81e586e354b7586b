"""One simulated world of one seed: it goes wrong for some days, then it is left in peace, and judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, TypeVar

from tests.sandbox.sam_template import load_template
from tests.simulation.aws import (
    Execution,
    Line,
    SecretStore,
    SimulatedDynamoDB,
    SimulatedStepFunctions,
)
from tests.simulation.dynamodb import InMemoryDynamoDB, Item
from tests.simulation.faults import Faults
from tests.simulation.judge import Judge
from tests.simulation.processes import (
    Killed,
    Process,
    Scheduler,
    SimulatedClock,
    SimulatedThreads,
)
from tests.simulation.promises import Promises
from tests.simulation.stream import Listener, SimulatedEvents, SimulatedQueue, Stream
from tests.simulation.warehouse import Warehouse
from tests.simulation.zonos import CANARY, SimulatedZonos
from zonos_orders.backfill_payloads import Progress, read_backfill_input
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable
from zonos_orders.instants import day_of
from zonos_orders.order_desk import DeskAnswer, OrderDesk
from zonos_orders.order_supervisor import OrderSupervisor
from zonos_orders.payloads import read_reconcile_request
from zonos_orders.publish_changes import Told
from zonos_orders.publish_payloads import StreamRecord
from zonos_orders.recheck import LookResult
from zonos_orders.secret import ApiSecret
from zonos_orders.settings import Settings
from zonos_orders.wiring import Application, Outside
from zonos_orders.zonos_api import HttpAnswer, HttpRequest

T = TypeVar("T")
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
SECRET = f"{CANARY}-secret"
TIMEOUTS = {
    "redirect": 10.0,
    "reconcile": 300.0,
    "backfill": 300.0,
    "recheck": 60.0,
    "desk": 60.0,
    "supervisor": 60.0,
    "publish": 60.0,
}
_TASK_RETRIES = 4
_DESK_RESERVE = 10.1
_ENV = {
    "ZONOS_STORE_ID": "999",
    "ZONOS_SECRET_NAME": "zonos",
    "ZONOS_API_URL": "https://zonos.invalid",
    "REVIEW_LOOP_ARN": "arn:aws:states:us-east-1:1:stateMachine:review",
    "ORDERS_TABLE": "OrdersTable",
    "RECONCILIATION_TABLE": "ReconciliationTable",
    "SHIP_FROM_DATE": day_of(int(START * 1000) - 3 * 86_400_000),
    "REFRESH_CALLS_PER_RUN": "0",
    "ORDERS_BUS": "orders",
    "EVENTS_FAILURE_QUEUE": "https://sqs.invalid/events",
}
_RESOURCES = load_template()["Resources"]


class Deployment:
    """The deployed system in virtual time: functions to invoke, tables, review loops."""

    def __init__(self, random: Random, faults: Faults, begin: float, **env: object) -> None:
        self.random = random
        self.faults = faults
        self.scheduler = Scheduler(begin)
        self.line = Line(self.scheduler, faults, random)
        self.zonos = SimulatedZonos(self.scheduler, faults, random, SECRET)
        self.secrets = SecretStore(self.scheduler, SECRET)
        self.loops = SimulatedStepFunctions(
            self.line, self._begin_loop, lambda name, given: self.judge.loop_started(name, given=given)
        )
        self.database = InMemoryDynamoDB(self._written)
        self._tables = 0
        for name in ("OrdersTable", "ReconciliationTable"):
            self.database.create_table(TableName=name, **_RESOURCES[name]["Properties"])
        self.settings = Settings.from_env(_ENV | {name: str(value) for name, value in env.items()})
        ship_from = self.settings.policy.ship_from_ms
        assert ship_from is not None
        self.promises = Promises(self.zonos, ship_from)
        self.judge = Judge(self)
        self.zonos.told = self.judge.zonos_is_told
        self._idle: dict[str, list[Application]] = {name: [] for name in TIMEOUTS}
        self._clock = SimulatedClock(self.scheduler)
        self.warehouses = [Warehouse(self, mark) for mark in ("A", "B")]
        self.stream, self.listener = Stream(self), Listener()
        # What happens to the next process for certain.
        self.next_kill: tuple[int, str] | None = None
        self.next_skew_ms = 0

    # The functions

    def redirect(self, order_id: str) -> Process:
        def over(process: Process, answer: Any) -> None:
            self.judge.redirected(process, order_id, answer)

        return self.invoke("redirect", lambda app: app.confirm_order(order_id), over)

    def reconcile(
        self, payload: Mapping[str, Any], ended: Callable[[Process, Any], object] = lambda *_: None
    ) -> Process:
        request = read_reconcile_request(payload, self.settings.store_id)

        def run(app: Application) -> Any:
            self.scheduler.process.notes |= {"scheduled": request.is_scheduled, "dry": request.dry_run}
            deadline = Deadline.after(TIMEOUTS["reconcile"] - 0.1, app.clock)
            return app.reconcile(request, deadline, self.scheduler.process.name)

        def over(process: Process, result: Any) -> None:
            self.judge.reconciled(process, result)
            ended(process, result)

        return self.invoke("reconcile", run, over)

    def backfill(self, since: str, through: str) -> Process:
        """Plan for a window and import its first slice. Nothing waits for more than the orders themselves."""
        request = read_backfill_input({"sinceDate": since, "throughDate": through}, self.settings.store_id)

        def run(app: Application) -> Any:
            deadline = Deadline.after(TIMEOUTS["backfill"] - 0.1, app.clock)
            piece, *_ = app.backfill.plan(request, deadline)
            return app.backfill(piece, Progress(), deadline)

        return self.invoke("backfill", run, lambda *_: None)

    def recheck(self, execution: Execution, ended: Callable[[Process, Any], object]) -> Process:
        def run(app: Application) -> Any:
            self.scheduler.process.notes["execution"] = execution
            deadline = Deadline.after(TIMEOUTS["recheck"] - 0.1, app.clock)
            return app.recheck(execution.order_id, execution.name, deadline)

        return self.invoke("recheck", run, ended)

    def take_over(
        self, order_id: str, number: str, ended: Callable[[Process, Any], object] = lambda *_: None
    ) -> Process:
        def over(process: Process, answer: Any) -> None:
            self.judge.taken_over(process, order_id, number, answer)
            ended(process, answer)

        return self._desk(lambda desk, deadline: desk.take_over(order_id, number, deadline), over)

    def may_ship(self, order_id: str) -> Process:
        def over(process: Process, answer: Any) -> None:
            self.judge.may_ship(process, order_id, answer)

        return self._desk(lambda desk, deadline: desk.may_ship(order_id, deadline), over)

    def set_status(self, order_id: str, status: str) -> Process:
        return self._desk(lambda desk, deadline: desk.set_status(order_id, status, deadline))

    def set_tracking(self, order_id: str) -> Process:
        return self._desk(lambda desk, deadline: desk.set_tracking(order_id, ["1Z-7"], deadline))

    def _desk(
        self,
        ask: Callable[[OrderDesk, Deadline], DeskAnswer],
        over: Callable[[Process, Any], object] = lambda *_: None,
    ) -> Process:
        def run(app: Application) -> DeskAnswer:
            return ask(app.order_desk, Deadline.after(TIMEOUTS["desk"] - _DESK_RESERVE, app.clock))

        return self.invoke("desk", run, over)

    def ask_status(self) -> Process:
        def run(app: Application) -> object:
            return app.desk_status(Deadline.after(TIMEOUTS["desk"] - _DESK_RESERVE, app.clock))

        return self.invoke("desk", run, lambda *_: None)

    def supervise(self, act: Callable[[OrderSupervisor, Deadline], object]) -> Process:
        def run(app: Application) -> object:
            return act(app.order_supervisor, Deadline.after(TIMEOUTS["supervisor"] - 0.1, app.clock))

        return self.invoke("supervisor", run, lambda *_: None)

    def publish(
        self, batch: Sequence[StreamRecord], ended: Callable[[Process, Any], object] = lambda *_: None
    ) -> Process:
        def run(app: Application) -> Told:
            deadline = Deadline.after(TIMEOUTS["publish"] - _DESK_RESERVE, app.clock)
            return app.publish_changes.changes(batch, deadline)

        return self.invoke("publish", run, ended)

    def publish_again(self, order_ids: Sequence[str]) -> Process:
        def run(app: Application) -> Told:
            deadline = Deadline.after(TIMEOUTS["publish"] - _DESK_RESERVE, app.clock)
            return app.publish_changes.again(order_ids, deadline)

        return self.invoke("publish", run, lambda *_: None)

    def invoke(
        self, function: str, run: Callable[[Application], T], ended: Callable[[Process, Any], object]
    ) -> Process:
        """Invoke a function now: on an instance that is idle, or on a new one."""
        settings, random = self.settings, self.random
        idle = self._idle[function]
        app = idle.pop() if idle and random.random() < 0.8 else self._instance(settings)
        kill_at = None
        if self.next_kill:
            kill_at, self.next_kill = self.next_kill, None
        elif self.faults.happens("process killed"):
            kill_at = 1 + int(random.expovariate(0.15)), random.choice(("before", "after"))
        skew_ms, self.next_skew_ms = self.next_skew_ms, 0
        if self.faults.happens("clock an hour off"):
            skew_ms = 3_600_000 * random.choice((-1, 1))
        if self.faults.happens("clock days off"):
            skew_ms = 86_400_000 * random.choice((-3, 3, 400))
        process = Process(
            f"{function}-{random.getrandbits(32):x}",
            TIMEOUTS[function],
            skew_ms=skew_ms,
            kill_at=kill_at,
            frozen_for=random.choice((0.0, 60.0, 3600.0, 1e12)),
        )

        def over(result: Any) -> None:
            if not isinstance(result, Killed) and app.settings is self.settings:
                idle.append(app)
            self.judge.ended(process, result)
            ended(process, result)

        process.notes["settings"] = settings
        self.scheduler.start(process, lambda: run(app), over)
        return process

    def _instance(self, settings: Settings) -> Application:
        dynamodb: Any = SimulatedDynamoDB(self.line, self.database)
        outside = Outside(
            self._clock,
            SimulatedThreads(self.scheduler),
            dynamodb,
            lambda: self.loops,  # type: ignore[arg-type,return-value]  # the one call that is used
            lambda: SimulatedEvents(self.line, self.faults, self.random, self.judge.event_sent),
            lambda: SimulatedQueue(self.line),
            lambda: ApiSecret(lambda: self.secrets, settings.secret_name, self._clock),
            lambda: self,
        )
        return Application(settings, outside)

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Call Zonos: the transport of every instance."""
        process = self.scheduler.process
        operation = request.url.rpartition("/")[2]
        process.notes[operation] = process.notes.get(operation, 0) + 1
        self.judge.calls_zonos(process)
        return self.line.touch(lambda: self.zonos.exchange(request, deadline))

    # The review loops, as the state machine has them

    def _begin_loop(self, execution: Execution) -> None:
        self._look_in(self.settings.recheck_base_seconds, execution, 0)

    def _look_in(self, seconds: float, execution: Execution, tries: int) -> None:
        self.scheduler.at(self.scheduler.now + seconds, partial(self._look, execution, tries))

    def _look(self, execution: Execution, tries: int) -> None:
        def looked(_process: Process, result: Any) -> None:
            if isinstance(result, LookResult):
                execution.outcome = result.outcome
                execution.is_running = not result.done
                if not result.done:
                    self._look_in(result.wait_seconds, execution, 0)
            elif isinstance(result, AwsUnavailable) and tries < _TASK_RETRIES:
                self._look_in(2.0 * 2**tries, execution, tries + 1)
            else:
                self._look_in(10.0 * self.settings.recheck_base_seconds, execution, 0)

        if execution.is_running:
            self.recheck(execution, looked)

    # The tables

    @property
    def orders(self) -> dict[tuple[str, ...], Item]:
        return self.database.tables[self.settings.orders_table].items

    @property
    def notes(self) -> dict[tuple[str, ...], Item]:
        """The Reconciliation table's items by kind and id."""
        return self.database.tables[self.settings.reconciliation_table].items

    def restore_orders(self, backup: Any) -> None:
        """Put a restored table into service; what runs goes on with the old one, as after a deployment."""
        self._tables += 1
        name = f"OrdersTable-{self._tables}"
        self.database.tables[name] = backup.copy()
        self.settings = replace(self.settings, orders_table=name)
        self._idle = {name: [] for name in TIMEOUTS}
        self.promises.restored(self.orders.values(), self.scheduler.now)
        self.listener = Listener()  # revisions begin again where the backup was
        for warehouse in self.warehouses:
            warehouse.released.clear()  # what was taken over since can be taken over again
        self.stream = self.stream.of_another_table()

    def _written(self, table: str, before: Item | None, after: Item | None) -> None:
        try:
            self.judge.written(self.scheduler.process, table, before, after)
        except Exception as exc:  # which the judged code would take for its own, and survive
            self.promises.expect("never silent", False, f"the judge failed: {exc!r}")
            raise
        if table == self.settings.orders_table:
            self.stream.changed(before, after)
