"""What an instance loads when it starts: its own use case, and nothing heavy besides what boto3 brings.

A list and not a clock: a busy machine is no fault. How long a start takes is measured by `make bench`.
"""

import subprocess
import sys

import pytest

from tests.bench.stage import base_env
from tests.sandbox.sam_template import ROOT

# What `import boto3, requests` and a client of DynamoDB bring is not ours to leave out.
_HEAVY = (
    "asyncio",
    "aws_lambda_powertools.utilities.parameters",
    "boto3.resources.factory",
    "jsonschema",
    "multiprocessing",
    "pydantic",
    "unittest",
    "zoneinfo",
)
_USE_CASES = {
    "success_redirect": "confirm_order",
    "reconcile_orders": "reconcile",
    "recheck_order": "recheck",
    "backfill_orders": "backfill",
    "order_desk": "order_desk",
    "order_supervisor": "order_supervisor",
    "publish_changes": "publish_changes",
}
_ASKS_NOBODY = "publish_changes"  # it needs neither Zonos nor its secret
_GARBAGE = """
import gc, json, typing  # which come before ours
collections = lambda: sum(generation["collections"] for generation in gc.get_stats())
gc.collect()
before = collections()
import app
print(collections() - before, gc.isenabled(), len(gc.get_objects()) < gc.get_freeze_count() / 100)
"""


def printed(code: str, folder: str) -> str:
    """Return what a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / folder,
        env=base_env(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


def loaded(code: str, folder: str = "") -> set[str]:
    return set(printed(f"import sys; {code}; print(*sorted(sys.modules))", folder).split())


@pytest.fixture(scope="module")
def floor() -> set[str]:
    return loaded("import boto3, requests; boto3.client('dynamodb'); requests.Session()")


@pytest.mark.parametrize("function", _USE_CASES)
def test_a_function_loads_its_own_use_case_and_nothing_heavy(function: str, floor: set[str]) -> None:
    modules = loaded("import app", f"functions/{function}")

    assert [name for name in _HEAVY if name in modules - floor] == []
    use_cases = {f"zonos_orders.{name}" for name in _USE_CASES.values()}
    assert modules & use_cases == {f"zonos_orders.{_USE_CASES[function]}"}


def test_the_function_that_asks_nobody_loads_no_http_client() -> None:
    modules = loaded("import app", f"functions/{_ASKS_NOBODY}")

    assert {"requests", "zonos_orders.secret", "zonos_orders.zonos_client"} & modules == set()


@pytest.mark.parametrize("function", _USE_CASES)
def test_garbage_is_looked_for_after_the_start_and_among_nothing_that_was_loaded(function: str) -> None:
    assert printed(_GARBAGE, f"functions/{function}").split() == ["0", "True", "True"]
