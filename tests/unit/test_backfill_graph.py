"""The backfill's state machine as a graph, and the one that it runs for each slice."""

import json

import pytest

from tests import state_machine_graph as graph
from tests.sandbox.sam_template import ROOT, load_template
from zonos_orders import errors

TEMPLATE = load_template()
PROPERTIES = TEMPLATE["Resources"]["Backfill"]["Properties"]
TEXT = (ROOT / PROPERTIES["DefinitionUri"]).read_text(encoding="utf-8")
DEFINITION = json.loads(TEXT)
SLICE = graph.inside(DEFINITION, "Slices")
CLASSES = graph.exception_classes(ROOT / "layers/zonos_orders/zonos_orders")
TASKS = {"Plan": DEFINITION["States"]["Plan"], "Import": SLICE["States"]["Import"]}
AGAIN_SOON = {
    "AwsUnavailable",
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
}
AGAIN_LATER = {"ZonosTooSlow", "ZonosUnavailable"}


@pytest.mark.parametrize("machine", [DEFINITION, SLICE], ids=["backfill", "slice"])
def test_the_machines_are_sound(machine: graph.Definition) -> None:
    faults = [
        *graph.unknown_types(machine, known={"Map"}),
        *graph.missing_targets(machine),
        *graph.unreachable_states(machine),
        *graph.states_without_an_end(machine),
        *graph.unknown_errors(machine, CLASSES),
        *graph.unguarded_tasks({"TimeoutSeconds": DEFINITION["TimeoutSeconds"], **machine}),
    ]
    # On purpose: a redrive begins at the state that failed, and behind a Catch that would be a Fail state.
    assert faults in (["Plan has no Catch"], ["Import has no Catch"])


def test_every_substitution_is_defined_and_used() -> None:
    assert graph.mismatched_substitutions(TEXT, PROPERTIES["DefinitionSubstitutions"]) == []


def test_it_is_written_for_json_path_which_is_all_that_the_local_interpreter_runs() -> None:
    assert "QueryLanguage" not in TEXT
    assert "{%" not in TEXT


@pytest.mark.parametrize("task", TASKS)
def test_what_passes_by_itself_is_retried_and_an_outage_of_zonos_for_the_better_part_of_an_hour(
    task: str,
) -> None:
    soon, later = TASKS[task]["Retry"]
    assert (set(soon["ErrorEquals"]), set(later["ErrorEquals"])) == (AGAIN_SOON, AGAIN_LATER)
    pauses = [
        min(later["IntervalSeconds"] * later["BackoffRate"] ** n, later["MaxDelaySeconds"])
        for n in range(later["MaxAttempts"])
    ]
    assert 30 * 60 < sum(pauses) < 60 * 60


def test_every_way_in_which_zonos_is_unavailable_is_waited_for() -> None:
    """Step Functions compares names: it knows of no class that is below another."""
    unavailable = {
        name
        for name, member in vars(errors).items()
        if isinstance(member, type) and issubclass(member, errors.ZonosUnavailable)
    }
    assert unavailable == AGAIN_LATER


@pytest.mark.parametrize("error", ["BadCredentials", "InvalidInput", "AwsRefused", "UnexpectedAnswer"])
@pytest.mark.parametrize("task", TASKS)
def test_what_a_person_has_to_mend_is_not_retried(task: str, error: str) -> None:
    assert all(error not in retry["ErrorEquals"] for retry in TASKS[task]["Retry"])


@pytest.mark.parametrize("task", TASKS)
def test_a_task_waits_a_little_longer_than_the_function_may_run(task: str) -> None:
    seconds = TEMPLATE["Resources"]["BackfillOrdersFunction"]["Properties"]["Timeout"]
    assert seconds < TASKS[task]["TimeoutSeconds"] <= seconds + 30


def test_the_slices_run_as_executions_of_their_own_within_bounds_that_are_parameters() -> None:
    slices = DEFINITION["States"]["Slices"]
    assert slices["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert (slices["MaxConcurrencyPath"], slices["ToleratedFailurePercentagePath"]) == (
        "$.concurrency",
        "$.tolerated_percentage",
    )
    planned = DEFINITION["States"]["Plan"]["ResultSelector"]
    assert planned["concurrency.$"] == "States.StringToJson('${BackfillConcurrency}')"
    assert planned["tolerated_percentage.$"] == "States.StringToJson('${BackfillToleratedFailurePercentage}')"


def test_a_slice_goes_on_until_it_is_done() -> None:
    choice = SLICE["States"]["IsDone"]
    assert choice["Choices"] == [{"Variable": "$.done", "BooleanEquals": True, "Next": "SliceDone"}]
    pause = SLICE["States"][choice["Default"]]
    assert (pause["Type"], pause["SecondsPath"]) == ("Wait", "$.wait_seconds")
    assert pause["Next"] == SLICE["StartAt"] == "Import"


def test_the_results_are_written_where_the_role_may_write_and_nowhere_else() -> None:
    writer = DEFINITION["States"]["Slices"]["ResultWriter"]
    assert writer["Parameters"] == {"Bucket": "${BackfillBucketName}", "Prefix": "backfills"}
    assert "/backfills/*" in json.dumps(PROPERTIES["Policies"])


def test_a_backfill_ends_after_two_weeks() -> None:
    assert DEFINITION["TimeoutSeconds"] == 14 * 24 * 3600
