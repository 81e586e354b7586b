"""What the merchant tells the simulated Zonos."""

from typing import Any

import pytest

from tests.integration.zonos_simulator.calls import call
from tests.sandbox.zonos_simulator import ZonosSimulator


def test_the_merchant_order_id_appears_in_detail_and_list(zonos: ZonosSimulator) -> None:
    zonos.world.pay()

    answer = call(zonos, "/v1/updateMerchantOrderId", orderId=100, merchantOrderId="12-34567")

    assert answer.json() == {"success": "Updated Order: 100 with new merchantOrderId: 12-34567"}
    assert zonos.world.details("999-100")["merchantOrderId"] == "12-34567"
    entries = call(zonos, "/v1/orderNumbers", sinceOrderId=100).json()["orders"]
    assert entries == [{"id": "999-100", "testOrder": False, "merchantOrderId": "12-34567"}]


def test_tracking_numbers_appear_in_the_detail(zonos: ZonosSimulator) -> None:
    zonos.world.pay()

    answer = call(zonos, "/v2/setShipmentTracking", orderId="999-100", trackingList=[{"number": "1Z9"}])

    assert answer.json() == {"success": "Updated Order: 100 with new tracking info."}
    assert zonos.world.details("999-100")["trackingNumber"] == "1Z9"
    assert "error" in call(zonos, "/v2/setShipmentTracking", orderId="999-100", trackingList=[]).json()


@pytest.mark.parametrize(
    ("before", "change_allowed"),
    [
        ("IGLOBAL_ORDER_IN_PROCESS", True),
        ("VENDOR_PREPARING_ORDER", True),
        ("IGLOBAL_LABELS_PROCESSING", False),
        ("IGLOBAL_ORDER_ON_HOLD", False),
        ("IGLOBAL_FRAUD_REVIEW", False),
        ("IGLOBAL_ORDER_CANCELLED", False),
        ("VENDOR_CANCELLATION_REQUEST", False),
        ("VENDOR_END_OF_DAY_COMPLETE", False),
    ],
)
def test_a_merchant_changes_the_status_only_while_zonos_lets_it(
    zonos: ZonosSimulator, before: str, change_allowed: bool
) -> None:
    order_id = zonos.world.pay()
    zonos.world.set_status(order_id, before)

    answer = call(zonos, "/v1/updateVendorOrderStatus", orderId=order_id, orderStatus="VENDOR_SHIPMENT_READY")

    assert answer.status_code == 200
    assert ("success" in answer.json(), "error" in answer.json()) == (change_allowed, not change_allowed)
    expected = "VENDOR_SHIPMENT_READY" if change_allowed else before
    assert zonos.world.details(order_id)["orderStatus"] == expected


@pytest.mark.parametrize("status", ["IGLOBAL_ORDER_IN_PROCESS", "VENDOR_LOST", "", 7, ["VENDOR_X"]])
def test_a_merchant_sets_vendor_statuses_only(zonos: ZonosSimulator, status: Any) -> None:
    order_id = zonos.world.pay()

    answer = call(zonos, "/v1/updateVendorOrderStatus", orderId=order_id, orderStatus=status)

    assert answer.status_code == 200
    assert list(answer.json()) == ["error"]
    assert zonos.world.details(order_id)["orderStatus"] == "IGLOBAL_ORDER_IN_PROCESS"
