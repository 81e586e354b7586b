"""Checks of a state machine that `sam validate --lint` does not make.

Each takes the definition and returns what is wrong with it, in sentences; nothing wrong is an empty list.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Definition = Mapping[str, Any]

# A small machine needs no others; a Parallel would have states inside that these checks do not visit. Those
# of a Map are a machine of their own: `inside` returns it.
_KNOWN_TYPES = {"Pass", "Wait", "Task", "Choice", "Succeed", "Fail"}
_END_TYPES = {"Succeed", "Fail"}
# AWS Step Functions developer guide, "Handling errors" and "Lambda best practices".
_AWS_ERRORS = {
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    # What Lambda itself says of an invocation that ended without an answer.
    "Runtime.ExitError",
    "Sandbox.Timedout",
}


def unknown_types(definition: Definition, known: Iterable[str] = ()) -> list[str]:
    """Report states of a type that is misspelt or that the other checks cannot look into."""
    return [
        f"{name} is a {state['Type']}, which these checks do not know"
        for name, state in definition["States"].items()
        if state["Type"] not in _KNOWN_TYPES.union(known)
    ]


def inside(definition: Definition, state: str) -> Definition:
    """Return the machine that a Map runs for each item."""
    processor: Definition = definition["States"][state]["ItemProcessor"]
    return processor


def missing_targets(definition: Definition) -> list[str]:
    """Report transitions to a state that does not exist, and states that say not where they go."""
    states = definition["States"]
    faults = (
        [] if definition["StartAt"] in states else [f"StartAt names {definition['StartAt']}, not a state"]
    )
    for name, state in states.items():
        faults += [
            f"{name} leads to {target}, not a state" for target in _targets(state) if target not in states
        ]
        if state["Type"] == "Choice":
            if "Default" not in state:
                faults.append(f"{name} has no Default")
        elif not _ends(state) and "Next" not in state:
            faults.append(f"{name} has neither Next nor End")
    return faults


def unreachable_states(definition: Definition) -> list[str]:
    """Report states to which no path leads from the start."""
    reached = _closure({definition["StartAt"]}, _successors(definition))
    return [f"{name} is never reached" for name in definition["States"] if name not in reached]


def states_without_an_end(definition: Definition) -> list[str]:
    """Report states from which no path leads to an end."""
    sources: dict[str, set[str]] = {}
    for name, targets in _successors(definition).items():
        for target in targets:
            sources.setdefault(target, set()).add(name)
    ends = {name for name, state in definition["States"].items() if _ends(state)}
    can_end = _closure(ends, sources)
    return [f"{name} never comes to an end" for name in definition["States"] if name not in can_end]


def unguarded_tasks(definition: Definition) -> list[str]:
    """Report what could run for ever or fail for good: no time-out, no Retry, no Catch of everything."""
    faults = [] if "TimeoutSeconds" in definition else ["the machine has no TimeoutSeconds"]
    for name, state in definition["States"].items():
        if state["Type"] != "Task":
            continue
        faults += [
            f"{name} has no {field}" for field in ("TimeoutSeconds", "Retry", "Catch") if not state.get(field)
        ]
        for retry in state.get("Retry", []):
            if transient := {"States.ALL", "States.TaskFailed"}.intersection(retry["ErrorEquals"]):
                faults.append(f"{name} retries {', '.join(transient)}: lasting errors among them")
            if "MaxAttempts" not in retry:
                faults.append(f"{name} retries without MaxAttempts")
        catches = state.get("Catch", [])
        if catches and catches[-1]["ErrorEquals"] != ["States.ALL"]:
            faults.append(f"{name} does not end its Catch with States.ALL")
        faults += [
            f"{name} lets an error's text into the data"
            for catch in catches
            if catch.get("ResultPath", "$") is not None
        ]
    return faults


def unknown_errors(definition: Definition, classes: Iterable[str]) -> list[str]:
    """Report error names that are neither AWS's nor one of our exception classes: they would never match."""
    known = _AWS_ERRORS.union(classes)
    return [
        f"{name} names the error {error}, which nothing raises"
        for name, state in definition["States"].items()
        for handler in [*state.get("Retry", []), *state.get("Catch", [])]
        for error in handler["ErrorEquals"]
        if error not in known
    ]


def mismatched_substitutions(text: str, defined: Iterable[str]) -> list[str]:
    """Report `${…}` that the template does not define, and definitions that the text does not use."""
    used, given = set(re.findall(r"\$\{([^}]*)\}", text)), set(defined)
    return [f"${{{name}}} is not defined" for name in sorted(used - given)] + [
        f"{name} is defined but not used" for name in sorted(given - used)
    ]


def exception_classes(package: Path) -> set[str]:
    """Find the classes of a package that are exceptions, by reading it; nothing is imported."""
    parents: dict[str, set[str]] = {}
    for module in package.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                parents[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    children: dict[str, set[str]] = {}
    for name, bases in parents.items():
        for base in bases:
            children.setdefault(base, set()).add(name)
    builtin = {name for name, value in vars(builtins).items() if _is_exception(value)}
    return _closure(builtin, children) & parents.keys()


def _is_exception(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def _targets(state: Mapping[str, Any]) -> list[str]:
    """List where a state can lead, in all of the ways that the language has."""
    direct = [state[field] for field in ("Next", "Default") if field in state]
    rules = [*state.get("Choices", []), *state.get("Catch", [])]
    return direct + [rule["Next"] for rule in rules]


def _ends(state: Mapping[str, Any]) -> bool:
    return state["Type"] in _END_TYPES or state.get("End") is True


def _successors(definition: Definition) -> dict[str, set[str]]:
    return {name: set(_targets(state)) for name, state in definition["States"].items()}


def _closure(start: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    """Return everything that can be reached along `edges`, the start included."""
    reached, todo = set(start), list(start)
    while todo:
        for following in edges.get(todo.pop(), set()) - reached:
            reached.add(following)
            todo.append(following)
    return reached
