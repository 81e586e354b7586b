"""Nothing private is told when something fails whose text quotes what it was working on.

Every test here is searched for leaks at its end, as all are: see plugin.py.
"""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.integration.functions import HTML, JSON, Functions
from tests.leaks.private import private_in
from tests.sandbox.__main__ import parameters
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE
from zonos_orders.aws import error_code
from zonos_orders.errors import AwsError, Unforeseen, ZonosError, ZonosOrdersError

BUYER = "canary-name, canary-email@example.com, 4111 1111 1111 1111"
DETAILS = {"name": BUYER, "secret": SECRET}
QUOTED = json.dumps({"order": {"orderId": "999-101", **DETAILS}})


def meet(functions: Functions) -> list[ZonosOrdersError]:
    """Let every function meet the fault, and return what they raised.

    999-100 is in review already; 999-101 is new, and listed.
    """
    calls: list[Callable[[], object]] = [
        lambda: functions.redirect("orderId=999-101"),
        lambda: functions.redirect("orderId=999-101", accept=JSON),
        lambda: functions.recheck("999-100"),
        functions.reconcile,
        lambda: functions.reconcile(orderIds=["999-100", "999-101"]),
        lambda: functions.reconcile(referenceIds=["cart-100"], dryRun=True),
        lambda: backfill(functions, {"plan": {"sinceDate": "20200101"}}),
        lambda: backfill(functions, {"slice": {"orderIds": ["999-101"]}, "so_far": {}}),
    ]
    raised = []
    for call in calls:
        try:
            call()
        except ZonosOrdersError as exc:
            raised.append(exc)
    return raised


def backfill(functions: Functions, event: dict[str, Any]) -> None:
    """Its state machine has to learn of what Zonos does wrong."""
    with suppress(ZonosError):
        functions.invoke("backfill_orders", event)


@pytest.fixture
def functions(functions: Functions) -> Functions:
    functions.world.zonos.pay("fraud_review", reference_id="cart-100")
    functions.reconcile()
    functions.world.zonos.pay("fraud_review")
    return functions


def complaints(functions: Functions) -> int:
    """How many lines a person would find."""
    return sum(line.get("level") in ("ERROR", "WARNING") for line in functions.lines)


ANSWERS: dict[str, tuple[int, str, str]] = {
    "an error text": (400, JSON, json.dumps({"error": f"Cannot process {BUYER} with {SECRET}"})),
    "a known error text": (400, JSON, json.dumps({"error": f"orderId: {BUYER} is not a valid orderId"})),
    "an error that is a map": (400, JSON, json.dumps({"error": DETAILS})),
    "refused credentials": (400, JSON, json.dumps({"error": f"Invalid security credentials {SECRET}"})),
    "an error of theirs": (500, JSON, json.dumps({"error": f"NullPointerException at {BUYER} {SECRET}"})),
    "an error with 200": (200, JSON, json.dumps({"error": f"{BUYER} {SECRET}"})),
    "a page with 200": (200, HTML, f"<html><h1>{BUYER}</h1><p>{SECRET}</p></html>"),
    "a page with 502": (502, HTML, f"<html><h1>{BUYER}</h1><p>{SECRET}</p></html>"),
    "a redirect": (302, f"{HTML}\r\nLocation: https://evil.example/?secret={SECRET}&name=canary", BUYER),
    "a header line that is none": (
        200,
        f"{JSON}\r\nContent-Length: {len(QUOTED)}\r\n{BUYER} {SECRET}",  # what follows it is lost
        QUOTED,
    ),
    "a pause that is none": (429, f"{JSON}\r\nRetry-After: {BUYER}", QUOTED),
    "a wrong encoding": (200, f"{JSON}\r\nContent-Encoding: gzip", QUOTED),
    "a document cut off": (200, JSON, QUOTED[:-20]),
    "a document that is none": (200, JSON, f"{{{BUYER}: {SECRET}}}"),
    "a number that is none": (200, JSON, f'{{"order": {{"name": "{BUYER}", "itemsTotal": NaN}}}}'),
    "another order": (200, JSON, json.dumps({"order": {"orderId": BUYER, **DETAILS}})),
    "no order": (200, JSON, json.dumps({"orders": [DETAILS, BUYER, {"id": BUYER}, {"id": f"998-{BUYER}"}]})),
    "an odd status": (
        200,
        JSON,
        json.dumps({"order": {"orderId": "999-101", "orderStatus": DETAILS, "orderDate": BUYER}}),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_of_what_zonos_answers(functions: Functions, name: str) -> None:
    status, content_type, body = ANSWERS[name]
    assert private_in(content_type + body)
    for operation in ("orderDetail", "orderNumbers"):
        for _ in range(20):
            functions.world.zonos.answer_next(operation, status, content_type, body.encode())
    assert not meet(functions)
    assert complaints(functions)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_of_a_document_that_is_not_utf_8(functions: Functions, encoding: str) -> None:
    for _ in range(20):
        functions.world.zonos.answer_next("orderDetail", 200, JSON, f"{QUOTED} é".encode(encoding))
    meet(functions)
    assert complaints(functions)


def test_of_an_order_that_zonos_is_too_slow_to_tell(functions: Functions) -> None:
    functions.world.zonos.break_down("drip", seconds=0.2)
    look = {"order_id": "999-100", "execution_name": "999-100-1"}
    functions.invoke("recheck_order", look, seconds=0.5)
    assert functions.world.failures()["999-100"].error.startswith("ZonosTooSlow: ")


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": QUOTED}}, "any")
BUG = KeyError(QUOTED)
ERRORS: list[Exception] = [
    THROTTLED,
    ClientError({"Error": {"Code": "ValidationException", "Message": QUOTED}}, "any"),
    ParamValidationError(report=f"Invalid type for parameter {QUOTED}"),
    ReadTimeoutError(endpoint_url=f"https://{QUOTED}"),
    ResponseParserError(f"invalid answer received: {QUOTED}"),
    BUG,
    UnicodeEncodeError("utf-8", QUOTED, 0, 1, QUOTED),
]
OPERATIONS = ["GetItem", "BatchGetItem", "Scan", "StartExecution", "*"]


def name_of(error: Exception) -> str:
    return error_code(error) if isinstance(error, ClientError) else type(error).__name__


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        *(("UpdateItem", error) for error in ERRORS),
        *((operation, error) for operation in OPERATIONS for error in (THROTTLED, BUG)),
    ],
    ids=lambda value: value if isinstance(value, str) else name_of(value),
)
def test_of_what_aws_or_a_bug_raises(functions: Functions, operation: str, error: Exception) -> None:
    assert private_in(str(error))
    told_before = len(functions.world.told)
    functions.world.aws.fail(operation, error)
    raised = meet(functions)
    assert all(isinstance(one, AwsError | Unforeseen) for one in raised)
    assert name_of(error) in str(functions.world.told[told_before:])


def test_of_a_secret_that_cannot_be_read(functions: Functions) -> None:
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": QUOTED}}, "GetSecretValue")
    functions.world.aws.fail("GetSecretValue", refused)
    functions.world.clock.pass_time(3600)
    functions.world.zonos.secret = "another canary"
    assert not meet(functions)
    assert complaints(functions)


def test_of_an_order_too_large_to_store(functions: Functions) -> None:
    incompressible = random.Random(1).randbytes(500_000).hex()
    functions.world.zonos.edit("999-101", notes=[{"note": BUYER + incompressible}])
    functions.reconcile()
    assert functions.world.failures()["999-101"].error.startswith("UnexpectedAnswer: ")


def test_of_a_payload_that_is_not_understood(functions: Functions) -> None:
    for function in ("reconcile_orders", "recheck_order", "backfill_orders"):
        for event in ({"name": BUYER}, {"orderIds": [BUYER]}, {"order_id": BUYER, "execution_name": SECRET}):
            with pytest.raises(ZonosOrdersError):
                functions.invoke(function, event)
    assert functions.redirect(f"orderId={BUYER}&secret={SECRET}")["statusCode"] == 400


def test_of_a_real_process_and_a_real_loop() -> None:
    with (
        ZonosSimulator(store_id=STORE, secret=SECRET) as simulator,
        Sandbox(parameters(simulator, "disabled"), SECRET) as sandbox,
    ):
        order_id = simulator.world.pay("fraud_review")
        sandbox.fire_schedule()
        for operation in ("orderDetail", "orderNumbers"):
            for status, content_type, body in ANSWERS.values():
                simulator.world.answer_next(operation, status, content_type, body.encode())
        asked = simulator.world.calls()
        look: dict[str, Any] = {"order_id": order_id, "execution_name": f"{order_id}-1"}
        for _ in range(3):
            sandbox.fire_schedule()
            sandbox.invoke("RecheckOrderFunction", look)
            with suppress(InvocationFailed):
                sandbox.invoke("BackfillOrdersFunction", {"slice": {"orderIds": [order_id]}, "so_far": {}})
        with pytest.raises(InvocationFailed, match="InvalidInput: "):
            sandbox.invoke("RecheckOrderFunction", {"order_id": BUYER, "execution_name": SECRET})
        assert simulator.world.calls() > asked
        assert sandbox.reconciliation_item("failure", order_id)
        assert "ERROR" in str(sandbox.logs())
