"""Every metric on the dashboard is one that the real handlers print, under just these dimensions."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.alarms.episode import Episode
from tests.alarms.template_dashboard import DASHBOARDS, metrics, of_kind
from tests.alarms.test_emitted import OF_AWS
from tests.broken_aws import THROTTLED
from tests.integration.functions import Functions
from tests.integration.hand_overs import refuse
from tests.integration.runs import days_ago
from tests.integration.stream_events import batch, record
from tests.unit.merge.records import after, order
from tests.world import TestClock, World
from zonos_orders.errors import ZonosUnavailable
from zonos_orders.instants import day_of
from zonos_orders.stored_order import StoredOrder

POISON = StoredOrder({"order_id": "999-13", "revision": 1, "order": {}})


@pytest.fixture
def now(world: World, clock: TestClock) -> Episode:
    return Episode(Functions(world, MERCHANT_ORDER_IDS="used", REFRESH_CALLS_PER_RUN="1"), clock)


def orders_change(now: Episode) -> None:
    held, ready = now.zonos.pay("fraud_review"), now.zonos.pay()
    now.functions.reconcile()
    now.until(now.minute + 15)
    now.zonos.release(held)
    now.zonos.hold(ready)
    now.functions.reconcile()
    now.until(now.minute + 15)
    now.zonos.cancel(ready)
    now.functions.reconcile()
    now.zonos.pay(completed_at=days_ago(now.functions.world, 10))  # which only the second list names
    now.functions.reconcile()
    assert now.functions.desk(takeOver={"orderId": ready, "merchantOrderId": "M-1"})["reasons"]
    assert now.functions.desk(takeOver={"orderId": held, "merchantOrderId": "M-2"})["written_back"]


def runs_meet_trouble(now: Episode) -> None:
    world = now.functions.world
    order_id = now.zonos.pay()
    now.functions.reconcile()
    now.zonos.pay("fraud_review")
    now.zonos.pay(details={"orderId": "999-7"})
    for operation, about in (
        ("StartExecution", ""),
        ("Scan", '"write_back"'),
        ("GetItem", '"refresh"'),
        ("Query", '"erased"'),
    ):
        world.aws.fail(operation, THROTTLED, about=about)
    now.functions.reconcile()
    world.aws.recover()
    refuse(world)
    assert now.functions.desk(takeOver={"orderId": order_id, "merchantOrderId": "M-3"})["error"]
    now.until(now.minute + 15)
    now.functions.reconcile()
    now.zonos.answer_next("orderNumbers", 200, "application/json", b'{"orders": []}')
    now.zonos.answer_next("orderNumbers", 400, "application/json", b'{"error": "Invalid post body"}')
    now.functions.reconcile()
    now.zonos.break_down("status_500")
    now.functions.reconcile()
    now.zonos.recover()
    now.functions.reconcile(orderIds=[order_id])
    assert now.functions.supervise(None, clear={"orderId": order_id})["status"] == 403
    world.take_lease("another run")
    now.functions.reconcile()


def changes_are_told(now: Episode) -> None:
    world = now.functions.world
    recent = record(2, None, after(order()))
    recent["dynamodb"]["ApproximateCreationDateTime"] = world.clock.now_ms() / 1000
    world.aws.fail("PutEvents", THROTTLED)
    now.functions.invoke("publish_changes", batch(record(1, None, POISON), recent))
    world.aws.recover()


def buyers_come(now: Episode) -> None:
    world = now.functions.world
    for kind in ("pay", "fraud_review"):
        now.functions.redirect(f"orderId={now.zonos.pay(kind)}")
    for number in ("999-4711", "x"):
        now.functions.redirect(f"orderId={number}")
    now.zonos.break_down("status_500")
    now.functions.redirect(f"orderId={now.zonos.pay()}")
    now.zonos.recover()
    world.aws.fail("GetItem")
    now.functions.redirect(f"orderId={now.zonos.pay()}")


def a_backlog_is_imported(now: Episode) -> None:
    now.zonos.pay()
    now.zonos.pay(details={"orderId": "999-7"})
    today = day_of(now.functions.world.clock.now_ms())
    window = {"sinceDate": today, "throughDate": today}
    assert now.functions.invoke("backfill_orders", {"slice": window, "so_far": {}})["done"]
    now.zonos.break_down("status_500")
    with pytest.raises(ZonosUnavailable):
        now.functions.invoke("backfill_orders", {"slice": window, "so_far": {}})
    now.zonos.recover()


HAPPENS = {
    "with the page": (
        buyers_come,
        orders_change,
        runs_meet_trouble,
        changes_are_told,
        a_backlog_is_imported,
    ),
    "without the page": (orders_change, runs_meet_trouble, changes_are_told, a_backlog_is_imported),
}


def on_widgets(template: Any) -> Iterator[tuple[str, Any]]:
    for widget in of_kind(template, "metric"):
        yield from ((str(widget["title"]), metric) for metric, _ in metrics(widget))


@pytest.mark.parametrize("page", DASHBOARDS)
def test_every_metric_of_every_widget_is_emitted(now: Episode, page: str) -> None:
    for happen in HAPPENS[page]:
        now.functions.world.aws.recover()
        happen(now)
    now.until(now.minute + 1)
    emitted = now.metrics.keys()
    ours = [(title, metric) for title, metric in on_widgets(DASHBOARDS[page]) if metric[0] == "ZonosOrders"]
    assert len(ours) > 30
    assert {(title, metric[1]) for title, metric in ours if metric not in emitted} == set()


@pytest.mark.parametrize("page", DASHBOARDS)
def test_the_metrics_of_aws_are_shown_by_the_dimensions_that_aws_documents(page: str) -> None:
    template = DASHBOARDS[page]
    of_aws = [metric for _, metric in on_widgets(template) if metric[0] != "ZonosOrders"]
    assert of_aws
    for namespace, name, dimensions in of_aws:
        assert [dimension for dimension, _ in dimensions] == OF_AWS[namespace, name]
        assert {resource for _, resource in dimensions} <= template["Resources"].keys()
