"""AWS in virtual time: calls that take time, fail, or take effect without their answer; and what they do."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.simulation.dynamodb import InMemoryDynamoDB
from tests.simulation.faults import Faults, Period
from tests.simulation.processes import Scheduler

T = TypeVar("T")
_SILENCE_SECONDS = 4.3  # two attempts of two seconds, and the pause between them
_DOWN_KINDS = ("AWS call throttled", "AWS call lost before it took effect")


class Line:
    """The way to AWS and to Zonos: what a process meets on it, and where it may die."""

    def __init__(self, scheduler: Scheduler, faults: Faults, random: Random) -> None:
        self.scheduler = scheduler
        self.down: list[Period] = []
        self.side_effects = 0
        self.watch: Callable[[], object] = lambda: None  # called at each side effect
        self._faults = faults
        self._random = random

    def call(self, service: str, act: Callable[[], T]) -> T:
        """Do one call of an AWS service."""
        return self.touch(lambda: self._answered(service, act))

    def touch(self, act: Callable[[], T]) -> T:
        """Do one side effect of the running process, unless it dies before it, or after it."""
        process = self.scheduler.process
        if process.is_dead:
            self.scheduler.wait(0)
        process.side_effects += 1
        n = process.side_effects
        self.side_effects += 1
        self.watch()
        if process.kill_at == (n, "before"):
            self.scheduler.die()
        try:
            return act()
        finally:
            if process.kill_at == (n, "after"):
                self.scheduler.die()

    def _answered(self, service: str, act: Callable[[], T]) -> T:
        self.scheduler.wait(0.002 + 0.02 * self._random.random())
        kind = self._is_down(service) or self._faults.of_aws_call()
        if kind is None:
            return act()
        self.scheduler.process.faults += 1
        if kind == "AWS call throttled":
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "call")
        if kind == "AWS call lost before it took effect":
            raise self._silence()
        if kind == "AWS call took effect, its answer was lost":
            act()
            raise self._silence()
        if kind == "AWS call repeated after a lost answer":
            with suppress(ClientError):
                act()
            self._keep_waiting(2.2)
            return act()
        self._keep_waiting(3.9 * self._random.random())  # slow
        return act()

    def _keep_waiting(self, seconds: float) -> None:
        self.scheduler.process.kept_waiting += seconds
        self.scheduler.wait(seconds)

    def _silence(self) -> ReadTimeoutError:
        self._keep_waiting(_SILENCE_SECONDS)
        return ReadTimeoutError(endpoint_url="aws")

    def _is_down(self, service: str) -> str | None:
        now = self.scheduler.now
        is_down = any(p.begins <= now < p.ends and p.kind == service for p in self.down)
        return self._random.choice(_DOWN_KINDS) if is_down else None


class SimulatedDynamoDB:
    """The client that the table adapters get."""

    def __init__(self, line: Line, database: InMemoryDynamoDB) -> None:
        self._line = line
        self._database = database

    def get_item(self, **given: Any) -> Any:
        return self._call(lambda: self._database.get_item(**given))

    def update_item(self, **given: Any) -> Any:
        return self._call(lambda: self._database.update_item(**given))

    def delete_item(self, **given: Any) -> Any:
        return self._call(lambda: self._database.delete_item(**given))

    def batch_get_item(self, **given: Any) -> Any:
        return self._call(lambda: self._database.batch_get_item(**given))

    def query(self, **given: Any) -> Any:
        return self._call(lambda: self._database.query(**given))

    def scan(self, **given: Any) -> Any:
        return self._call(lambda: self._database.scan(**given))

    def get_paginator(self, operation: str) -> "_Paginator":
        run = getattr(self._database, operation)
        return _Paginator(lambda given: self._call(lambda: run(**given)))

    def _call(self, act: Callable[[], T]) -> T:
        return self._line.call("dynamodb", act)


class _Paginator:
    def __init__(self, run: Callable[[dict[str, Any]], Any]) -> None:
        self._run = run

    def paginate(self, **given: Any) -> Iterator[Any]:
        yield self._run(given)


@dataclass
class Execution:
    """One execution of the review loop."""

    order_id: str
    name: str
    began: float = 0.0
    is_running: bool = True
    outcome: str = ""


class SimulatedStepFunctions:
    """The client that starts review loops; `begin` lets one go."""

    def __init__(
        self,
        line: Line,
        begin: Callable[[Execution], object],
        started: Callable[[str, str], object],
    ) -> None:
        self._line = line
        self._begin = begin
        self._started = started
        self.executions: dict[str, Execution] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002 - boto3 names it so
        return self._line.call("states", lambda: self._start(name, input))

    def _start(self, name: str, given: str) -> dict[str, Any]:
        self._started(name, given)
        execution = self.executions.get(name)
        if execution is None:
            began = self._line.scheduler.now
            self.executions[name] = execution = Execution(name.rpartition("-")[0], name, began)
            self._begin(execution)
        elif not execution.is_running:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists"}}, "StartExecution")
        return {}


class SecretStore:
    """Secrets Manager: the secret, and when it is the wrong one."""

    def __init__(self, scheduler: Scheduler, value: str) -> None:
        self._scheduler = scheduler
        self.value = value
        self.wrong: list[Period] = []

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        now = self._scheduler.now
        for period in self.wrong:
            if period.begins <= now < period.ends:
                if period.kind == "unreadable":
                    raise ClientError({"Error": {"Code": "InternalServiceError"}}, "GetSecretValue")
                return {"SecretString": period.kind}
        return {"SecretString": self.value}
