"""How long an instance takes to start: in a fresh interpreter, and under the runtime emulator."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.floors import FUNCTION, START
from tests.bench.harness import Row, Sizes, figures, in_turns, ms, ratio
from tests.bench.stage import base_env
from tests.emulated.build import BUILD, why_not_usable
from tests.emulated.lambda_emulator import EmulatedFunction, emulator
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sam_template import ROOT, load_template
from tests.sandbox.stack import Function

# What each answers without a call to anybody: a refusal. So what is measured is the start.
_REFUSED: dict[str, Any] = {"success_redirect": {"rawQueryString": "", "headers": {}}}
FUNCTIONS = {
    resource["Properties"]["CodeUri"].strip("/").rpartition("/")[2]: logical_id
    for logical_id, resource in load_template()["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}


def fresh_interpreters(sizes: Sizes) -> list[Row]:
    """Import each function's `app`, with its wiring."""
    programs = [(START, ROOT)] + [("import app", ROOT / "functions" / name) for name in FUNCTIONS]
    for code, folder in programs:  # once before it counts: the bytecode is written
        _interpreter(code, folder, 0)
    floor, *ours = in_turns(sizes.starts, *[partial(_interpreter, *one) for one in programs])
    return [
        _row(f"start-up: {name}", 1.20, taken, floor) for name, taken in zip(FUNCTIONS, ours, strict=True)
    ]


def _interpreter(code: str, folder: Path, _n: int) -> float:
    """Return the processor's seconds: a start waits for nothing, and other processes do not count."""
    # Without the interpreter's clearing up at its end, which is no part of a start.
    process = subprocess.Popen(
        [sys.executable, "-c", f"{code}\nimport os; os._exit(0)"], cwd=folder, env=base_env()
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, folder
    return used.ru_utime + used.ru_stime


def emulated(sizes: Sizes) -> list[Row]:
    """Invoke what `sam build` made for the first time, under Lambda's runtime client and emulator."""
    reason = "there is no emulator for this machine" if emulator() is None else why_not_usable()
    if reason:
        return [Row("start-up, whole", "≤ 1.25 × floor", f"not measured: {reason}", is_met=False)]
    with TemporaryDirectory() as folder:
        Path(folder, "app.py").write_text(FUNCTION, encoding="utf-8")
        starts: list[Callable[[int], float]] = [partial(_first_invocation, Path(folder), {})]
        for name, logical_id in FUNCTIONS.items():
            starts.append(partial(_first_invocation, BUILD / logical_id, _REFUSED.get(name, {"wrong": 1})))
        floor, *ours = in_turns(sizes.emulated_starts, *starts)
    return [
        _row(f"start-up, whole: {name}", 1.25, taken, floor)
        for name, taken in zip(FUNCTIONS, ours, strict=True)
    ]


def _first_invocation(folder: Path, event: Any, _n: int) -> float:
    layers = [BUILD / layer / "python" for layer in ("DependenciesLayer", "ZonosOrdersLayer")]
    function = Function(
        logical_id="Function",
        name="function",
        arn="arn:aws:lambda:us-east-1:123456789012:function:function",
        handler="app.lambda_handler",
        timeout=60,
        memory=512,
        log_group="",
        environment=base_env(),
        paths=(folder, *layers, ROOT / "tests/bench/as_on_lambda"),
    )
    with ExitStack() as running:
        instance = running.enter_context(EmulatedFunction(function, {}))
        began = time.perf_counter()
        try:
            instance.invoke(event)
        except InvocationFailed as exc:
            if exc.error_type != "InvalidInput":
                raise
        return time.perf_counter() - began


def _row(what: str, goal: float, ours: list[float], floor: list[float]) -> Row:
    times = ratio(ours, floor)
    return Row(
        what,
        f"≤ {goal:.2f} × floor",
        f"{times:.2f} ×: {ms(ours)}, floor {ms(floor)}",
        times <= goal,
        {"ratio": round(times, 3), "ours": figures(ours), "floor": figures(floor)},
    )
