"""The built functions under Lambda's runtime client, in their ordinary course."""

import json

import pytest

from tests.emulated.world import RECHECK, World, event
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import RECONCILIATION, SUCCESS_PAGE


def test_a_redirect_imports_its_order_and_thanks_the_buyer(emulated: World) -> None:
    order_id = emulated.zonos.pay()
    answer = emulated.function(SUCCESS_PAGE).invoke(event("success_redirect_json", order_id))
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert answer["body"] == f'{{"orderId": "{order_id}", "state": "confirmed"}}'
    order = emulated.orders()[order_id]
    assert (order["disposition"], order["imported_by"], order["revision"]) == ("READY", "success_redirect", 1)


def test_a_scheduled_reconciliation_imports_what_no_redirect_brought(emulated: World) -> None:
    back, closed, closed_as_well = [emulated.zonos.pay() for _ in range(3)]
    emulated.function(SUCCESS_PAGE).invoke(event("success_redirect", back))
    reconciliation = emulated.function(RECONCILIATION)
    summary = reconciliation.invoke(event("reconcile_scheduled"))
    assert (summary["outcome"], summary["listed"], summary["recovered"]) == ("clean", 3, 2)
    assert {order_id: order["imported_by"] for order_id, order in emulated.orders().items()} == {
        back: "success_redirect",
        closed: "reconcile",
        closed_as_well: "reconcile",
    }
    assert emulated.noted("lease") == []
    said = [line for line in reconciliation.log.splitlines() if '"message":"Reconciled"' in line]
    function = reconciliation.function
    assert [
        (json.loads(line)["function_name"], json.loads(line)["function_memory_size"]) for line in said
    ] == [(function.name, str(function.memory))]
    again = reconciliation.invoke(event("reconcile_scheduled"))
    assert (again["outcome"], again["missing"], again["changed"]) == ("clean", 0, 0)


def test_a_look_settles_an_order_that_zonos_has_released(emulated: World) -> None:
    order_id = emulated.zonos.pay("fraud_review")
    emulated.function(SUCCESS_PAGE).invoke(event("success_redirect", order_id))
    assert emulated.orders()[order_id]["hold_reasons"] == ["FRAUD_REVIEW"]
    assert emulated.review_loops() == {f"{order_id}-1": f'{{"order_id": "{order_id}"}}'}
    recheck = emulated.function(RECHECK)
    look = event("recheck_order", order_id)
    waiting = recheck.invoke(look)
    assert (waiting["done"], waiting["outcome"], waiting["wait_seconds"]) == (False, "waiting", 3600)
    emulated.zonos.release(order_id)
    settled = recheck.invoke(look)
    assert (settled["done"], settled["outcome"], settled["disposition"]) == (True, "settled", "READY")
    order = emulated.orders()[order_id]
    assert (order["revision"], order["updated_by"], len(order["history"])) == (2, "recheck", 2)


@pytest.mark.parametrize(
    ("function", "payload", "expected"),
    [
        (RECONCILIATION, {"sinceDate": "yesterday"}, 'expected {} (the scheduled run), {"sinceDate": '),
        (RECHECK, {"order_id": "999-1"}, 'expected {"order_id": "<order id>", "execution_name": '),
    ],
)
def test_a_wrong_payload_is_refused_with_what_is_expected(
    emulated: World, function: str, payload: dict[str, str], expected: str
) -> None:
    with pytest.raises(InvocationFailed) as refused:
        emulated.function(function).invoke(payload)
    assert refused.value.error_type == "InvalidInput"
    assert expected in refused.value.message
    assert emulated.zonos.calls() == 0


@pytest.mark.parametrize(
    ("function", "variable"),
    [(SUCCESS_PAGE, "ORDERS_TABLE"), (RECONCILIATION, "ZONOS_SECRET_NAME"), (RECHECK, "REVIEW_LOOP_ARN")],
)
def test_a_function_without_a_variable_fails_at_its_start_and_names_it(
    emulated: World, function: str, variable: str
) -> None:
    order_id = emulated.zonos.pay()
    with pytest.raises(InvocationFailed) as failed:
        emulated.function(function, without=variable).invoke(event("success_redirect", order_id))
    assert failed.value.error_type == "WrongSetting"
    assert failed.value.message.startswith(f"the environment variable {variable} is missing: ")
    assert (emulated.zonos.calls(), emulated.orders()) == (0, {})
