"""The simulated Zonos refuses in the documented words, statuses and forms."""

import json
from typing import Any

import pytest
import requests

from tests.integration.zonos_simulator.calls import JSON_HEADERS, SECRET, call
from tests.sandbox.zonos_simulator import ZonosSimulator


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"orderId": "999-99x99"}, "orderId: 999-99x99 is not a valid orderId"),
        ({"orderId": True}, "orderId: True is not a valid orderId"),
        ({"orderId": "999-٩٩"}, "orderId: 999-٩٩ is not a valid orderId"),
        ({"orderId": "999-99999"}, "Could not find an order with orderId: 999-99999"),
        ({"orderId": 99999}, "Could not find an order with orderId: 99999"),
        ({"orderId": "123-100"}, "No order found with orderId: 123-100"),
        ({"orderId": "999-100", "secret": "wrong"}, "Invalid security credentials"),
        ({"orderId": "999-100", "secret": None}, "Invalid security credentials"),
        ({"orderId": "999-100", "store": 998}, "Invalid security credentials"),
        ({"orderId": "999-100", "store": None}, "Parameter store required"),
        ({}, "Parameter orderId or referenceId is required"),
        ({"orderId": None, "referenceId": ""}, "Parameter orderId or referenceId is required"),
        (
            {"orderId": "999-100", "referenceId": "cart-100"},
            "Cannot specify both Parameters orderId and referenceId",
        ),
        ({"referenceId": "999999"}, "No order found with referenceId: 999999 for storeId: 999"),
        ({"referenceId": "twice"}, "referenceId: twice for storeId: 999 has been duplicated"),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_order_detail_refuses_with_400(
    zonos: ZonosSimulator, version: str, body: dict[str, Any], error: str
) -> None:
    for reference_id in ("cart-100", "twice", "twice"):
        zonos.world.pay(reference_id=reference_id)

    answer = call(zonos, f"/{version}/orderDetail", **body)

    assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert answer.headers["Content-Type"] == "application/json"


def test_a_reference_that_is_not_known_yet_cannot_be_retrieved(zonos: ZonosSimulator) -> None:
    zonos.world.break_down("not_yet")
    zonos.world.pay(reference_id="999999")

    answer = call(zonos, "/v2/orderDetail", referenceId="999999")

    assert answer.status_code == 400
    assert answer.json() == {"error": "Couldn\u2019t retrieve order with referenceId: 999999"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_invalid(zonos: ZonosSimulator, body: bytes) -> None:
    for path in ("/v2/orderDetail", "/v1/orderNumbers"):
        answer = requests.post(zonos.url + path, data=body, headers=JSON_HEADERS, timeout=5)
        assert (answer.status_code, answer.json()) == (400, {"error": "Invalid post body"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": None}, 415),
        ({"Accept": "text/html"}, 406),
        ({"Accept": "application/xml"}, 406),
    ],
)
def test_wrong_headers_are_answered_with_html(
    zonos: ZonosSimulator, headers: dict[str, str | None], status: int
) -> None:
    body = json.dumps({"store": 999, "secret": SECRET}).encode()
    answer = requests.post(
        f"{zonos.url}/v2/orderDetail", data=body, headers=JSON_HEADERS | headers, timeout=5
    )

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(
    "headers",
    [
        JSON_HEADERS,
        {"Accept": "*/*", "Content-Type": "application/json; charset=utf-8"},
        {"Accept": "text/html, application/json;q=0.9", "Content-Type": "Application/JSON"},
    ],
)
@pytest.mark.parametrize("store", [999, "999"])
@pytest.mark.parametrize("order_id", ["999-100", "100", 100, "0000100"])
def test_an_order_is_found_in_every_documented_form(
    zonos: ZonosSimulator, headers: dict[str, str | None], store: int | str, order_id: int | str
) -> None:
    zonos.world.pay()

    body = json.dumps({"store": store, "secret": SECRET, "orderId": order_id})
    answer = requests.post(f"{zonos.url}/v2/orderDetail", data=body, headers=headers, timeout=5)

    assert answer.status_code == 200
    assert answer.json()["order"]["orderId"] == "999-100"


def test_what_is_no_service_end_point_is_answered_with_html(zonos: ZonosSimulator) -> None:
    assert call(zonos, "/v1/setShipmentTracking").status_code == 404
    assert requests.get(f"{zonos.url}/v2/orderDetail", timeout=5).status_code == 405


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"orderId": ""}, "Parameter orderId is required to processUpdateMerchantOrderId"),
        ({"orderId": "999-100"}, "Parameter merchantOrderId is required to updateMerchantOrderId."),
        ({"orderId": "999-x", "merchantOrderId": "12"}, "orderId: 999-x is not a valid orderId"),
        (
            {"orderId": "999-99999", "merchantOrderId": "12"},
            "Could not retrieve order to updateMerchantOrderId for orderId: 99999",
        ),
    ],
)
def test_update_merchant_order_id_fails_with_200(
    zonos: ZonosSimulator, body: dict[str, Any], error: str
) -> None:
    zonos.world.pay()

    answer = call(zonos, "/v1/updateMerchantOrderId", **body)

    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_a_write_call_that_is_no_json_could_not_be_parsed(zonos: ZonosSimulator) -> None:
    answer = requests.post(
        f"{zonos.url}/v1/updateMerchantOrderId", data=b"{", headers=JSON_HEADERS, timeout=5
    )

    assert (answer.status_code, answer.json()) == (200, {"error": "could not parse input"})
