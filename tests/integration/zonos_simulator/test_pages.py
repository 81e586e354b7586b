"""The checkout and the admin page of the simulated Zonos."""

import pytest
import requests

from tests.integration.zonos_simulator.calls import call
from tests.sandbox.zonos_simulator import PURCHASES, ZonosSimulator


def submit(zonos: ZonosSimulator, path: str, **form: str) -> requests.Response:
    return requests.post(zonos.url + path, data=form, allow_redirects=False, timeout=5)


def test_the_checkout_page_offers_every_way_to_pay_without_a_script(zonos: ZonosSimulator) -> None:
    page = requests.get(zonos.url, timeout=5).text

    assert [kind for kind in PURCHASES if f'name="kind" value="{kind}"' in page] == list(PURCHASES)
    assert "<script" not in page


@pytest.mark.parametrize(
    ("kind", "status", "test_order", "csl_match"),
    [
        ("pay", "IGLOBAL_ORDER_IN_PROCESS", False, False),
        ("fraud_review", "IGLOBAL_FRAUD_REVIEW", False, False),
        ("test_order", "IGLOBAL_ORDER_IN_PROCESS", True, False),
        ("csl_match", "IGLOBAL_ORDER_IN_PROCESS", False, True),
    ],
)
def test_a_purchase_leads_back_to_the_shop_with_the_order_id(
    zonos: ZonosSimulator, kind: str, status: str, test_order: bool, csl_match: bool
) -> None:
    zonos.world.success_url = "https://shop.example.com/thanks?utm_source=zonos&a=%20b"

    answer = submit(zonos, "/checkout", kind=kind)

    location = "https://shop.example.com/thanks?utm_source=zonos&a=%20b&orderId=999-100"
    assert (answer.status_code, answer.headers["Location"]) == (303, location)
    order = zonos.world.details("999-100")
    assert (order["orderStatus"], order["testOrder"], order["cslListMatch"]) == (
        status,
        test_order,
        csl_match,
    )


def test_a_closed_tab_leads_nowhere(zonos: ZonosSimulator) -> None:
    zonos.world.success_url = "https://shop.example.com/thanks"

    answer = submit(zonos, "/checkout", kind="close_tab")

    assert answer.status_code == 200
    assert "Order paid, tab closed" in answer.text
    assert zonos.world.details("999-100")["orderStatus"] == "IGLOBAL_ORDER_IN_PROCESS"


def test_without_a_success_url_zonos_shows_the_order_number(zonos: ZonosSimulator) -> None:
    answer = submit(zonos, "/checkout", kind="pay")

    assert answer.status_code == 200
    assert "999-100" in answer.text


def test_an_unknown_way_to_pay_makes_no_order(zonos: ZonosSimulator) -> None:
    assert submit(zonos, "/checkout", kind="<script>").status_code == 400
    assert zonos.world.orders() == []


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("release", "IGLOBAL_ORDER_IN_PROCESS"),
        ("hold", "IGLOBAL_ORDER_ON_HOLD"),
        ("cancel", "IGLOBAL_ORDER_CANCELLED"),
        ("edit", "IGLOBAL_FRAUD_REVIEW"),
        ("VENDOR_END_OF_DAY_COMPLETE", "VENDOR_END_OF_DAY_COMPLETE"),
    ],
)
def test_the_admin_page_changes_an_order(zonos: ZonosSimulator, action: str, status: str) -> None:
    order_id = zonos.world.pay("fraud_review")

    answer = submit(zonos, "/admin/order", order_id=order_id, action=action)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin")
    assert f"<code>{status}</code>" in requests.get(f"{zonos.url}/admin", timeout=5).text
    address = zonos.world.details(order_id)["address1"]
    assert address.startswith("2 Corrected Street") == (action == "edit")


def test_the_admin_page_refuses_what_it_does_not_know(zonos: ZonosSimulator) -> None:
    order_id = zonos.world.pay()

    assert submit(zonos, "/admin/order", order_id=order_id, action="explode").status_code == 400
    assert submit(zonos, "/admin/order", order_id="999-7", action="hold").status_code == 404
    assert submit(zonos, "/admin/break-down", kind="earthquake").status_code == 400
    assert submit(zonos, "/admin/break-down", kind="slow", seconds="nan").status_code == 400
    assert submit(zonos, "/admin/nothing").status_code == 404


def test_the_admin_page_breaks_the_api_down_and_heals_it(zonos: ZonosSimulator) -> None:
    zonos.world.pay()

    assert submit(zonos, "/admin/break-down", kind="status_500").status_code == 303
    assert (
        "The API answers every call with an error (500)" in requests.get(f"{zonos.url}/admin", timeout=5).text
    )
    assert call(zonos, "/v2/orderDetail", orderId=100).status_code == 500
    assert submit(zonos, "/admin/recover").status_code == 303
    assert call(zonos, "/v2/orderDetail", orderId=100).status_code == 200


def test_the_admin_page_shows_no_personal_data_and_escapes_what_it_shows(zonos: ZonosSimulator) -> None:
    order_id = zonos.world.pay(details={"name": "Ada Sample"})
    zonos.world.set_status(order_id, "<b>ODD</b>")

    page = requests.get(f"{zonos.url}/admin", timeout=5).text

    assert "&lt;b&gt;ODD&lt;/b&gt;" in page
    assert "<b>ODD" not in page
    assert "Ada Sample" not in page
    assert "example.com" not in page
