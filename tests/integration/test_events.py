"""The sample payloads in `events/` do what their names say, with the real handlers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.functions import through_url
from tests.sandbox.sam_template import ROOT
from tests.world import LambdaContext, World

EVENTS = ROOT / "events"
PAID_AT = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
TRIED_HERE = {
    "success_redirect.json",
    "success_redirect_json.json",
    "reconcile_scheduled.json",
    "reconcile_since_date.json",
    "reconcile_window.json",
    "reconcile_since_order.json",
    "reconcile_order_ids.json",
    "reconcile_reference_ids.json",
    "reconcile_held.json",
    "reconcile_dry_run.json",
    "recheck_order.json",
    "backfill_window.json",
    "backfill_order_ids.json",
    "desk_take_over.json",
    "desk_may_ship.json",
    "desk_set_status.json",
    "desk_set_tracking.json",
    "desk_status.json",
    "desk_retry_failures.json",
    "reconcile_failures.json",
    "supervisor_clear.json",
    "supervisor_release.json",
    "supervisor_erase.json",
    "publish_order_ids.json",
}


def invoke(world: World, function: str, event_file: str) -> Any:
    assert event_file in TRIED_HERE
    event = json.loads((EVENTS / event_file).read_text(encoding="utf-8"))
    event = through_url(event) if event_file.startswith("supervisor_") else event
    return world.handler(function).lambda_handler(event, LambdaContext())


@pytest.fixture
def two_orders(world: World) -> World:
    """The orders that the payloads name, paid in the window that they name."""
    world.zonos.pay(order_date=PAID_AT)
    world.zonos.pay(order_date=PAID_AT)
    return world


def test_every_sample_payload_is_tried_here() -> None:
    assert {path.name for path in EVENTS.glob("*.json")} == TRIED_HERE


def test_the_redirect_is_answered_with_the_page(two_orders: World) -> None:
    answer = invoke(two_orders, "success_redirect", "success_redirect.json")
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "text/html; charset=utf-8")
    assert two_orders.order_ids() == {"999-100"}


def test_the_redirect_that_accepts_json_is_answered_with_it(two_orders: World) -> None:
    answer = invoke(two_orders, "success_redirect", "success_redirect_json.json")
    assert json.loads(answer["body"]) == {"orderId": "999-100", "state": "confirmed"}


def test_the_scheduled_run_imports_what_was_paid_lately(world: World) -> None:
    order_id = world.zonos.pay()
    assert invoke(world, "reconcile_orders", "reconcile_scheduled.json")["outcome"] == "clean"
    assert world.order_ids() == {order_id}


@pytest.mark.parametrize(
    ("event_file", "imported"),
    [
        ("reconcile_since_date.json", {"999-100", "999-101"}),
        ("reconcile_window.json", {"999-100", "999-101"}),
        ("reconcile_since_order.json", {"999-100", "999-101"}),
        ("reconcile_order_ids.json", {"999-100", "999-101"}),
        ("reconcile_reference_ids.json", {"999-100"}),
    ],
)
def test_a_hand_made_payload_imports_what_it_names(
    two_orders: World, event_file: str, imported: set[str]
) -> None:
    answer = invoke(two_orders, "reconcile_orders", event_file)
    assert answer["orders"] == dict.fromkeys(imported, "new")
    assert two_orders.order_ids() == imported


def test_the_window_leaves_out_what_was_paid_after_it(world: World) -> None:
    world.zonos.pay(order_date=datetime(2026, 4, 15, tzinfo=UTC))
    assert invoke(world, "reconcile_orders", "reconcile_window.json")["listed"] == 0


def test_a_dry_run_names_what_it_would_import_and_imports_nothing(two_orders: World) -> None:
    answer = invoke(two_orders, "reconcile_orders", "reconcile_dry_run.json")
    assert answer["orders"] == {"999-100": "new", "999-101": "new"}
    assert two_orders.order_ids() == set()


def test_held_orders_are_looked_at_again(world: World) -> None:
    order_id = world.zonos.pay("fraud_review", order_date=PAID_AT)
    invoke(world, "reconcile_orders", "reconcile_order_ids.json")
    world.zonos.release(order_id)
    assert invoke(world, "reconcile_orders", "reconcile_held.json")["orders"] == {order_id: "changed"}
    assert world.order(order_id)["disposition"] == "READY"


def test_the_review_loop_looks_at_its_order(world: World) -> None:
    order_id = world.zonos.pay("fraud_review", order_date=PAID_AT)
    invoke(world, "success_redirect", "success_redirect.json")
    assert invoke(world, "recheck_order", "recheck_order.json") == {
        "order_id": order_id,
        "disposition": "HELD",
        "done": False,
        "wait_seconds": 300,
        "outcome": "waiting",
    }


@pytest.mark.parametrize("event_file", ["backfill_window.json", "backfill_order_ids.json"])
def test_a_backfill_imports_what_its_input_names(two_orders: World, event_file: str) -> None:
    """As its state machine does: a plan, and then each slice."""
    assert event_file in TRIED_HERE
    handle = two_orders.handler("backfill_orders").lambda_handler
    event = json.loads((EVENTS / event_file).read_text(encoding="utf-8"))
    for piece in handle({"plan": event}, LambdaContext())["slices"]:
        assert handle({"slice": piece, "so_far": {}}, LambdaContext())["done"]
    assert two_orders.order_ids() == {"999-100", "999-101"}


def test_the_desk_does_what_its_payloads_say(world: World) -> None:
    order_id = world.zonos.pay()
    invoke(world, "reconcile_orders", "reconcile_scheduled.json")

    assert invoke(world, "order_desk", "desk_may_ship.json")["may_ship"] is True
    assert invoke(world, "order_desk", "desk_take_over.json")["taken_over"] is True
    assert invoke(world, "order_desk", "desk_set_status.json")["told"] is True
    assert invoke(world, "order_desk", "desk_set_tracking.json")["told"] is True
    assert world.order(order_id)["disposition"] == "FULFILLING"
    assert world.zonos.details(order_id)["merchantOrderId"] == "M-100"


@pytest.mark.parametrize(
    ("function", "event_file"),
    [("order_desk", "desk_retry_failures.json"), ("reconcile_orders", "reconcile_failures.json")],
)
def test_what_failed_is_tried_again_at_once(world: World, function: str, event_file: str) -> None:
    order_id = world.zonos.pay()
    world.zonos.bad_orders = {order_id}
    invoke(world, "reconcile_orders", "reconcile_scheduled.json")
    status = invoke(world, "order_desk", "desk_status.json")
    assert [found["orders"] for found in status["failures"].values()] == [[order_id]]

    world.zonos.bad_orders = set()
    assert invoke(world, function, event_file)["orders"] == {order_id: "new"}
    assert invoke(world, "order_desk", "desk_status.json")["failures"] == {}


@pytest.mark.parametrize(
    ("event_file", "kind", "ship_from", "disposition"),
    [
        ("supervisor_clear.json", "csl_match", "all", "READY"),
        ("supervisor_release.json", "pay", "20991231", "READY"),
        ("supervisor_erase.json", "test_order", "all", "HELD"),
    ],
)
def test_the_supervisor_does_what_its_payloads_say(
    world: World, event_file: str, kind: Any, ship_from: str, disposition: str
) -> None:
    order_id = world.zonos.pay(kind)
    world.env["SHIP_FROM_DATE"] = ship_from
    invoke(world, "reconcile_orders", "reconcile_scheduled.json")
    assert world.order(order_id)["disposition"] == "HELD"

    answer = invoke(world, "order_supervisor", event_file)
    assert (answer["statusCode"], json.loads(answer["body"])["orders"][0]["done"]) == (200, True)
    item = world.order(order_id)
    assert (item["disposition"], "erased_at" in item) == (disposition, event_file == "supervisor_erase.json")


def test_the_events_of_an_order_are_sent_again(two_orders: World) -> None:
    invoke(two_orders, "success_redirect", "success_redirect.json")
    answer = invoke(two_orders, "publish_changes", "publish_order_ids.json")
    assert answer == {"sent": 2, "failed": {}, "unknown": []}
