"""The calls that tell Zonos something: what they send, and what counts as told."""

from typing import Any

import pytest

from tests.unit.zonos_api.answers import answered
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.zonos_api import Call, read_answer
from zonos_orders.zonos_writes import (
    check_success,
    set_shipment_tracking,
    update_merchant_order_id,
    update_vendor_order_status,
)

KIB = 1024


@pytest.mark.parametrize(
    ("call", "path", "parameters"),
    [
        (
            update_merchant_order_id("999-1", "M-1"),
            "/v1/updateMerchantOrderId",
            {"orderId": "999-1", "merchantOrderId": "M-1"},
        ),
        (
            update_vendor_order_status("999-1", "VENDOR_PREPARING_ORDER"),
            "/v1/updateVendorOrderStatus",
            {"orderId": "999-1", "orderStatus": "VENDOR_PREPARING_ORDER"},
        ),
        (
            set_shipment_tracking("999-1", ["1Z-1", "1Z-2"]),
            "/v2/setShipmentTracking",
            {"orderId": "999-1", "trackingList": [{"number": "1Z-1"}, {"number": "1Z-2"}]},
        ),
    ],
)
def test_a_call_says_what_zonos_is_told(call: Call, path: str, parameters: dict[str, Any]) -> None:
    assert call == Call(path, 64 * KIB, parameters)


def test_the_success_key_says_that_it_was_told() -> None:
    check_success({"success": "Updated Order: 99999 with new merchantOrderId: 12-34567"})


@pytest.mark.parametrize("answer", [{}, {"success": ""}, {"success": None}, {"ok": True}])
def test_an_answer_without_it_was_no_success(answer: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer, match="did not confirm"):
        check_success(answer)


@pytest.mark.parametrize("status", [201, 202, 500])
def test_success_counts_whatever_the_http_status(status: int) -> None:
    check_success(read_answer(answered(status, '{"success": "Updated Order: 99999"}')))
