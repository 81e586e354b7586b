"""Lambda on loopback: the Invoke API over HTTP for AWS clients, `invoke` for the sandbox itself."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from tests.sandbox.instance import Answer, Instance
from tests.sandbox.loopback import LoopbackServer, QuietHandler
from tests.sandbox.stack import Function

_INVOCATIONS: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_ARN: Final = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)")
_MOST_INSTANCES: Final = 10
_STOPPED: Final = Answer(
    b'{"errorType": "ServiceException", "errorMessage": "The sandbox has been stopped"}', failed=True
)


@dataclass(frozen=True)
class Invocation:
    """One run of a function: when it began (epoch ms), how long it took, and the JSON that it answered."""

    function: str
    began: int
    milliseconds: int
    payload: str
    failed: bool


class InvocationFailed(Exception):
    """The function ended with an error: its class name and its message, as Lambda reports them."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message


class LambdaService:
    """Runs functions in processes of their own, kept warm, more of them when needed at once."""

    def __init__(self, *, on_log: Callable[[str, str], None] | None = None) -> None:
        self._on_log = on_log
        self._functions: dict[str, _Instances] = {}
        self._invocations: list[Invocation] = []
        self._server = LoopbackServer(_handler(self))
        self.port: Final = self._server.port

    def deploy(self, functions: Iterable[Function], *, aws_endpoint: str) -> None:
        for function in functions:
            self._functions[function.name] = _Instances(
                function, aws_endpoint=aws_endpoint, on_log=self._on_log
            )

    def answer(self, name_or_arn: str, event: object) -> Answer:
        """Run a function and wait; an unknown one is a `KeyError`."""
        name = self.resolve(name_or_arn)
        began, clock = time.time(), time.monotonic()
        answer = self._functions[name].invoke(event)
        took = int((time.monotonic() - clock) * 1000)
        ended = Invocation(name, int(began * 1000), took, answer.payload.decode(), answer.failed)
        self._invocations.append(ended)
        return answer

    def invoke(self, name_or_arn: str, event: object) -> Any:
        """Run a function and return its result, or raise `InvocationFailed`."""
        answer = self.answer(name_or_arn, event)
        value = json.loads(answer.payload)
        if answer.failed:
            raise InvocationFailed(value["errorType"], value["errorMessage"])
        return value

    def resolve(self, name_or_arn: str) -> str:
        """Return a deployed function's name, or raise `KeyError`."""
        arn = _ARN.match(name_or_arn)
        name = arn[1] if arn else name_or_arn
        if name not in self._functions:
            raise KeyError(name)
        return name

    def logs(self, name: str) -> list[str]:
        return self._functions[name].logs()

    def invocations(self) -> list[Invocation]:
        """Return every invocation that has ended so far, in the order of their ends."""
        return list(self._invocations)

    def kill(self, name: str) -> None:
        """End every instance of a function at once; who waits for an answer gets an error."""
        self._functions[name].kill()

    def instances(self, name: str) -> int:
        """Say how many instances of a function are up."""
        return self._functions[name].count()

    def close(self) -> None:
        self._server.close()
        for instances in self._functions.values():
            instances.close()


class _Instances:
    """The instances of one function: idle ones are used again, the last used first."""

    def __init__(
        self,
        function: Function,
        *,
        aws_endpoint: str,
        on_log: Callable[[str, str], None] | None,
    ) -> None:
        self._function = function
        self._aws_endpoint = aws_endpoint
        self._on_log = on_log
        self._slots = BoundedSemaphore(_MOST_INSTANCES)
        self._lock = Lock()
        self._idle: list[Instance] = []
        self._all: set[Instance] = set()
        self._lines: list[str] = []
        self._closed = False

    def invoke(self, event: object) -> Answer:
        with self._slots:
            instance = self._take()
            if instance is None:
                return _STOPPED
            try:
                return instance.invoke(event)
            finally:
                self._give_back(instance)

    def logs(self) -> list[str]:
        with self._lock:
            return list(self._lines)

    def count(self) -> int:
        with self._lock:
            return len(self._all)

    def kill(self) -> None:
        with self._lock:
            for instance in self._all:
                instance.kill()

    def close(self) -> None:
        """End all instances; a busy one is cleaned up by the thread that waits for its answer."""
        with self._lock:
            self._closed = True
            for instance in self._all:
                instance.kill()
            idle, self._idle = self._idle, []
        for instance in idle:
            instance.close()

    def _take(self) -> Instance | None:
        with self._lock:
            if self._closed:
                return None
            if self._idle:
                return self._idle.pop()
            instance = Instance(self._function, aws_endpoint=self._aws_endpoint, log=self._log)
            self._all.add(instance)
            return instance

    def _give_back(self, instance: Instance) -> None:
        with self._lock:
            if instance.alive and not self._closed:
                self._idle.append(instance)
                return
            self._all.discard(instance)
        if instance.alive:
            instance.close()

    def _log(self, line: str) -> None:
        with self._lock:
            if self._closed:
                return
            self._lines.append(line)
        if self._on_log is not None:
            self._on_log(self._function.logical_id, line)


def _handler(service: LambdaService) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def serve(self) -> None:
            path = _INVOCATIONS.fullmatch(urlsplit(self.path).path)
            body = self.body()
            try:
                name = service.resolve(unquote(path[1])) if path else ""
                event = json.loads(body or b"{}")
            except KeyError as exc:
                self._refuse(404, "ResourceNotFoundException", f"Function not found: {exc.args[0]}")
                return
            except ValueError as exc:
                message = f"Could not parse request body into json: {exc}"
                self._refuse(400, "InvalidRequestContentException", message)
                return
            if not name:
                self._refuse(404, "UnknownOperationException", "only Invoke is spoken here")
            elif self.headers.get("X-Amz-Invocation-Type") == "Event":
                Thread(target=service.answer, args=(name, event), daemon=True).start()
                self.reply(202, [], b"")
            else:
                answer = service.answer(name, event)
                failure = [("X-Amz-Function-Error", "Unhandled")] if answer.failed else []
                headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", "$LATEST")]
                self.reply(200, headers + failure, answer.payload)

        def _refuse(self, status: int, error: str, message: str) -> None:
            body = json.dumps({"Type": "User", "Message": message}).encode()
            self.reply(status, [("Content-Type", "application/json"), ("X-Amzn-ErrorType", error)], body)

    return Handler
