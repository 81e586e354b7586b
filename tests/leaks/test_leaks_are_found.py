"""The search for leaks finds a leak wherever one can be."""

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from moto import mock_aws

from tests.integration import small_stack
from tests.integration.functions import Functions
from tests.integration.sandbox_platform.use import start
from tests.leaks.plugin import look_through
from tests.leaks.private import Leak, private_in
from tests.leaks.told import assert_aws_holds_nothing_private, recorded
from tests.sandbox.sam_template import ROOT
from tests.world import LambdaContext, TestClock, World

BUYER = "Ada María Sample-Örn canary-name"
CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    "told",
    [
        BUYER,
        BUYER.upper(),
        json.dumps({"name": BUYER}),
        quote(BUYER),
        repr(BUYER.encode()),
        *(b64encode(f"{'x' * shift}{BUYER}".encode()).decode() for shift in range(3)),
        f"paid with {CARD}",
        CARD.replace(" ", ""),
        CARD.replace(" ", "-"),
        "cart-100",
    ],
)
def test_it_is_recognised_in_any_form(told: str) -> None:
    assert private_in(f"{'x' * 1000} {told} {'x' * 1000}")


@pytest.mark.parametrize("told", ["999-100 READY", "cart-less", "4111 1111", "2026-11-21T20:16:45.411Z"])
def test_what_everybody_may_know_is_no_leak(told: str) -> None:
    assert not private_in(told)


@pytest.fixture
def leaky() -> Iterator[World]:
    """A world of the test's own: that of the fixture is itself searched for leaks."""
    with mock_aws(), World(TestClock()) as world:
        yield world


def into_an_execution(world: World) -> None:
    world.step_functions.start_execution(
        stateMachineArn=world.env["REVIEW_LOOP_ARN"], input=json.dumps({"name": BUYER})
    )


def into_a_record(world: World) -> None:
    world.dynamodb.put_item(
        TableName="ReconciliationTable",
        Item={"kind": {"S": "failure"}, "id": {"S": "999-1"}, "error": {"S": f"KeyError: {BUYER}"}},
    )


def into_a_queue(world: World) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="failures")["QueueUrl"]
    for body in ("harmless", BUYER):
        sqs.send_message(QueueUrl=url, MessageBody=body)


def into_a_bucket(world: World) -> None:
    s3: Any = boto3.client("s3")  # type: ignore[call-overload,unused-ignore]
    s3.create_bucket(Bucket="results")
    s3.put_object(Bucket="results", Key="backfills/SUCCEEDED_0.json", Body=json.dumps([BUYER]).encode())


@pytest.mark.parametrize("plant", [into_an_execution, into_a_record, into_a_queue, into_a_bucket])
def test_it_is_found_in_aws(leaky: World, plant: Callable[[World], None]) -> None:
    assert_aws_holds_nothing_private()
    plant(leaky)
    with pytest.raises(Leak):
        assert_aws_holds_nothing_private()


def test_the_orders_table_may_hold_it(leaky: World) -> None:
    order_id = leaky.zonos.pay()
    handler = leaky.handler("reconcile_orders").lambda_handler
    handler({"orderIds": [order_id]}, LambdaContext())
    assert "canary-name" in str(leaky.order(order_id))
    assert_aws_holds_nothing_private()


@pytest.mark.parametrize("is_raised", [False, True], ids=["an answer", "the cause of an error"])
def test_it_is_found_in_what_a_handler_tells(is_raised: bool) -> None:
    def handler(*_: Any) -> str:
        if is_raised:
            raise RuntimeError from KeyError(BUYER)
        return BUYER

    told: list[str] = []
    with suppress(RuntimeError):
        recorded(handler, told)({}, None)
    assert [text for text in told if private_in(text)] == told != []


def test_a_world_ends_with_the_search_of_what_its_handlers_told() -> None:
    with mock_aws():
        with World(TestClock()) as world:
            Functions(world).redirect("orderId=999-1")
        answer, *output = world.told
        assert json.loads(answer)["statusCode"] == 404
        assert "RedirectUnknown" in str(output)
        world.told.append(BUYER)
        with pytest.raises(Leak):
            world.__exit__()


def test_a_sandbox_ends_with_the_search_of_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(Leak), start(small_stack.write(tmp_path)) as sandbox:
        sandbox.invoke("RecheckOrderFunction", {"note": BUYER})


@pytest.mark.parametrize(
    ("logs", "answers", "events"),
    [([BUYER], [], []), ([], [BUYER], []), ([], [], [{"detail": {"name": BUYER}}])],
    ids=["log", "answer", "event"],
)
def test_it_is_found_in_what_a_sandbox_tells(
    logs: list[str], answers: list[str], events: list[dict[str, Any]]
) -> None:
    sandbox: Any = SimpleNamespace(logs=lambda: logs, answers=lambda: answers, events=lambda: events)
    with pytest.raises(Leak):
        look_through(sandbox)


TESTS = f"""
import logging, sys
import pytest

WORDS = {BUYER.split()!r}
RUNS = []

def test_that_is_discreet():
    print("999-100 READY")

def test_that_prints():
    print(*WORDS)

def test_that_prints_to_stderr():
    print(*WORDS, file=sys.stderr)

def test_that_logs_it_at_debug():
    logging.getLogger("any.library").debug("%s", WORDS[-1])

def test_that_logs_it_beside_the_text():
    logging.getLogger("any").warning("an order", extra={{"order": WORDS}})

def test_that_logs_it_as_the_cause_of_an_error():
    try:
        raise RuntimeError from KeyError(WORDS[-1])
    except RuntimeError:
        logging.getLogger("any").exception("something went wrong")

def test_whose_library_does_not_pass_its_records_on():
    logger = logging.getLogger("silent")
    logger.propagate = False
    logger.info(WORDS[-1])

@pytest.mark.flaky(reruns=1, only_rerun="KeyError")
def test_that_logs_it_once_and_may_run_again():
    RUNS.append(1)
    if len(RUNS) == 1:
        logger = logging.getLogger("silent")
        logger.propagate = False
        logger.info(WORDS[-1])
"""


def test_it_is_found_in_the_output_and_in_the_log_of_any_test(tmp_path: Path) -> None:
    file = tmp_path / "test_leaky.py"
    file.write_text(TESTS)
    # As in our own conftest.py: a plugin's place among the others depends on who names it.
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.tally", "tests.leaks.plugin"]')
    command = ["-m", "pytest", "-q", "-rA", "--no-cov"]
    command += ["--rootdir", str(tmp_path), "-c", "/dev/null", str(file)]
    finished = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PYTHONPATH": os.pathsep.join(map(str, [ROOT / "layers/zonos_orders", ROOT]))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    failed = set(re.findall(r"^ERROR .*::(\w+)$", finished.stdout, re.MULTILINE))
    assert failed == set(re.findall(r"def (test_\w+)", TESTS)) - {"test_that_is_discreet"}
