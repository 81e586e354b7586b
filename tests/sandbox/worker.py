"""One instance of a Lambda function: import the handler once, then answer one invocation after the other.

Runs as a process of its own, with the function's environment and Python path and nothing of the sandbox.
On stdin come invocations, one JSON object per line; answers go, one JSON object per line, to the file
descriptor given as the first argument; what the handler prints goes to stdout and stderr as it is.
When stdin is closed the process ends at once, whatever the handler does.
"""

from __future__ import annotations

import errno
import importlib
import io
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Handler = Callable[[Any, Any], object]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
END_OF_LOG = "\0END"


class Context:
    """What the real runtime hands to a handler beside the event."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["arn"]
        self._deadline: float = invocation["deadline"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


def main() -> None:
    answers = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what was printed before a kill is in the log
    logging.basicConfig(stream=sys.stdout, level=os.environ["AWS_LAMBDA_LOG_LEVEL"])
    sys.addaudithook(refuse_the_internet)
    if calls := os.environ.pop("SANDBOX_AWS_CALLS", None):
        write_down_aws_calls(calls)
    invocations = read_invocations()
    handler, failure = load_handler(os.environ["_HANDLER"])
    say(answers, {"ready": True})
    while True:
        invocation = invocations.get()
        if handler is None:
            # Lambda throws such an instance away: the next invocation imports again.
            end_log()
            say(answers, {"error": failure, "last": True})
            return
        answer = invoke(handler, invocation)
        end_log()
        say(answers, answer)


def read_invocations() -> queue.SimpleQueue[dict[str, Any]]:
    """Take stdin away from the handler and read it in a thread, which ends the process with it."""
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    invocations: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in lines:
            invocations.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return invocations


def load_handler(name: str) -> tuple[Handler | None, dict[str, Any] | None]:
    """Return the handler, or the error that the first invocation is answered with."""
    module_name, _, function_name = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as exc:
        message = f"Unable to import module '{module_name}': {exc}"
        return None, describe(exc, "Runtime.ImportModuleError", message)
    except SyntaxError as exc:
        return None, describe(exc, "Runtime.UserCodeSyntaxError")
    except Exception as exc:
        return None, describe(exc)
    handler: Handler | None = getattr(module, function_name, None)
    if handler is None:
        missing = AttributeError(f"Handler '{function_name}' missing on module '{module_name}'")
        return None, describe(missing, "Runtime.HandlerNotFound")
    return handler, None


def invoke(handler: Handler, invocation: dict[str, Any]) -> dict[str, Any]:
    try:
        result = handler(invocation["event"], Context(invocation))
    except Exception as exc:
        return {"error": {**describe(exc), "requestId": invocation["request_id"]}}
    try:
        return {"result": json.dumps(result, default=_decimal)}
    except (TypeError, ValueError) as exc:
        message = f"Unable to marshal response: {exc}"
        return {"error": describe(exc, "Runtime.MarshalError", message)}


def describe(exc: BaseException, error_type: str | None = None, message: str | None = None) -> dict[str, Any]:
    """Make the error as the real runtime does, and log it as the real runtime does."""
    frames = [frame for frame in traceback.extract_tb(exc.__traceback__) if frame.filename != __file__]
    error = {
        "errorMessage": str(exc) if message is None else message,
        "errorType": error_type or type(exc).__name__,
        "stackTrace": traceback.format_list(frames),
    }
    lines = ["Traceback (most recent call last):\n", *error["stackTrace"]]
    print(f"[ERROR] {error['errorType']}: {error['errorMessage']}\n{''.join(lines)}".rstrip())
    return error


def _decimal(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    message = f"Object of type {type(value).__name__} is not JSON serializable"
    raise TypeError(message)


def end_log() -> None:
    """Mark the end of an invocation's log, so that it is complete when the answer is given."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, f"{END_OF_LOG}\n".encode())


def say(answers: Any, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def write_down_aws_calls(path: str) -> None:
    """Append what the function asks of AWS to a file, a line of JSON a call."""
    from botocore.handlers import BUILTIN_HANDLERS  # noqa: PLC0415 - a second that only tests have to wait

    calls = os.open(path, os.O_WRONLY | os.O_APPEND)
    environment = dict(os.environ)

    def write_down(params: Any, model: Any, **_: Any) -> None:
        call = {
            "function": environment["AWS_LAMBDA_FUNCTION_NAME"],
            "environment": environment,
            "service": model.service_model.signing_name,
            "operation": model.name,
            "params": params,
        }
        os.write(calls, json.dumps(call, default=repr).encode() + b"\n")

    BUILTIN_HANDLERS.append(("before-parameter-build", write_down))


def refuse_the_internet(event: str, arguments: tuple[Any, ...]) -> None:
    """Make everything but loopback unreachable: an audit hook of the interpreter."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host is not None and (host.decode() if isinstance(host, bytes) else host) not in LOOPBACK:
        raise OSError(errno.ENETUNREACH, "The sandbox has no internet", host)


if __name__ == "__main__":
    main()
