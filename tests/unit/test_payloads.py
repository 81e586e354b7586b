"""What the reconciliation and the review's looks may be invoked with; everything else is refused."""

from typing import Any

import pytest

from zonos_orders.errors import InvalidInput
from zonos_orders.payloads import EXPECTED, ReconcileRequest, read_recheck_request, read_reconcile_request

LEAK = "Ada Lovelace"
ALLOWED: list[tuple[dict[str, Any], ReconcileRequest]] = [
    ({"sinceDate": "20260101"}, ReconcileRequest(since_date="20260101")),
    (
        {"sinceDate": "20260101", "throughDate": "20260131"},
        ReconcileRequest(since_date="20260101", through_date="20260131"),
    ),
    (
        {"throughDate": "20260101", "sinceDate": "20260101"},
        ReconcileRequest(since_date="20260101", through_date="20260101"),
    ),
    ({"sinceOrderId": "999-100"}, ReconcileRequest(since_order_id="999-100")),
    ({"sinceOrderId": "00100"}, ReconcileRequest(since_order_id="999-100")),
    ({"sinceOrderId": 100}, ReconcileRequest(since_order_id="999-100")),
    ({"orderIds": ["999-100"]}, ReconcileRequest(order_ids=("999-100",))),
    (
        {"orderIds": ["999-102", "101", 102, "0102"]},
        ReconcileRequest(order_ids=("999-102", "999-101")),
    ),
    (
        {"orderIds": list(range(1, 10_001))},
        ReconcileRequest(order_ids=tuple(f"999-{n}" for n in range(1, 10_001))),
    ),
    ({"referenceIds": ["cart-7"]}, ReconcileRequest(reference_ids=("cart-7",))),
    ({"referenceIds": ["b", "a", "b"]}, ReconcileRequest(reference_ids=("b", "a"))),
    ({"referenceIds": ["x" * 255]}, ReconcileRequest(reference_ids=("x" * 255,))),
    ({"recheck": "held"}, ReconcileRequest(recheck="held")),
]


@pytest.mark.parametrize(("payload", "request_"), ALLOWED)
def test_each_payload_made_by_hand_is_understood(payload: dict[str, Any], request_: ReconcileRequest) -> None:
    assert read_reconcile_request(payload, "999") == request_
    assert not request_.is_scheduled


@pytest.mark.parametrize(("payload", "request_"), ALLOWED)
def test_each_payload_made_by_hand_can_be_tried_dry(
    payload: dict[str, Any], request_: ReconcileRequest
) -> None:
    dry = read_reconcile_request(payload | {"dryRun": True}, "999")

    assert dry.dry_run
    assert not dry.is_scheduled
    assert read_reconcile_request(payload | {"dryRun": False}, "999") == request_


@pytest.mark.parametrize(
    "event",
    [
        {},
        {
            "version": "0",
            "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": "123456789012",
            "time": "2026-03-03T12:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/reconcile"],
            "detail": "{}",
        },
        {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    ],
)
def test_the_schedules_own_event_is_the_scheduled_run(event: dict[str, Any]) -> None:
    request = read_reconcile_request(event, "999")

    assert request == ReconcileRequest()
    assert request.is_scheduled


def test_a_payload_is_left_as_it_was() -> None:
    payload = {"recheck": "held", "dryRun": True}
    read_reconcile_request(payload, "999")

    assert payload == {"recheck": "held", "dryRun": True}


@pytest.mark.parametrize("event", [None, [], "", "{}", 7, True, [{"recheck": "held"}]])
def test_a_payload_that_is_no_object_is_refused(event: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_reconcile_request(event, "999")

    assert str(refused.value) == f"the payload is no JSON object: {EXPECTED}"


@pytest.mark.parametrize(
    "payload",
    [
        {LEAK: True},
        {"sincedate": "20260101"},
        {"since_date": "20260101"},
        {"dryRun": True},
        {"dryRun": "true"},
        {"dryRun": None},
        {"sinceDate": "20260101", "dryRun": "true"},
        {"sinceDate": "20260101", "dryRun": 1},
        {"sinceDate": "20260101", "dryRun": None},
        {"sinceDate": "20260101", LEAK: 1},
        {"source": "aws.s3"},
        {"source": ["aws.scheduler"]},
        {"source": None},
        {"throughDate": "20260131"},
        {"sinceDate": "20260101", "sinceOrderId": "999-1"},
        {"sinceDate": "20260101", "recheck": "held"},
        {"sinceOrderId": "999-1", "throughDate": "20260131"},
        {"orderIds": ["999-1"], "referenceIds": ["cart-7"]},
        {"recheck": "held", "orderIds": ["999-1"]},
        {"sinceDate": None},
        {"sinceDate": ""},
        {"sinceDate": 20260101},
        {"sinceDate": "2026-01-01"},
        {"sinceDate": "20260230"},
        {"sinceDate": "20260101\n"},
        {"sinceDate": "\uff12\uff10\uff12\uff16\uff10\uff11\uff10\uff11"},
        {"sinceDate": ["20260101"]},
        {"sinceDate": "00010101"},
        {"sinceDate": "19991231"},
        {"sinceDate": "21000101"},
        {"sinceDate": "99991231"},
        {"sinceDate": "20260101", "throughDate": None},
        {"sinceDate": "20260101", "throughDate": "20261301"},
        {"sinceDate": "20260101", "throughDate": "99991231"},
        {"sinceDate": "20260131", "throughDate": "20260101"},
        {"sinceOrderId": None},
        {"sinceOrderId": ""},
        {"sinceOrderId": "888-1"},
        {"sinceOrderId": "abc"},
        {"sinceOrderId": True},
        {"sinceOrderId": ["999-1"]},
        {"orderIds": None},
        {"orderIds": []},
        {"orderIds": "999-1"},
        {"orderIds": {"999-1": 1}},
        {"orderIds": ["999-1", None]},
        {"orderIds": ["999-1", "888-1"]},
        {"orderIds": ["999-1", LEAK]},
        {"orderIds": ["999-1", ["999-2"]]},
        pytest.param({"orderIds": ["999-1"] * 10_001}, id="10,001 order ids"),
        {"referenceIds": None},
        {"referenceIds": []},
        {"referenceIds": "cart-7"},
        {"referenceIds": [""]},
        {"referenceIds": ["cart-7", 7]},
        {"referenceIds": ["cart-7", None]},
        {"referenceIds": [["cart-7"]]},
        pytest.param({"referenceIds": ["x" * 256]}, id="a reference of 256 characters"),
        {"recheck": "all"},
        {"recheck": "HELD"},
        {"recheck": True},
        {"recheck": None},
        {"recheck": ["held"]},
        {"recheck": ""},
    ],
)
def test_anything_else_is_refused_with_what_is_expected(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_reconcile_request(payload, "999")

    assert str(refused.value) == f"the payload is not understood: {EXPECTED}"
    assert LEAK not in str(refused.value)


@pytest.mark.parametrize(
    "key",
    ["sinceDate", "throughDate", "sinceOrderId", "orderIds", "referenceIds", "recheck", "dryRun", "held"],
)
def test_what_is_expected_names_every_key(key: str) -> None:
    assert f'"{key}"' in EXPECTED


@pytest.mark.parametrize("day", ["20000101", "20991231"])
def test_the_first_and_the_last_day_of_this_century_are_days(day: str) -> None:
    assert read_reconcile_request({"sinceDate": day, "throughDate": day}, "999").since_date == day


# --- the review loop


@pytest.mark.parametrize("order_id", ["999-1", "1", "0001", 1])
def test_a_look_names_its_order_and_its_execution(order_id: object) -> None:
    event = {"order_id": order_id, "execution_name": "999-1-2"}

    assert read_recheck_request(event, "999") == ("999-1", "999-1-2")


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "999-1",
        {},
        {"order_id": "999-1"},
        {"execution_name": "999-1-1"},
        {"order_id": "999-1", "execution_name": "999-1-1", "more": 1},
        {"order_id": "999-1", "execution_name": ""},
        {"order_id": "999-1", "execution_name": None},
        {"order_id": "999-1", "execution_name": 1},
        {"order_id": "", "execution_name": "999-1-1"},
        {"order_id": None, "execution_name": "999-1-1"},
        {"order_id": LEAK, "execution_name": "999-1-1"},
        {"order_id": "888-1", "execution_name": "888-1-1"},
    ],
)
def test_any_other_look_is_refused(event: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_recheck_request(event, "999")

    assert LEAK not in str(refused.value)
