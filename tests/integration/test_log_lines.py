"""What the log tells: what a person must know, and nothing that may not be told."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration import situations
from tests.integration.functions import Functions
from tests.world import LambdaContext


def lines_of(functions: Functions) -> list[dict[str, Any]]:
    """What was printed, but not by the function that reads the stream: it is told of every change."""
    by_stream = ("Published", "An order needs a person")
    return [line for line in functions.lines if line.get("message") not in by_stream]


def test_nothing_of_the_request_but_the_number_is_told(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.redirect("orderId=999-100&email=ada.sample%40example.com&token=hush-hush")
    functions.redirect("orderId=hush-hush")
    assert "hush" not in functions.printed


def test_the_reference_of_a_cart_is_not_told(functions: Functions) -> None:
    functions.reconcile(referenceIds=["cart-of-ada"])
    assert "cart-of-ada" not in functions.printed


def test_every_failure_is_told_with_its_order_and_its_cause(functions: Functions) -> None:
    situations.poisoned(functions)
    told = [line for line in lines_of(functions) if line.get("level") == "ERROR"]
    assert [line["order_id"] for line in told] == ["999-100"]
    assert told[0]["error"].startswith("UnexpectedAnswer: ")


@pytest.mark.parametrize(
    ("happen", "error"),
    [
        (situations.failed_look, "ZonosUnavailable"),
        (situations.long_review, None),
        (situations.redirect_down, "ZonosUnavailable"),
    ],
)
def test_what_a_person_must_know_is_told_as_an_error(
    functions: Functions, happen: Callable[[Functions], None], error: str | None
) -> None:
    happen(functions)
    (told,) = [line for line in lines_of(functions) if line.get("level") == "ERROR"]
    assert told["order_id"] == "999-100"
    assert error is None or told["error"].startswith(error)


def test_a_run_that_failed_is_told_as_an_error(functions: Functions) -> None:
    situations.listing_down(functions)
    (told,) = [line for line in lines_of(functions) if line.get("level") == "ERROR"]
    assert (told["run"]["outcome"], told["dry_run"]) == ("unavailable", False)


@pytest.mark.parametrize(
    ("details", "fails"), [({"orderDate": None}, False), ({}, True), ({"orderDate": None}, True)]
)
def test_an_order_that_needs_a_look_is_told_by_the_run_that_met_it(
    functions: Functions, details: dict[str, Any], fails: bool
) -> None:
    functions.world.zonos.pay("fraud_review", details=details)
    if fails:
        functions.world.aws.fail("StartExecution")
    functions.reconcile()
    (told,) = [line for line in lines_of(functions) if line.get("level") == "WARNING"]
    assert told["order_id"] == "999-100"
    assert (bool(told["contract_changes"]), "review_failure" in told) == (bool(details), fails)


def test_an_order_that_needs_a_look_is_told_by_the_look_that_met_it(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.set_status(order_id, "")
    functions.recheck(order_id)
    (told,) = [line for line in lines_of(functions) if line.get("level") == "WARNING"]
    assert (told["order_id"], told["contract_changes"]) == (order_id, ["orderStatus"])


def test_a_redirect_tells_what_became_of_its_order(functions: Functions) -> None:
    functions.world.zonos.pay("fraud_review")
    functions.redirect("orderId=999-100")
    (told,) = [line for line in lines_of(functions) if line.get("level") == "INFO"]
    assert (told["order_id"], told["state"], told["outcome"]) == ("999-100", "confirming", "new")
    assert (told["disposition"], told["hold_reasons"]) == ("HELD", ["FRAUD_REVIEW"])
    assert functions.metrics["RedirectConfirming"] == 1


def test_every_line_names_its_invocation(functions: Functions) -> None:
    functions.world.zonos.pay("fraud_review")
    functions.redirect("orderId=999-100")
    functions.reconcile(orderIds=["999-100"], dryRun=True)
    functions.recheck("999-100")
    told = [line for line in lines_of(functions) if "level" in line]
    assert [line["function_request_id"] for line in told] == [LambdaContext.aws_request_id] * 3
    assert told[1]["dry_run"] is True


def test_a_status_of_another_form_is_not_repeated_in_the_log(functions: Functions) -> None:
    paid = functions.world.zonos.pay(details={"orderStatus": "held for Ada Nobody"})
    functions.redirect(f"orderId={paid}")
    assert functions.world.order(paid)["zonos_status"] == "held for Ada Nobody"
    assert "Ada" not in functions.printed
    assert "(not a status)" in functions.printed
