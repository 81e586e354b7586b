"""Every review is watched by a loop: those that were never started or have gone quiet are started again."""

import boto3
import pytest
from botocore.config import Config

from tests.sandbox.zonos_simulator import Purchase
from tests.world import World
from zonos_orders.clock import Deadline
from zonos_orders.errors import AwsUnavailable
from zonos_orders.instants import DAY_MS
from zonos_orders.orders_table import OrdersTable
from zonos_orders.review_loops import ReviewLoops
from zonos_orders.reviews import Restarts, Reviews
from zonos_orders.stored_order import StoredOrder

NOWHERE = "http://127.0.0.1:9"
ONE_TRY = Config(retries={"total_max_attempts": 1})
MINUTE = 60
OVERDUE = 5 * MINUTE + 2 * 5 * MINUTE + MINUTE + 1  # the first wait, twice the base and a minute of grace


class Watch:
    """The reviews of the world's orders, with hands on the loops."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock
        self.orders = OrdersTable(world.dynamodb, "OrdersTable", world.clock)
        self.application = world.application()

    def held(self, count: int = 1) -> list[str]:
        """Return orders that have just entered fraud review, each watched by a loop."""
        order_ids = [self.world.zonos.pay("fraud_review") for _ in range(count)]
        for order_id in order_ids:
            self.application.confirm_order(order_id)
        return order_ids

    def look_over(self, orders: OrdersTable | None = None, seconds: float = 60) -> Restarts:
        """Do what a reconciliation does about quiet reviews."""
        loops = ReviewLoops(lambda: self.world.step_functions, self.world.env["REVIEW_LOOP_ARN"])
        reviews = Reviews(loops, orders or self.orders, self.world.reconciliation_table, 300, self.clock)
        return reviews.restart_quiet(Deadline.after(seconds, self.clock))

    def end(self, order_id: str, generation: int) -> None:
        """Let the loop of this review end, which burns its name."""
        arn = self.world.env["REVIEW_LOOP_ARN"].replace("stateMachine", "execution")
        self.world.step_functions.stop_execution(executionArn=f"{arn}:{order_id}-{generation}")

    def burn(self, order_id: str, generations: range) -> None:
        """Burn names that no review of ours has had."""
        for generation in generations:
            self.world.step_functions.start_execution(
                stateMachineArn=self.world.env["REVIEW_LOOP_ARN"], name=f"{order_id}-{generation}", input="{}"
            )
            self.end(order_id, generation)

    def forget(self, order_id: str) -> None:
        """Lose the note of a review, as a crash before it was written does."""
        key = {"kind": {"S": "review"}, "id": {"S": order_id}}
        self.world.dynamodb.delete_item(TableName="ReconciliationTable", Key=key)


@pytest.fixture
def watch(world: World) -> Watch:
    return Watch(world)


def test_a_review_whose_loop_is_awake_is_left_alone(watch: Watch) -> None:
    watch.held()
    assert watch.look_over() == Restarts()


def test_a_look_that_is_a_little_late_is_not_overdue(watch: Watch) -> None:
    watch.held()
    watch.clock.pass_time(OVERDUE - 2)
    assert watch.look_over() == Restarts()


def test_a_next_look_that_only_a_clock_that_was_ahead_can_have_noted_is_not_waited_for(watch: Watch) -> None:
    (order_id,) = watch.held()
    now = watch.clock.now_ms()
    watch.world.reconciliation_table.note_review(order_id, 1, "expired", now, now + 400 * DAY_MS)
    assert watch.look_over() == Restarts(restarted=1)


def test_a_review_that_was_never_noted_is_started(watch: Watch) -> None:
    (order_id,) = watch.held()
    watch.forget(order_id)
    assert watch.look_over() == Restarts(restarted=1)
    assert watch.look_over() == Restarts()


def test_starting_a_loop_that_runs_after_all_changes_nothing(watch: Watch) -> None:
    (order_id,) = watch.held()
    before = watch.world.order(order_id)
    watch.clock.pass_time(OVERDUE)
    assert watch.look_over() == Restarts(restarted=1)
    assert set(watch.world.executions()) == {f"{order_id}-1"}
    assert watch.world.order(order_id) == before


def test_a_burnt_name_raises_the_generation(watch: Watch) -> None:
    (order_id,) = watch.held()
    watch.end(order_id, 1)
    watch.clock.pass_time(OVERDUE)
    assert watch.look_over() == Restarts(restarted=1)
    item = watch.world.order(order_id)
    assert (item["review_generation"], item["revision"], item["disposition"]) == (2, 2, "HELD")
    assert (len(item["history"]), item["updated_by"]) == (1, "reconcile")
    assert set(watch.world.executions()) == {f"{order_id}-1", f"{order_id}-2"}


def test_raising_the_generation_does_not_make_the_review_younger(watch: Watch) -> None:
    (order_id,) = watch.held()
    began = watch.world.order(order_id)["review_started_at"]
    watch.end(order_id, 1)
    watch.clock.pass_time(OVERDUE)
    watch.look_over()
    assert watch.world.order(order_id)["review_started_at"] == began


def test_several_burnt_names_are_passed_over(watch: Watch) -> None:
    (order_id,) = watch.held()
    watch.end(order_id, 1)
    watch.burn(order_id, range(2, 5))
    watch.forget(order_id)
    assert watch.look_over() == Restarts(restarted=1)
    assert watch.world.order(order_id)["review_generation"] == 5


def test_a_note_of_an_older_generation_is_not_trusted(watch: Watch) -> None:
    (order_id,) = watch.held()
    key = {"kind": {"S": "review"}, "id": {"S": order_id}}
    watch.world.dynamodb.update_item(
        TableName="ReconciliationTable",
        Key=key,
        UpdateExpression="SET generation = :zero",
        ExpressionAttributeValues={":zero": {"N": "0"}},
    )
    assert watch.look_over() == Restarts(restarted=1)


def test_at_most_twenty_names_are_raised_a_run(watch: Watch) -> None:
    order_ids = watch.held(22)
    for order_id in order_ids:
        watch.end(order_id, 1)
    watch.clock.pass_time(OVERDUE)
    assert watch.look_over() == Restarts(restarted=20, left=2)
    assert watch.look_over() == Restarts(restarted=2)


def test_a_review_whose_every_name_is_burnt_is_not_called_started(watch: Watch) -> None:
    (order_id,) = watch.held()
    watch.end(order_id, 1)
    watch.burn(order_id, range(2, 25))
    watch.forget(order_id)
    assert watch.look_over().restarted == 0


def test_when_the_time_is_over_the_rest_is_left(watch: Watch) -> None:
    order_ids = watch.held(2)
    for order_id in order_ids:
        watch.forget(order_id)
    assert watch.look_over(seconds=0) == Restarts(left=2)


@pytest.mark.parametrize("reason", ["BEFORE_GO_LIVE", "CSL_MATCH", "TEST_ORDER"])
def test_orders_that_zonos_will_not_release_are_not_watched(watch: Watch, reason: str) -> None:
    kinds: dict[str, Purchase] = {"CSL_MATCH": "csl_match", "TEST_ORDER": "test_order"}
    order_id = watch.world.zonos.pay(kinds.get(reason, "fraud_review"))
    env = {"SHIP_FROM_DATE": "20301231"} if reason == "BEFORE_GO_LIVE" else {}
    watch.world.application(**env).confirm_order(order_id)
    assert reason in watch.world.order(order_id)["hold_reasons"]
    assert (watch.look_over(), watch.world.executions()) == (Restarts(), {})


class MovedOn(OrdersTable):
    """A table in which each order is released just before it is looked up, which the index does not know."""

    def get(self, order_id: str) -> StoredOrder | None:
        stored = super().get(order_id)
        assert stored is not None
        return StoredOrder({**stored.attributes, "disposition": "READY", "hold_reasons": []})


class RaisedMeanwhile(OrdersTable):
    """A table in which each order has got its next review just before it is looked up."""

    def get(self, order_id: str) -> StoredOrder | None:
        stored = super().get(order_id)
        assert stored is not None
        return StoredOrder({**stored.attributes, "review_generation": stored.review_generation + 1})


class Contended(OrdersTable):
    """A table in which another writer is always faster."""

    def replace(self, revision: int, order: StoredOrder) -> StoredOrder | None:
        return self.get(order.order_id)


class Deleted(OrdersTable):
    """A table whose index still knows an order that is gone."""

    def get(self, order_id: str) -> StoredOrder | None:
        return None


@pytest.mark.parametrize("table", [MovedOn, RaisedMeanwhile, Contended, Deleted])
def test_orders_that_have_changed_meanwhile_are_left_alone(watch: Watch, table: type[OrdersTable]) -> None:
    order_ids = watch.held(2)
    for order_id in order_ids:
        watch.end(order_id, 1)
        watch.forget(order_id)
    assert watch.look_over(table(watch.world.dynamodb, "OrdersTable", watch.clock)) == Restarts()
    assert [watch.world.order(order_id)["review_generation"] for order_id in order_ids] == [1, 1]


def test_step_functions_failing_is_counted_and_made_up_for_by_the_next_run(watch: Watch) -> None:
    order_ids = watch.held(2)
    for order_id in order_ids:
        watch.forget(order_id)
    reachable = watch.world.step_functions
    watch.world.step_functions = boto3.client("stepfunctions", endpoint_url=NOWHERE, config=ONE_TRY)
    assert watch.look_over() == Restarts(failed=2)
    watch.world.step_functions = reachable
    assert watch.look_over() == Restarts(restarted=2)


def test_what_cannot_be_looked_up_is_raised(watch: Watch) -> None:
    unreachable = boto3.client("dynamodb", endpoint_url=NOWHERE, config=ONE_TRY)
    with pytest.raises(AwsUnavailable):
        watch.look_over(OrdersTable(unreachable, "OrdersTable", watch.clock))


def test_one_order_that_cannot_be_written_stops_no_other(watch: Watch) -> None:
    erased, lost = watch.held(2)
    for order_id in (erased, lost):
        watch.forget(order_id)
    watch.end(erased, 1)
    watch.world.dynamodb.update_item(
        TableName="OrdersTable",
        Key={"order_id": {"S": erased}},
        UpdateExpression="REMOVE #o",
        ExpressionAttributeNames={"#o": "order"},
    )
    restarts = watch.look_over()
    assert restarts == Restarts(restarted=1, failed=1)
    assert restarts.causes == {erased: "KeyError"}


def test_of_many_failures_the_first_causes_are_named() -> None:
    restarts = Restarts()
    for number in range(30):
        restarts.fail(f"999-{number}", KeyError("Ada"))
    assert (restarts.failed, len(restarts.causes)) == (30, 20)


def test_reviews_that_were_never_started_do_not_wait_behind_burnt_names(watch: Watch) -> None:
    *burnt, never_noted = watch.held(25)
    for order_id in burnt:
        watch.end(order_id, 1)
    watch.forget(never_noted)
    watch.clock.pass_time(OVERDUE)
    assert watch.look_over() == Restarts(restarted=21, left=4)
    assert watch.look_over() == Restarts(restarted=4)
