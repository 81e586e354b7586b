"""The sandbox's end of one Lambda instance: starts the process, gives it events, kills it in time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from tests.sandbox.aws import CREDENTIALS, REGION
from tests.sandbox.stack import Function
from tests.sandbox.worker import END_OF_LOG

_WORKER: Final = Path(__file__).with_name("worker.py")
_INIT_SECONDS: Final = 60.0
_LOG_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Answer:
    """What an invocation ended with: the JSON of the result, or of Lambda's error object."""

    payload: bytes
    failed: bool = False


class Instance:
    """A warm process that runs one function, one invocation at a time."""

    def __init__(self, function: Function, *, aws_endpoint: str, log: Callable[[str], None]) -> None:
        self._function = function
        self._log = log
        self._log_complete = Event()
        self._pending = b""
        self._ready = False
        self._answers, theirs = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_WORKER), str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs],
                env=_environment(function, aws_endpoint),
                start_new_session=True,  # Ctrl-C is for the sandbox, which then ends its processes
            )
        finally:
            os.close(theirs)
        self._log_reader = Thread(target=self._read_log, daemon=True)
        self._log_reader.start()
        self.alive = True

    def invoke(self, event: object) -> Answer:
        """Run the handler once. Afterwards `alive` tells whether the instance can be used again."""
        request_id = str(uuid.uuid4())
        self._log_complete.clear()
        try:
            if not self._ready:  # the imports: like Lambda's INIT they are not the handler's time
                self._read_answer(_INIT_SECONDS)
                self._ready = True
            self._send(request_id, event)
            answer = self._read_answer(self._function.timeout)
        except TimeoutError:
            cause = f"Task timed out after {self._function.timeout:.2f} seconds"
            return self._end_without_answer(request_id, "Sandbox.Timedout", cause)
        except EOFError:
            cause = f"Runtime exited with error: {self._how_it_ended()}"
            return self._end_without_answer(request_id, "Runtime.ExitError", cause)
        self._log_complete.wait(_LOG_SECONDS)
        if answer.get("last"):
            self.close()
        if "error" in answer:
            return Answer(json.dumps(answer["error"]).encode(), failed=True)
        return Answer(answer["result"].encode())

    def kill(self) -> None:
        """End the process at once; who waits for its answer gets an error."""
        self._process.kill()

    def close(self) -> None:
        """End the process and give back what it held; what it printed is in the log afterwards."""
        self.alive = False
        self._process.kill()
        self._process.wait()
        self._log_reader.join(_LOG_SECONDS)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # an invocation that it never read
            self._process.stdin.close()
        os.close(self._answers)

    def _send(self, request_id: str, event: object) -> None:
        invocation = {
            "request_id": request_id,
            "arn": self._function.arn,
            "deadline": time.time() + self._function.timeout,
            "event": event,
        }
        assert self._process.stdin is not None
        # A process that has ended is found out by reading.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(invocation).encode() + b"\n")
            self._process.stdin.flush()

    def _read_answer(self, seconds: float) -> Mapping[str, Any]:
        """Return what the process says next; `EOFError` when it ended, `TimeoutError` when too slow."""
        deadline = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while b"\n" not in self._pending:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not poll.poll(remaining * 1000):
                raise TimeoutError
            received = os.read(self._answers, 1 << 20)
            if not received:
                raise EOFError
            self._pending += received
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_LOG_SECONDS)
            return f"exit status {code}" if code >= 0 else f"signal {-code}"
        return "it closed its connection"

    def _end_without_answer(self, request_id: str, error_type: str, cause: str) -> Answer:
        self.close()
        self._log(f"{datetime.now(UTC).isoformat()} {request_id} {cause}")
        error = {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {cause}"}
        return Answer(json.dumps(error).encode(), failed=True)

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for raw in lines:
                text, end, _ = raw.decode("utf-8", "replace").rstrip("\n").partition(END_OF_LOG)
                if text:
                    self._log(text)
                if end:
                    self._log_complete.set()


def _environment(function: Function, aws_endpoint: str) -> dict[str, str]:
    """The function's own variables and those that Lambda sets; of ours only what finds Python.

    And where a test run wants the calls to AWS written down: the worker takes that one away again.
    """
    return {
        **{
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "SANDBOX_AWS_CALLS")
            if name in os.environ
        },
        **function.environment,
        **CREDENTIALS,
        # Not the files of whoever runs the sandbox.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": aws_endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",  # all that could ever be logged is looked through for leaks
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}",
        "_HANDLER": function.handler,
        "PYTHONPATH": os.pathsep.join(map(str, function.paths)),
        "TZ": ":UTC",
    }
