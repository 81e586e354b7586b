"""Every call to AWS is seen, and counts as that of the function in whose name it is made."""

from collections.abc import Iterator

import pytest

from tests.aws_calls import AwsCalls
from tests.integration.functions import Functions
from tests.sandbox.sandbox import Sandbox
from tests.world import World

REDIRECT, RECONCILE, RECHECK = (
    "SuccessRedirectFunctionRole",
    "ReconcileOrdersFunctionRole",
    "RecheckOrderFunctionRole",
)
PUBLISH = "PublishChangesFunctionRole"  # which is told of each change
ORDERS, RECONCILIATION = "${OrdersTable.Arn}", "${ReconciliationTable.Arn}"
STORES = ("dynamodb:UpdateItem", ORDERS)


@pytest.fixture
def seen(aws_calls: AwsCalls) -> Iterator[AwsCalls]:
    """What is asked during the test alone; it counts with the rest afterwards."""
    aws_calls.read_the_sandbox()
    earlier, aws_calls.made = aws_calls.made, set()
    yield aws_calls
    aws_calls.made |= earlier


def test_a_call_is_its_functions_also_from_a_thread(
    world: World, functions: Functions, seen: AwsCalls
) -> None:
    functions.redirect(f"orderId={world.zonos.pay()}")
    assert (REDIRECT, STORES) in seen.made
    assert {role for role, _ in seen.made} == {REDIRECT, PUBLISH}
    world.zonos.pay()
    functions.reconcile()
    assert (RECONCILE, STORES) in seen.made
    assert {role for role, _ in seen.made} == {REDIRECT, RECONCILE, PUBLISH}


def test_a_call_of_the_test_is_nobodys(world: World, functions: Functions, seen: AwsCalls) -> None:
    world.aws.before("StartExecution", lambda: world.dynamodb.scan(TableName="OrdersTable"))
    functions.redirect(f"orderId={world.zonos.pay('fraud_review')}")
    world.dynamodb.scan(TableName="OrdersTable")
    assert "states:StartExecution" in {action for _, (action, _) in seen.made}
    assert "dynamodb:Scan" not in {action for _, (action, _) in seen.made}


def test_a_call_from_a_process_of_the_sandbox_is_its_functions(seen: AwsCalls) -> None:
    parameters = {"ZonosStoreId": "999", "ZonosSecretName": "zonos/secret", "ShipFromDate": "all"}
    with Sandbox({**parameters, "ZonosApiUrl": "http://127.0.0.1:1"}, "s3cret") as sandbox:
        sandbox.fire_schedule()
    seen.read_the_sandbox()
    assert (RECONCILE, ("dynamodb:DeleteItem", f"{RECONCILIATION}#lease")) in seen.made
    assert {role for role, _ in seen.made} == {RECONCILE}


def test_a_look_that_meets_the_beginning_of_the_next_review_starts_its_loop(
    world: World, functions: Functions, seen: AwsCalls
) -> None:
    order_id = world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    another = Functions(world)
    reads = iter(range(10))

    def settle_before_the_second_read() -> None:
        if next(reads) == 1:
            world.zonos.release(order_id)
            world.clock.pass_time(1)
            another.reconcile(orderIds=[order_id])
            world.zonos.set_status(order_id, "IGLOBAL_FRAUD_REVIEW")
            world.clock.pass_time(1)

    world.clock.pass_time(60)
    world.aws.before("GetItem", settle_before_the_second_read, about=order_id)
    functions.recheck(order_id)
    assert set(world.executions()) == {f"{order_id}-1", f"{order_id}-2"}
    assert (RECHECK, "states:StartExecution") in {(role, action) for role, (action, _) in seen.made}
