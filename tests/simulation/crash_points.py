"""Every use case, killed before and after each of its side effects, and what becomes of it.

The side effects are counted while a situation runs, and the calls that cause them are read from the code: a
new one is killed like the others, and one that no situation reaches is named. `python -m
tests.simulation.crash_points` prints the number of crash points; exit code 1 when a promise was broken.
"""

import ast
import random
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from random import Random

import zonos_orders
from tests.simulation.faults import Faults
from tests.simulation.peace import HOUR, Peace
from tests.simulation.simulation import START, Deployment
from tests.simulation.situations import SITUATIONS, Situation
from zonos_orders.wiring import Outside

_PACKAGE = Path(zonos_orders.__file__).parent
# The longest wait of a loop, and then midnight, come soon.
_BEGIN = START + 15.8 * HOUR

_OUTSIDE = {field.name for field in fields(Outside)} - {"clock", "threads"}

Call = tuple[str, int]  # module, first line


def main() -> int:
    points, broken, reached = 0, [], set[Call]()
    for situation in SITUATIONS:
        effects, calls = count_side_effects(situation)
        reached |= calls
        for n in range(1, effects + 1):
            for when in ("before", "after"):
                points += 1
                for what in crash(situation, (n, when)):
                    broken.append(f"{situation.name}, killed {when} side effect {n}: {what}")
    broken += [
        f"no situation reaches {module}.py:{line}" for module, line in calls_outside().keys() - reached
    ]
    sys.stdout.writelines(f"{line}\n" for line in broken)
    places = f"{len(reached)} calls in {len(SITUATIONS)} situations"
    sys.stdout.write(f"{points} crash points of {places}, {len(broken)} broken promises\n")
    return 1 if broken else 0


def deploy(situation: Situation) -> Deployment:
    """Deploy, and prepare the situation, without any fault."""
    random.seed(0)
    faults = Faults(Random(0))
    faults.calm()
    deployment = Deployment(Random(0), faults, _BEGIN, IMPORT_CONCURRENCY=4, **situation.env)
    deployment.zonos.lists_by_cart = False
    situation.prepare(deployment)
    return deployment


def count_side_effects(situation: Situation) -> tuple[int, set[Call]]:
    """Return how many side effects the situation's invocation has, and the calls that cause them."""
    deployment = deploy(situation)
    calls = set[Call]()

    def watch() -> None:
        causes = set(_causes())
        assert causes, f"{situation.name}: a side effect that no listed call causes"
        calls.update(causes)

    deployment.line.watch = watch
    process = situation.act(deployment)
    deployment.scheduler.run_until(deployment.scheduler.now + process.timeout)
    assert process.is_over, f"{situation.name} does not end"
    return process.side_effects, calls


def crash(situation: Situation, kill_at: tuple[int, str]) -> list[str]:
    """Kill the invocation, let everything recover, and return the promises that were broken."""
    deployment = deploy(situation)
    deployment.next_kill = kill_at
    process = situation.act(deployment)
    deployment.scheduler.run_until(deployment.scheduler.now + process.timeout)
    assert process.is_dead, f"{situation.name} was not killed at {kill_at}"
    peace = Peace(deployment, HOUR)
    peace.come()
    peace.judge(by_hand=False)
    return deployment.promises.broken


@cache
def calls_outside() -> dict[Call, int]:
    """Return every call of an adapter in the use cases: where it begins, and the line where it ends."""
    return {
        (module.stem, call.lineno): call.end_lineno or call.lineno
        for module in _PACKAGE.glob("*.py")
        for class_ in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(class_, ast.ClassDef) and class_.name not in {"Application", *_adapters()}
        for call in _adapter_calls(class_)
    }


def _adapter_calls(class_: ast.ClassDef) -> Iterator[ast.Call]:
    adapters = set(_adapter_attributes(class_))
    for node in ast.walk(class_):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name("self"), attr=name))):
                if name in adapters:
                    yield node


def _adapter_attributes(class_: ast.ClassDef) -> Iterator[str]:
    """Return the attributes that hold adapters: those that `__init__` is given under such an annotation."""
    for init in class_.body:
        if isinstance(init, ast.FunctionDef) and init.name == "__init__":
            arguments = [*init.args.args, *init.args.kwonlyargs]
            given = {argument.arg for argument in arguments if _names_an_adapter(argument.annotation)}
            for node in ast.walk(init):
                match node:
                    case (
                        ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Name(id))
                        | ast.AnnAssign(target=ast.Attribute(attr=name), value=ast.Name(id))
                    ) if id in given:
                        yield name


def _names_an_adapter(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(name in ast.unparse(annotation) for name in _adapters())


@cache
def _adapters() -> frozenset[str]:
    """Return the classes that the wiring gives AWS or Zonos to: what reaches out of the package."""
    wiring = ast.parse((_PACKAGE / "wiring.py").read_text(encoding="utf-8"))
    return frozenset(
        call.func.id
        for call in ast.walk(wiring)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        for given in call.args
        for argument in [given.func if isinstance(given, ast.Call) else given]  # or made when first needed
        if isinstance(argument, ast.Attribute) and argument.attr in _OUTSIDE
    )


def _causes() -> Iterator[Call]:
    """Return the calls of adapters that are on the stack."""
    frame = sys._getframe(1)
    outside = calls_outside()
    while frame:
        path = Path(frame.f_code.co_filename)
        if path.parent == _PACKAGE:
            for (module, first), last in outside.items():
                if module == path.stem and first <= frame.f_lineno <= last:
                    yield module, first
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop


if __name__ == "__main__":
    sys.exit(main())
