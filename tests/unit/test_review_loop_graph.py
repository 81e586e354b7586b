"""The review loop's state machine as a graph: what no AWS tool on this machine would notice."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests import state_machine_graph as graph
from tests.sandbox.sam_template import ROOT, load_template
from zonos_orders.recheck import Look

PROPERTIES = load_template()["Resources"]["ReviewLoop"]["Properties"]
TEXT = (ROOT / PROPERTIES["DefinitionUri"]).read_text(encoding="utf-8")
DEFINITION = json.loads(TEXT)
CLASSES = graph.exception_classes(ROOT / "layers/zonos_orders/zonos_orders")

Change = Callable[[dict[str, Any]], None]


def errors_are_known(definition: graph.Definition) -> list[str]:
    return graph.unknown_errors(definition, CLASSES)


CHECKS = (
    graph.unknown_types,
    graph.missing_targets,
    graph.unreachable_states,
    graph.states_without_an_end,
    graph.unguarded_tasks,
    errors_are_known,
)


def faults(definition: graph.Definition) -> list[str]:
    return [fault for check in CHECKS for fault in check(definition)]


def test_the_review_loop_is_sound() -> None:
    assert faults(DEFINITION) == []


def test_every_substitution_is_defined_and_used() -> None:
    assert graph.mismatched_substitutions(TEXT, PROPERTIES["DefinitionSubstitutions"]) == []


def test_it_is_written_for_json_path_which_is_all_that_the_local_interpreter_runs() -> None:
    assert "QueryLanguage" not in TEXT
    assert "{%" not in TEXT


def test_an_ordinary_look_takes_three_transitions() -> None:
    states = DEFINITION["States"]
    assert [states["Wait"]["Next"], states["Recheck"]["Next"], states["Decide"]["Default"]] == [
        "Recheck",
        "Decide",
        "Wait",
    ]


def test_each_outcome_ends_in_a_state_of_its_own_name() -> None:
    choices = DEFINITION["States"]["Decide"]["Choices"]
    assert {choice["StringEquals"]: choice["Next"] for choice in choices} == {
        "settled": "Settled",
        "superseded": "Superseded",
        "expired": "ReviewExpired",
    }
    ends = {name for name, state in DEFINITION["States"].items() if state["Type"] in {"Succeed", "Fail"}}
    assert ends == {"Settled", "Superseded", "ReviewExpired"}


def test_the_outcomes_are_the_ones_that_a_look_can_have() -> None:
    chosen = {choice["StringEquals"] for choice in DEFINITION["States"]["Decide"]["Choices"]}
    assert chosen == set(Look) - {Look.WAITING}


def test_only_errors_that_pass_by_themselves_are_retried() -> None:
    retried = [name for retry in DEFINITION["States"]["Recheck"]["Retry"] for name in retry["ErrorEquals"]]
    assert sorted(retried) == [
        "AwsUnavailable",
        "Lambda.AWSLambdaException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.SdkClientException",
        "Lambda.ServiceException",
        "Lambda.TooManyRequestsException",
    ]


def test_the_task_waits_a_little_longer_than_the_function_may_run() -> None:
    function = load_template()["Resources"]["RecheckOrderFunction"]["Properties"]
    assert function["Timeout"] < DEFINITION["States"]["Recheck"]["TimeoutSeconds"] <= function["Timeout"] + 30


def test_the_machine_outlives_a_review_of_thirty_days_and_not_by_much() -> None:
    assert DEFINITION["TimeoutSeconds"] == 32 * 24 * 3600


def test_exceptions_are_told_from_other_classes(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "class Late(Base): ...\nclass Base(ValueError): ...\nclass Settings: ...\n", encoding="utf-8"
    )
    assert graph.exception_classes(tmp_path) == {"Base", "Late"}


def _state(name: str, **changes: Any) -> Change:
    return lambda definition: definition["States"][name].update(changes)


def _without(name: str, field: str) -> Change:
    return lambda definition: definition["States"][name].pop(field)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d.update(StartAt="Start"), "StartAt names Start, not a state"),
        (_state("Wait", Next="Rechek"), "Wait leads to Rechek, not a state"),
        (_without("Wait", "Next"), "Wait has neither Next nor End"),
        (_without("Decide", "Default"), "Decide has no Default"),
        (
            lambda d: d["States"]["Decide"]["Choices"][2].update(Next="Expired"),
            "Decide leads to Expired, not a state",
        ),
        (
            lambda d: d["States"]["Recheck"]["Catch"][0].update(Next="Nowhere"),
            "Recheck leads to Nowhere, not a state",
        ),
        (lambda d: d["States"]["Decide"]["Choices"].pop(), "ReviewExpired is never reached"),
        (_state("RecheckFailed", Next="RecheckFailed"), "RecheckFailed never comes to an end"),
        (_state("Recheck", Next="Wait"), "Wait never comes to an end"),
        (lambda d: d.pop("TimeoutSeconds"), "the machine has no TimeoutSeconds"),
        (_without("Recheck", "TimeoutSeconds"), "Recheck has no TimeoutSeconds"),
        (_without("Recheck", "Retry"), "Recheck has no Retry"),
        (_state("Recheck", Catch=[]), "Recheck has no Catch"),
        (
            lambda d: d["States"]["Recheck"]["Retry"][0].update(ErrorEquals=["States.ALL"]),
            "Recheck retries States.ALL: lasting errors among them",
        ),
        (
            lambda d: d["States"]["Recheck"]["Retry"][0].pop("MaxAttempts"),
            "Recheck retries without MaxAttempts",
        ),
        (
            lambda d: d["States"]["Recheck"]["Catch"][0].update(ErrorEquals=["States.Timeout"]),
            "Recheck does not end its Catch with States.ALL",
        ),
        (
            lambda d: d["States"]["Recheck"]["Catch"][0].pop("ResultPath"),
            "Recheck lets an error's text into the data",
        ),
        (
            lambda d: d["States"]["Recheck"]["Retry"][0]["ErrorEquals"].append("AwsUnavailble"),
            "Recheck names the error AwsUnavailble, which nothing raises",
        ),
        (
            lambda d: d["States"]["Recheck"]["Retry"][0]["ErrorEquals"].append("States.TimeOut"),
            "Recheck names the error States.TimeOut, which nothing raises",
        ),
        (_state("Begin", Type="Map"), "Begin is a Map, which these checks do not know"),
    ],
)
def test_a_broken_machine_is_reported(change: Change, fault: str) -> None:
    broken = deepcopy(DEFINITION)
    change(broken)
    assert fault in faults(broken)


def test_a_missing_and_an_idle_substitution_are_reported() -> None:
    assert graph.mismatched_substitutions("'${RecheckBase}0' ${Partition}", ["Partition", "Region"]) == [
        "${RecheckBase} is not defined",
        "Region is defined but not used",
    ]
