"""What the simulated Zonos tells of its orders: details, numbers, statuses."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.zonos_simulator.calls import call, listed
from tests.sandbox.sam_template import ROOT
from tests.sandbox.zonos_simulator import UnknownOrderError, ZonosSimulator

SAMPLE = ROOT / "tests" / "samples" / "complete_order.json"


def test_each_order_is_complete_and_its_own(zonos: ZonosSimulator) -> None:
    order_id = zonos.world.pay(
        "csl_match",
        order_date=datetime(2026, 3, 1, tzinfo=UTC),
        completed_at=datetime(2026, 3, 15, 16, 36, 42, tzinfo=UTC),
        details={"boxCount": 3},
    )

    order = call(zonos, "/v2/orderDetail", orderId=order_id).json()["order"]

    assert order["orderDateString"] == "Sun Mar 01 00:00:00 UTC 2026"
    assert order["orderStatusDate"] == 1773592602000
    assert order["orderStatusDateString"] == "Sun Mar 15 16:36:42 UTC 2026"
    assert (order["cslListMatch"], order["testOrder"], order["boxCount"]) == (True, False, 3)
    assert (order["referenceId"], order["email"]) == ("cart-100", "buyer100.canary-email@example.com")
    assert set(order) == set(json.loads(SAMPLE.read_text(encoding="utf-8"))["order"])


def test_money_is_only_authorised_while_the_order_is_in_review(zonos: ZonosSimulator) -> None:
    order_id = zonos.world.pay("fraud_review")
    in_review = zonos.world.details(order_id)["paymentProcessing"]
    zonos.world.release(order_id)
    released = zonos.world.details(order_id)["paymentProcessing"]

    assert (in_review["transactionType"], "captureDate" in in_review) == ("AUTH_ONLY", False)
    assert (released["transactionType"], "captureDate" in released) == ("AUTH_CAPTURE", True)


def test_numbers_are_selected_by_the_utc_day_of_completion(zonos: ZonosSimulator) -> None:
    begun = datetime(2026, 2, 1, tzinfo=UTC)
    for day in (10, 11, 12):
        zonos.world.pay(order_date=begun, completed_at=datetime(2026, 3, day, 23, 59, 59, tzinfo=UTC))

    assert listed(zonos, sinceDate="20260311") == ["999-101", "999-102"]
    assert listed(zonos, sinceDate=20260310, throughDate="20260311") == ["999-100", "999-101"]
    zonos.world.since_inclusive = False
    assert listed(zonos, sinceDate="20260311") == ["999-102"]
    assert listed(zonos, sinceOrderId="999-100") == ["999-101", "999-102"]
    zonos.world.through_inclusive = False
    assert listed(zonos, sinceDate="20260310", throughDate="20260312") == ["999-101"]


def test_missing_merchant_order_ids_are_those_of_the_last_two_weeks(zonos: ZonosSimulator) -> None:
    zonos.world.pay(order_date=datetime(2026, 3, 6, 11, 59, tzinfo=UTC))
    zonos.world.pay(order_date=datetime(2026, 3, 6, 12, 0, tzinfo=UTC))
    numbered = zonos.world.pay()
    zonos.world.set_merchant_order_id(numbered, "12-34567")
    zonos.world.pay()

    assert listed(zonos, missingMerchantOrderId=True) == ["999-101", "999-103"]
    assert listed(zonos, missingMerchantOrderId=True, sinceDate="20260307") == ["999-103"]


def test_statuses_come_with_the_numbers_on_request(zonos: ZonosSimulator) -> None:
    zonos.world.pay("fraud_review")

    answer = call(zonos, "/v1/orderNumbers", sinceDate="20260320", statuses=True).json()
    assert answer == {
        "orderCount": 1,
        "orders": [
            {
                "id": "999-100",
                "testOrder": False,
                "orderStatus": "IGLOBAL_FRAUD_REVIEW",
                "orderStatusDate": 1774008000000,
            }
        ],
    }


def test_no_orders_are_left_out_or_shown_as_an_empty_list(zonos: ZonosSimulator) -> None:
    assert call(zonos, "/v1/orderNumbers", sinceDate="20260320").json() == {"orderCount": 0}
    zonos.world.empty_list_shown = True
    assert call(zonos, "/v1/orderNumbers", sinceOrderId=1).json() == {"orderCount": 0, "orders": []}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"sinceDate": "20260301", "sinceOrderId": "999-1"},
        {"sinceOrderId": "999-1", "throughDate": "20260301"},
        {"throughDate": "20260301"},
        {"sinceDate": "2026-03-01"},
        {"sinceDate": "20260230"},
        {"sinceOrderId": "123-1"},
        {"sinceDate": "20260301", "store": None},
        {"sinceDate": "20260301", "secret": "wrong"},
    ],
)
def test_order_numbers_refuses_contradictions(zonos: ZonosSimulator, parameters: dict[str, Any]) -> None:
    answer = call(zonos, "/v1/orderNumbers", **parameters)

    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]


def test_every_change_of_status_moves_its_date_forward(zonos: ZonosSimulator) -> None:
    order_id = zonos.world.pay("fraud_review")
    dates = [zonos.world.details(order_id)["orderStatusDate"]]
    for change in (zonos.world.hold, zonos.world.release, zonos.world.cancel):
        change(order_id)
        dates.append(zonos.world.details(order_id)["orderStatusDate"])

    assert dates == [1774008000000, 1774008000001, 1774008000002, 1774008000003]


def test_an_edit_changes_content_and_no_date(zonos: ZonosSimulator) -> None:
    order_id = zonos.world.pay()
    before = zonos.world.details(order_id)
    zonos.world.edit(order_id)
    zonos.world.edit(order_id)
    after = zonos.world.details(order_id)

    assert {key for key in after if after[key] != before[key]} == {"address1"}
    assert after["address1"] == "3 Corrected Street canary-address1"
    with pytest.raises(UnknownOrderError):
        zonos.world.edit("999-101")
