"""The simulated Zonos says what the real one is documented to say, and breaks down on demand."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.zonos_simulator import PURCHASES, FaultKind, UnknownOrderError, ZonosSimulator

SECRET = "f5bde245-f55e-414d-b722-80b25161c12c"
SAMPLE = Path(__file__).parents[1] / "samples" / "complete_order.json"
JSON_HEADERS: dict[str, str | None] = {"Accept": "application/json", "Content-Type": "application/json"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 20, 12, 0, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def zonos(clock: Clock) -> Iterator[ZonosSimulator]:
    with ZonosSimulator(store_id="999", secret=SECRET, clock=clock) as simulator:
        yield simulator


def call(zonos: ZonosSimulator, path: str, timeout: float = 5, **body: Any) -> requests.Response:
    document = {"store": "999", "secret": SECRET, **body}
    return requests.post(zonos.url + path, json=document, headers=JSON_HEADERS, timeout=timeout)


def listed(zonos: ZonosSimulator, **parameters: Any) -> list[str]:
    answer = call(zonos, "/v1/orderNumbers", **parameters)
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.json().get("orders", [])]


def raw_call(zonos: ZonosSimulator) -> socket.socket:
    """Open a connection and send a call, leaving the answer to be read byte by byte."""
    connection = socket.create_connection(("127.0.0.1", urlsplit(zonos.url).port or 0), timeout=5)
    body = json.dumps({"store": 999, "secret": SECRET}).encode()
    head = "POST /v2/orderDetail HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


# Documented errors


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


# What the merchant writes


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


# What the merchant reads


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
    assert (order["referenceId"], order["email"]) == ("cart-100", "buyer100@example.com")
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
    assert after["address1"] == "3 Corrected Street"
    with pytest.raises(UnknownOrderError):
        zonos.world.edit("999-101")


# Breaking down


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "beginning"),
    [
        (
            "status_500",
            500,
            "application/json",
            '{"error": "Couldn\u2019t process order details"}',
        ),
        ("html_502", 502, "text/html; charset=utf-8", "<html>"),
        ("rate_limited", 429, "application/json", '{"error": '),
    ],
)
def test_a_wrong_answer_is_given_until_recovery(
    zonos: ZonosSimulator, kind: FaultKind, status: int, content_type: str, beginning: str
) -> None:
    zonos.world.pay()
    zonos.world.break_down(kind, seconds=7)
    broken = call(zonos, "/v2/orderDetail", orderId=100)
    zonos.world.recover()

    assert (broken.status_code, broken.headers["Content-Type"]) == (status, content_type)
    assert broken.content.decode().startswith(beginning)
    assert broken.headers.get("Retry-After") == ("7" if kind == "rate_limited" else None)
    assert call(zonos, "/v2/orderDetail", orderId=100).status_code == 200


def test_a_fault_can_concern_one_operation_only(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.break_down("status_500", operation="orderDetail")

    assert call(zonos, "/v1/orderDetail", orderId=100).status_code == 500
    assert call(zonos, "/v1/orderNumbers", sinceOrderId=1).status_code == 200


def test_silence_is_answered_after_recovery(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.break_down("silence")
    with pytest.raises(requests.ReadTimeout):
        call(zonos, "/v2/orderDetail", timeout=0.2, orderId=100)

    answers: list[int] = []
    waiting = Thread(
        target=lambda: answers.append(call(zonos, "/v2/orderDetail", orderId=100).status_code), daemon=True
    )
    waiting.start()
    until = time.monotonic() + 5
    while zonos.world.calls("orderDetail") < 2 and time.monotonic() < until:
        time.sleep(0.01)
    zonos.world.recover()
    waiting.join(timeout=5)

    assert answers == [200]


@pytest.mark.parametrize("kind", ["silence", "drip", "slow"])
def test_stopping_ends_every_open_connection_at_once(clock: Clock, kind: FaultKind) -> None:
    simulator = ZonosSimulator(secret=SECRET, clock=clock)
    simulator.start()
    simulator.world.break_down(kind, seconds=60)
    with raw_call(simulator) as connection:
        until = time.monotonic() + 5
        while not simulator.world.calls() and time.monotonic() < until:
            time.sleep(0.01)
        started = time.monotonic()
        simulator.stop()
        while connection.recv(4096):
            pass

    assert time.monotonic() - started < 2
    with pytest.raises(requests.ConnectionError):
        call(simulator, "/v2/orderDetail", timeout=1)


def test_a_dripping_answer_comes_byte_by_byte_from_its_first_line_on(zonos: ZonosSimulator) -> None:
    zonos.world.break_down("drip")
    with raw_call(zonos) as connection:
        assert connection.recv(4096) == b"H"
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(4096)
        zonos.world.recover()
        connection.settimeout(5)
        rest = b""
        while b"required" not in rest:
            rest += connection.recv(4096)

    assert rest.startswith(b"TTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("reason", ["fault", "latency"])
def test_a_slow_answer_is_late_and_right(zonos: ZonosSimulator, reason: str) -> None:
    zonos.world.pay()
    if reason == "fault":
        zonos.world.break_down("slow", seconds=0.15)
    else:
        zonos.world.latency_ms = 150
    started = time.monotonic()
    answer = call(zonos, "/v2/orderDetail", orderId=100)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.15


def test_a_new_order_is_listed_before_its_detail_is_known(zonos: ZonosSimulator, clock: Clock) -> None:
    zonos.world.pay()
    clock.now += 60
    zonos.world.break_down("not_yet", seconds=10)
    zonos.world.pay()

    answer = call(zonos, "/v2/orderDetail", orderId="999-101")
    assert answer.json() == {"error": "Could not find an order with orderId: 999-101"}
    assert call(zonos, "/v2/orderDetail", orderId="999-100").status_code == 200
    assert listed(zonos, sinceOrderId=100) == ["999-100", "999-101"]
    clock.now += 10
    assert call(zonos, "/v2/orderDetail", orderId="999-101").status_code == 200


def test_a_canned_answer_is_given_once(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.answer_next("orderDetail", 200, "text/html", b"<p>maintenance</p>")
    zonos.world.answer_next("orderDetail", 418, "application/json", b"null")

    answers = [call(zonos, "/v2/orderDetail", orderId=100) for _ in range(3)]

    assert [(answer.status_code, answer.content[:4]) for answer in answers] == [
        (200, b"<p>m"),
        (418, b"null"),
        (200, b'{"or'),
    ]


def test_a_stopped_simulator_starts_again_with_its_address_and_orders(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    address = zonos.url
    zonos.stop()
    zonos.start()

    assert zonos.url == address
    assert listed(zonos, sinceOrderId=1) == ["999-100"]


def test_the_call_log_counts_calls_and_holds_no_secret(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    call(zonos, "/v2/orderDetail", orderId="999-100")
    call(zonos, "/v1/orderDetail", referenceId="cart-100")
    call(zonos, "/v1/orderNumbers", sinceOrderId=1)

    logged = [(entry.version, entry.operation, entry.order_id) for entry in zonos.world.call_log()]
    assert logged == [("v2", "orderDetail", "999-100"), ("v1", "orderDetail", ""), ("v1", "orderNumbers", "")]
    assert (zonos.world.calls("orderDetail"), zonos.world.calls()) == (2, 3)
    assert SECRET not in str(zonos.world.call_log())
    zonos.world.reset_calls()
    assert zonos.world.calls() == 0


# The pages


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
    assert f"<td>{status}</td>" in requests.get(f"{zonos.url}/admin", timeout=5).text
    assert (zonos.world.details(order_id)["address1"] == "2 Corrected Street") == (action == "edit")


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
    assert "The API answers 500" in requests.get(f"{zonos.url}/admin", timeout=5).text
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
