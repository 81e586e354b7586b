"""The vendor's own client, python-iglobal 0.1.2, works against the simulator: only its address is changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from iglobal.api import Api
from iglobal.exceptions import iGlobalException

from tests.integration.functions import Functions
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE


@pytest.fixture
def zonos() -> Iterator[ZonosSimulator]:
    with ZonosSimulator(store_id="999", secret="vendor-client-secret") as simulator:
        yield simulator


@pytest.fixture
def client(zonos: ZonosSimulator) -> Any:
    untyped: Any = Api  # the vendor's package has no types
    api = untyped(store_id=999, secret_key="vendor-client-secret")
    api.base_url = zonos.url + "/v1/{0}"
    return api


def test_order_numbers_since_a_day(zonos: ZonosSimulator, client: Any) -> None:
    zonos.world.pay(order_date=datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    zonos.world.pay("test_order", order_date=datetime(2026, 3, 2, 0, 0, tzinfo=UTC))
    zonos.world.pay(order_date=datetime(2026, 3, 3, 12, 0, tzinfo=UTC))

    listed = client.order_numbers(since_date=date(2026, 3, 2), through_date="20260303")

    assert listed.orderCount == 2
    assert [(entry.id, entry.testOrder) for entry in listed.orders] == [("999-101", True), ("999-102", False)]


def test_order_numbers_since_an_order(zonos: ZonosSimulator, client: Any) -> None:
    for _ in range(3):
        zonos.world.pay()

    assert [entry.id for entry in client.order_numbers(since_order_id=101).orders] == ["999-101", "999-102"]


def test_order_numbers_of_a_store_without_orders(client: Any) -> None:
    assert client.all_orders().orderCount == 0


def test_order_details_by_order_id(zonos: ZonosSimulator, client: Any) -> None:
    zonos.world.pay(order_date=datetime(2026, 3, 15, 16, 36, 42, tzinfo=UTC))

    order = client.order_details(order_id=100)

    assert order.orderId == "999-100"
    assert order.orderStatus == client.STATUS_PROCESS
    assert order.orderDate == 1773592602000
    assert order.orderDateString == "Sun Mar 15 16:36:42 UTC 2026"
    assert order.grandTotal == 433.42
    assert order.dutyTaxesBreakdown.vatTax == 57.67
    assert [item.sku.split()[0] for item in order.items] == ["JERSEY-100", "SOCKS-3-GREY"]


def test_order_details_by_reference_id(zonos: ZonosSimulator, client: Any) -> None:
    zonos.world.pay("fraud_review", reference_id="cart-7")

    order = client.order_details(reference_id="cart-7")

    assert (order.orderId, order.orderStatus) == ("999-100", client.STATUS_FRAUD)


def test_update_merchant_order_id(zonos: ZonosSimulator, client: Any) -> None:
    zonos.world.pay()

    answer = client.update_merchant_order_id(order_id="999-100", merchant_order_id="12-34567")

    assert answer.success == "Updated Order: 100 with new merchantOrderId: 12-34567"
    assert client.order_details(order_id="999-100").merchantOrderId == "12-34567"


def test_update_vendor_order_status(zonos: ZonosSimulator, client: Any) -> None:
    zonos.world.pay()

    answer = client.update_vendor_order_status(order_id="999-100", status=client.STATUS_VENDOR_PREPARE)

    assert answer.success == "Updated Order: 100 with new orderStatus: VENDOR_PREPARING_ORDER"
    assert client.order_details(order_id="999-100").orderStatus == "VENDOR_PREPARING_ORDER"


def test_what_the_desk_wrote_is_read_back_by_the_vendors_client(functions: Functions) -> None:
    zonos = functions.world.simulator
    untyped: Any = Api
    client = untyped(store_id=int(STORE), secret_key=SECRET)
    client.base_url = zonos.url + "/v1/{0}"
    order_id = zonos.world.pay()
    functions.reconcile()

    assert functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-1"})["written_back"] is True
    assert functions.desk(setTracking={"orderId": order_id, "trackingNumbers": ["1Z-1"]})["told"] is True
    prepare = client.STATUS_VENDOR_PREPARE
    assert functions.desk(setStatus={"orderId": order_id, "status": prepare})["told"] is True

    order = client.order_details(order_id=order_id)
    assert (order.merchantOrderId, order.orderStatus, order.trackingNumber) == ("M-1", prepare, "1Z-1")


def test_a_refusal_reaches_the_client_as_its_own_exception(client: Any) -> None:
    with pytest.raises(iGlobalException, match=r"400: .*Could not find an order with orderId: 999-5"):
        client.order_details(order_id="999-5")
