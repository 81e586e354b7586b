"""The sample payloads in `events/` do what their names say, with the real handlers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

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
}


def invoke(world: World, function: str, event_file: str) -> Any:
    assert event_file in TRIED_HERE
    event = json.loads((EVENTS / event_file).read_text(encoding="utf-8"))
    return world.handler(function).lambda_handler(event, LambdaContext())


@pytest.fixture
def two_orders(world: World) -> World:
    """The orders that the payloads name, paid in the window that they name."""
    world.zonos.pay(order_date=PAID_AT)
    world.zonos.pay(order_date=PAID_AT)
    return world


def test_every_sample_payload_is_tried_here() -> None:
    assert {path.name for path in EVENTS.iterdir()} == TRIED_HERE


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
