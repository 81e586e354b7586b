"""One instance of a built function, under Lambda's own runtime client and its Runtime Interface Emulator.

What the emulator does, found out by trying; the tests of the kills rely on it:
- It enforces the time-out. When the time is over, the runtime gets SIGKILL, without a warning and also when
  it is stopped; the answer is `Task timed out after 10.00 seconds`, and the next invocation starts a new
  process. Children of the runtime would survive; the functions start none.
- The deadline that it tells the runtime is the one at which it kills. A function that keeps to it is never
  killed, so a real kill at the time-out needs one that cannot go on: `freeze` stops it where it is.
- A runtime that dies is answered with `Runtime.ExitError`, and the next invocation starts a new one.
- It starts the runtime with the first invocation, so the imports count as its time. On Lambda they do not.
- The memory is told to the runtime and not enforced.
"""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

import requests

from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.loopback import HOST
from tests.sandbox.stack import Function

RAPID = Path(str(files("samcli"))) / "local" / "rapid"
EMULATORS = {
    "x86_64": RAPID / "aws-lambda-rie-x86_64",
    "aarch64": RAPID / "aws-lambda-rie-arm64",
}
_START_ATTEMPTS = 3
_START_SECONDS = 30
_STOP_SECONDS = 10
_IMPORT_SECONDS = 60


def emulator() -> Path | None:
    """Return the emulator for this machine, None when there is none: it is made for Linux."""
    return EMULATORS.get(platform.machine()) if platform.system() == "Linux" else None


class EmulatedFunction:
    """A context manager. `aws`: the variables with which AWS clients find the AWS that is meant.

    Its folder is the working directory and the first on the Python path, then come its layers, as they lie
    under /opt; boto3 and the runtime client come from this environment, as Lambda's runtime brings them.
    """

    def __init__(self, function: Function, aws: Mapping[str, str]) -> None:
        self.function = function
        self.answers: list[str] = []
        self._environment = _environment(function, aws)

    def __enter__(self) -> Self:
        for _ in range(_START_ATTEMPTS):
            runtime_api, self._port = _free_ports()
            self._log: IO[bytes] = TemporaryFile()
            self._process = self._start(runtime_api)
            if self._is_listening():
                return self
            said = self.log
            self.__exit__()
        raise RuntimeError(f"the emulator did not start: {said[-500:]}")

    def __exit__(self, *_exc: object) -> None:
        runtime = self.runtime
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if runtime is not None:  # as a rule the emulator has ended it
            with suppress(ProcessLookupError):
                os.kill(runtime, signal.SIGKILL)
        self._log.close()

    def invoke(self, event: object) -> Any:
        """Run the handler once and return its answer; InvocationFailed as Lambda would report it."""
        answer = requests.post(
            f"http://{HOST}:{self._port}/2015-03-31/functions/function/invocations",
            data=json.dumps(event),
            timeout=self.function.timeout + _IMPORT_SECONDS,
        )
        self.answers.append(answer.text)
        if answer.text.startswith("Task timed out"):
            raise InvocationFailed("Sandbox.Timedout", answer.text)
        value = answer.json()
        # Unlike Lambda it marks an error nowhere else; no answer of ours has these keys.
        if isinstance(value, dict) and {"errorType", "errorMessage"} <= value.keys():
            raise InvocationFailed(value["errorType"], value["errorMessage"])
        return value

    @property
    def runtime(self) -> int | None:
        """The id of the process that runs the handler; None before the first invocation and after a kill."""
        for children in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            with suppress(OSError):  # a thread that has ended meanwhile
                if pids := children.read_text().split():
                    return int(pids[0])
        return None

    def freeze(self) -> None:
        """Stop the handler where it is: it can neither go on nor end by itself."""
        self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End the handler's process where it is."""
        self._signal(signal.SIGKILL)

    @property
    def log(self) -> str:
        """What the function and the emulator have printed so far."""
        descriptor = self._log.fileno()
        # The position in the file is shared with the process that writes it.
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    def _signal(self, number: signal.Signals) -> None:
        runtime = self.runtime
        assert runtime is not None, "nothing runs yet"
        os.kill(runtime, number)

    def _start(self, runtime_api: int) -> "subprocess.Popen[bytes]":
        # fmt: off
        command = [
            str(emulator()), "--log-level", "error",
            "--runtime-api-address", f"{HOST}:{runtime_api}",
            "--runtime-interface-emulator-address", f"{HOST}:{self._port}",
            sys.executable, "-m", "awslambdaric", self.function.handler,
        ]
        # fmt: on
        return subprocess.Popen(
            command,
            cwd=self.function.paths[0],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # an interrupt from the keyboard is for the tests, which then stop it
        )

    def _is_listening(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection((HOST, self._port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self._process.poll() is None
        return False


def _environment(function: Function, aws: Mapping[str, str]) -> dict[str, str]:
    """The function's own variables, and those of Lambda's that the emulator does not set itself."""
    return {
        **function.environment,
        **aws,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(function.paths[0]),
        "PYTHONPATH": os.pathsep.join(map(str, function.paths)),
        "PYTHONDONTWRITEBYTECODE": "1",  # /var/task and /opt cannot be written to
        "TZ": ":UTC",
    }


def _free_ports() -> tuple[int, int]:
    with socket.create_server((HOST, 0)) as one, socket.create_server((HOST, 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
