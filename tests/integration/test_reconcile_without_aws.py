"""AWS failing in a reconciliation costs time at most: neither an order nor what was found out."""

import pytest

from tests.broken_aws import THROTTLED
from tests.integration.runs import TODAY, error_class, pay, run
from tests.world import World
from zonos_orders.errors import AwsUnavailable
from zonos_orders.wiring import Application


def test_dynamodb_failing_in_a_run_is_raised_and_the_next_run_makes_up_for_it(
    world: World, application: Application
) -> None:
    paid = pay(world, 2)
    world.aws.fail("BatchGetItem")
    with pytest.raises(AwsUnavailable):
        run(application, owner="the failing run")
    assert world.watermark() is None
    world.aws.recover()
    assert run(application, owner="the next run").outcome == "clean"
    assert world.order_ids() == set(paid)


def test_new_orders_do_not_wait_for_reviews_that_cannot_be_looked_up(
    world: World, application: Application
) -> None:
    paid = pay(world, 2)
    world.aws.fail("Scan")
    summary = run(application)
    assert (summary.outcome, summary.restarts.failed) == ("clean", 1)
    causes = {"held orders": "AwsUnavailable: read the held orders: EndpointConnectionError"}
    assert summary.counts()["reviews"]["causes"] == causes
    assert world.order_ids() == set(paid)


def test_a_lease_that_cannot_be_given_back_does_not_fail_the_run(
    world: World, application: Application
) -> None:
    world.aws.fail("DeleteItem")
    assert run(application).outcome == "clean"


def test_a_watermark_that_cannot_be_moved_loses_no_result(world: World, application: Application) -> None:
    matched = world.zonos.pay("csl_match")
    world.aws.fail("UpdateItem", THROTTLED, about='"watermark"')
    summary = run(application)
    assert (summary.outcome, summary.watermark) == ("incomplete", None)
    assert error_class(summary) == "AwsUnavailable"
    assert summary.tally.imported[matched].order.hold_reasons == ("CSL_MATCH",)
    assert summary.recovered == 1


def test_a_run_that_cannot_be_kept_on_record_is_clean_all_the_same(
    world: World, application: Application
) -> None:
    paid = pay(world)
    world.aws.fail("UpdateItem", THROTTLED, about='{"S": "run"}')
    summary = run(application)
    assert (summary.outcome, list(summary.tally.imported), world.watermark()) == ("clean", paid, TODAY)
