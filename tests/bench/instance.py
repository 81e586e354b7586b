"""A process that runs one handler as often as it is told, and says what each invocation took.

`python -m tests.bench.instance NAME`: a folder of `functions/`, or `module:function` of this package for a
floor or a peer. It reads a line of JSON for each invocation, `{"event", "seconds"}`, and answers with one.
"""

import importlib
import io
import json
import logging
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.counting import AwsCalls

# Not from the sandbox: what it imports would count as the memory of what is measured.
ROOT = Path(__file__).resolve().parents[2]


class Context:
    """What a handler reads of its invocation."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - time.monotonic()) * 1000)


def _load(name: str) -> Callable[[Any, Any], Any]:
    if ":" in name:
        module, _, function = name.partition(":")
        floor: Callable[[Any, Any], Any] = getattr(importlib.import_module(f"tests.bench.{module}"), function)
        return floor
    sys.path.insert(0, str(ROOT / "functions" / name))
    handler: Callable[[Any, Any], Any] = importlib.import_module("app").lambda_handler
    return handler


def _metrics(output: str) -> list[str]:
    """Return the names of the metrics that were printed."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    groups = [group for line in lines for group in line.get("_aws", {}).get("CloudWatchMetrics", ())]
    return sorted({metric["Name"] for group in groups for metric in group["Metrics"]})


def _peak_mb() -> float:
    """Return the peak of this process's memory; on Linux without that of the process that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peaks = [line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0].split()[1]) / 1024


def main() -> None:
    answers, sys.stdout = sys.stdout, io.StringIO()
    calls = AwsCalls()
    if os.environ.get("BENCH_COUNTS"):
        calls.watch()
    handler = _load(sys.argv[1])
    started = time.process_time()
    for line in sys.stdin:
        asked = json.loads(line)
        output = _fresh_output()
        calls.counts = Counter()
        cpu, began = time.process_time(), time.perf_counter()
        answer = _answer(handler, asked["event"], Context(asked["seconds"]))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        said = {
            "seconds": seconds,
            "cpu": cpu,
            "started_cpu": started,
            "peak_mb": _peak_mb(),
            "counts": {**calls.counts, "log_bytes": len(output.getvalue().encode())},
            "metrics": _metrics(output.getvalue()),
            "answer": answer,
        }
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _answer(handler: Callable[[Any, Any], Any], event: Any, context: Context) -> Any:
    """Return the answer, or the name of the error: a refusal is a way to measure nothing but a start."""
    try:
        return handler(event, context)
    except Exception as exc:
        return {"errorType": type(exc).__name__}


def _fresh_output() -> io.StringIO:
    output = sys.stdout = io.StringIO()
    for handler in logging.getLogger(os.environ.get("POWERTOOLS_SERVICE_NAME")).handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(output)
    return output


if __name__ == "__main__":
    main()
