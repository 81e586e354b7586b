"""Importing one order: learn what is stored, fetch it from Zonos, write it over what was learned."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from tests.world import SECRET, STORE, TestClock, World
from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.clock import Deadline
from zonos_orders.erasure_records import ErasureRecords
from zonos_orders.errors import OrderNotFound, UnexpectedAnswer, WriteContention, ZonosUnavailable
from zonos_orders.http_transport import HttpTransport
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.merge import Outcome
from zonos_orders.orders_table import OrdersTable
from zonos_orders.review_loops import ReviewLoops
from zonos_orders.reviews import Reviews
from zonos_orders.secret import ApiSecret
from zonos_orders.status import ShippingPolicy
from zonos_orders.zonos_client import ZonosClient


class Zonos(ZonosClient):
    """The real client, with something happening after each fetch: what another writer does meanwhile."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def order(self, order_id: str, deadline: Deadline) -> Any:
        fetched = super().order(order_id, deadline)
        self.meanwhile()
        return fetched


class Importer:
    """`import_order` on the world's tables, with its parts at hand."""

    def __init__(self, world: World, dynamodb: Any = None) -> None:
        self.clock = clock = world.clock
        self.zonos = Zonos(
            HttpTransport(2),
            ApiSecret(lambda: boto3.client("secretsmanager"), "zonos", clock),
            STORE,
            world.simulator.url,
            clock,
        )
        orders = OrdersTable(dynamodb or boto3.client("dynamodb"), "OrdersTable", clock)
        loops = ReviewLoops(lambda: world.step_functions, world.env["REVIEW_LOOP_ARN"])
        reviews = Reviews(loops, orders, world.reconciliation_table, 300, clock)
        erasures = ErasureRecords(world.dynamodb, "ReconciliationTable", clock)
        self.use_case = ImportOrder(self.zonos, orders, reviews, erasures, ShippingPolicy(None), clock)

    def __call__(self, order_id: str, by: str = "reconcile", **options: bool) -> Imported:
        return self.use_case(order_id, by, Deadline.after(10, self.clock), **options)


@pytest.fixture
def import_order(world: World) -> Importer:
    return Importer(world)


def test_a_new_order_is_stored_with_who_imported_it(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    assert import_order(order_id, "success_redirect").outcome is Outcome.NEW
    item = world.order(order_id)
    assert (item["revision"], item["disposition"], item["imported_by"]) == (1, "READY", "success_redirect")


def test_the_order_map_is_stored_complete(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay(details={"aKeyOfTomorrow": {"deep": [1, None, "ü"]}})
    import_order(order_id)
    assert world.order(order_id)["order"].keys() == world.zonos.details(order_id).keys()
    assert world.order(order_id)["order"]["aKeyOfTomorrow"] == {"deep": [1, None, "ü"]}


def test_importing_again_changes_nothing(world: World, clock: TestClock, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    import_order(order_id)
    before = world.order(order_id)
    clock.pass_time(60)
    world.aws.fail("UpdateItem")
    assert import_order(order_id).outcome is Outcome.UNCHANGED
    assert world.order(order_id) == before


def test_a_changed_order_is_the_next_revision(world: World, clock: TestClock, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    import_order(order_id)
    clock.pass_time(60)
    world.zonos.cancel(order_id)
    assert import_order(order_id, "recheck").outcome is Outcome.CHANGED
    item = world.order(order_id)
    assert (item["revision"], item["disposition"], item["updated_by"]) == (2, "CANCELLED", "recheck")
    assert (item["imported_by"], len(item["history"])) == ("reconcile", 2)


def test_an_older_state_is_refused(world: World, clock: TestClock, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    clock.pass_time(60)
    world.zonos.cancel(order_id)
    import_order(order_id)
    older = clock.now_ms() - 30_000
    world.zonos.edit(order_id, orderStatus="IGLOBAL_ORDER_IN_PROCESS", orderStatusDate=older)
    assert import_order(order_id).outcome is Outcome.STALE
    assert world.order(order_id)["disposition"] == "CANCELLED"


def test_a_dry_run_tells_and_writes_nothing(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay("fraud_review")
    assert import_order(order_id, dry_run=True).outcome is Outcome.NEW
    assert (world.order_ids(), world.executions()) == (set(), {})


def test_the_caller_who_knows_that_it_is_missing_saves_the_read(world: World) -> None:
    client, calls = boto3.client("dynamodb"), []
    client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    Importer(world, client)(world.zonos.pay(), is_missing=True)
    assert calls == ["UpdateItem"]


def test_being_wrong_about_missing_costs_a_refusal_only(
    world: World, clock: TestClock, import_order: Importer
) -> None:
    order_id = world.zonos.pay()
    import_order(order_id)
    clock.pass_time(60)
    assert import_order(order_id, is_missing=True).outcome is Outcome.UNCHANGED
    assert world.order(order_id)["revision"] == 1


def test_a_faster_writer_makes_it_fetch_again(world: World, clock: TestClock, import_order: Importer) -> None:
    order_id = world.zonos.pay()

    def another_writer() -> None:
        import_order.zonos.meanwhile = lambda: None
        clock.pass_time(1)
        import_order(order_id, "success_redirect")
        clock.pass_time(1)
        world.zonos.cancel(order_id)

    import_order.zonos.meanwhile = another_writer
    assert import_order(order_id).outcome is Outcome.CHANGED
    item = world.order(order_id)
    assert (item["revision"], item["disposition"]) == (2, "CANCELLED")
    assert item["imported_by"] == "success_redirect"


def test_three_faster_writers_are_reported_and_what_they_wrote_stands(
    world: World, clock: TestClock, import_order: Importer
) -> None:
    order_id = world.zonos.pay()
    other = Importer(world)

    def another_writer() -> None:
        clock.pass_time(1)
        other(order_id, "success_redirect")
        world.zonos.edit(order_id)

    import_order.zonos.meanwhile = another_writer
    with pytest.raises(WriteContention):
        import_order(order_id)
    assert world.order(order_id)["revision"] == 3


@pytest.mark.parametrize("is_new", [False, True])
def test_the_merchants_number_that_is_set_while_we_fetch_survives_our_write(
    world: World, clock: TestClock, import_order: Importer, is_new: bool
) -> None:
    order_id = world.zonos.pay()
    if not is_new:
        import_order(order_id)
        clock.pass_time(60)
        world.zonos.cancel(order_id)

    def the_merchant_notes_it() -> None:
        import_order.zonos.meanwhile = lambda: None
        if is_new:  # somebody else imported it as well
            Importer(world)(order_id, "success_redirect")
            world.zonos.edit(order_id)
        world.dynamodb.update_item(
            TableName="OrdersTable",
            Key={"order_id": {"S": order_id}},
            UpdateExpression="SET merchant_order_id = :number",
            ExpressionAttributeValues={":number": {"S": "M-1"}},
        )

    import_order.zonos.meanwhile = the_merchant_notes_it
    assert import_order(order_id).outcome is Outcome.CHANGED
    item = world.order(order_id)
    assert (item["merchant_order_id"], item["revision"]) == ("M-1", 2)


def test_an_item_removed_meanwhile_is_written_anew(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    import_order(order_id)
    world.zonos.edit(order_id)

    def somebody_deletes() -> None:
        import_order.zonos.meanwhile = lambda: None
        world.dynamodb.delete_item(TableName="OrdersTable", Key={"order_id": {"S": order_id}})

    import_order.zonos.meanwhile = somebody_deletes
    assert import_order(order_id).outcome is Outcome.NEW
    assert world.order(order_id)["revision"] == 1


def test_a_write_whose_answer_is_lost_counts_as_done(world: World) -> None:
    order_id = world.zonos.pay("fraud_review")
    client = boto3.client("dynamodb", config=CLIENT_CONFIG)
    lost: list[int] = []

    def lose_the_first_answer(response_dict: Any, **_: Any) -> None:
        if not lost:
            lost.append(response_dict["status_code"])
            response_dict |= {"status_code": 503, "body": b"{}"}

    client.meta.events.register("before-parse.dynamodb.UpdateItem", lose_the_first_answer)
    imported = Importer(world, client)(order_id, is_missing=True)
    assert (lost, imported.outcome) == ([200], Outcome.NEW)
    item = world.order(order_id)
    assert (item["revision"], len(item["history"])) == (1, 1)
    assert set(world.executions()) == {f"{order_id}-1"}


def test_the_redirect_and_the_reconciliation_at_once_both_succeed(world: World) -> None:
    order_id = world.zonos.pay("fraud_review")
    world.zonos.latency_ms = 50
    both = [Importer(world) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        imports = list(pool.map(lambda one, by: one(order_id, by), both, ["success_redirect", "reconcile"]))
    assert {imported.order.disposition for imported in imports} == {"HELD"}
    item = world.order(order_id)
    assert (item["revision"], len(item["history"])) == (1, 1)
    assert set(world.executions()) == {f"{order_id}-1"}


# Reviews


def test_an_order_that_enters_review_starts_a_loop_with_exactly_its_id(
    world: World, import_order: Importer
) -> None:
    order_id = world.zonos.pay("fraud_review")
    import_order(order_id)
    assert world.executions() == {f"{order_id}-1": json.dumps({"order_id": order_id})}


def test_from_fraud_review_to_on_hold_is_the_same_review(
    world: World, clock: TestClock, import_order: Importer
) -> None:
    order_id = world.zonos.pay("fraud_review")
    import_order(order_id)
    clock.pass_time(60)
    world.zonos.hold(order_id)
    import_order(order_id)
    assert world.order(order_id)["hold_reasons"] == ["ON_HOLD"]
    assert set(world.executions()) == {f"{order_id}-1"}


def test_back_in_review_is_a_new_generation(world: World, clock: TestClock, import_order: Importer) -> None:
    order_id = world.zonos.pay("fraud_review")
    for change in (world.zonos.release, world.zonos.hold):
        import_order(order_id)
        clock.pass_time(60)
        change(order_id)
    import_order(order_id)
    assert world.order(order_id)["review_generation"] == 2
    assert set(world.executions()) == {f"{order_id}-1", f"{order_id}-2"}


def test_a_restricted_party_match_is_held_without_a_loop(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay("csl_match")
    import_order(order_id)
    assert (world.order(order_id)["hold_reasons"], world.executions()) == (["CSL_MATCH"], {})


# What is not an order


def test_an_unknown_order_leaves_no_trace(world: World, import_order: Importer) -> None:
    with pytest.raises(OrderNotFound):
        import_order("999-5")
    assert world.order_ids() == set()


NOT_THIS_ORDER = [
    b"null",
    b"[]",
    b"{}",
    b'{"order": {}}',
    b'{"order": null}',
    b'{"order": {"orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}}',
    b'{"order": {"orderId": "999-7", "orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}}',
    b'{"order": {"orderId": "998-100", "orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}}',
    b'{"order": {"orderId": "999-100", "grandTotal": NaN}}',
    b'{"order": {"orderId": "999-10',
    b'{"error": "something new"}',
    b"<html>maintenance</html>",
]


def test_an_answer_that_is_not_this_order_stores_nothing(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    for body in NOT_THIS_ORDER:
        world.zonos.answer_next("orderDetail", 200, "application/json", body)
        with pytest.raises(UnexpectedAnswer):
            import_order(order_id)
    assert (world.zonos.calls(), world.order_ids()) == (len(NOT_THIS_ORDER), set())


def test_zonos_failing_stores_nothing(world: World, import_order: Importer) -> None:
    order_id = world.zonos.pay()
    world.zonos.break_down("html_502")
    with pytest.raises(ZonosUnavailable):
        import_order(order_id)
    assert world.order_ids() == set()


def test_a_rotated_secret_is_fetched_afresh(world: World, clock: TestClock, import_order: Importer) -> None:
    import_order(world.zonos.pay())
    clock.pass_time(60)
    world.zonos.secret = SECRET + "-rotated"
    world.secrets.put_secret_value(SecretId="zonos", SecretString=world.zonos.secret)
    assert import_order(world.zonos.pay()).outcome is Outcome.NEW
