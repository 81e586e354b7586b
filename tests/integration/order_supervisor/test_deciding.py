"""Clearing and releasing through the handler: at once, once, and only what is so held."""

from typing import Any

import pytest

from tests.broken_aws import DENIED, THROTTLED
from tests.integration.functions import SUPERVISOR, Functions, through_url
from tests.world import World
from zonos_orders.errors import AwsRefused

FROM_TOMORROW = {"SHIP_FROM_DATE": "20261119"}


@pytest.fixture
def early(world: World) -> Functions:
    """The functions of an installation from which nothing that was paid so far is released."""
    return Functions(world, **FROM_TOMORROW)


@pytest.fixture
def matched(functions: Functions) -> str:
    order_id = functions.world.zonos.pay("csl_match")
    functions.reconcile()
    return order_id


def clear(functions: Functions, order_id: str, **more: Any) -> dict[str, Any]:
    answer = functions.supervise(clear={"orderId": order_id, **more})
    assert answer["status"] == 200
    (told,) = answer["orders"]
    return dict(told)


def release(functions: Functions, *order_ids: str) -> list[dict[str, Any]]:
    answer = functions.supervise(release={"orderIds": list(order_ids)})
    assert answer["status"] == 200
    return list(answer["orders"])


def test_a_cleared_order_is_ready_at_once_after_a_look_at_zonos(functions: Functions, matched: str) -> None:
    calls = len(functions.world.zonos.call_log())
    told = clear(functions, matched)

    assert told == {
        "order_id": matched,
        "done": True,
        "reason": None,
        "disposition": "READY",
        "hold_reasons": [],
        "revision": 2,
        "error": None,
    }
    item = functions.world.order(matched)
    assert (item["disposition"], item["cleared"]["by"]) == ("READY", SUPERVISOR)
    assert len(functions.world.zonos.call_log()) == calls + 1
    assert (functions.metrics["SupervisorAgreed"], functions.metrics["OrderReleased"]) == (1, 1)


def test_a_cleared_order_stays_ready_until_the_buyer_is_another(functions: Functions, matched: str) -> None:
    clear(functions, matched)
    functions.world.zonos.edit(matched, phone="canary-other-phone")
    functions.reconcile(orderIds=[matched])
    assert functions.world.order(matched)["disposition"] == "READY"

    functions.world.zonos.edit(matched, address1="canary-other-address")
    functions.reconcile(orderIds=[matched])
    item = functions.world.order(matched)
    assert (item["hold_reasons"], "ended_at" in item["cleared"]) == (["CSL_MATCH"], True)
    assert functions.metrics["RestrictedPartyMatch"] == 2


def test_clearing_again_changes_nothing_and_counts_nothing(functions: Functions, matched: str) -> None:
    clear(functions, matched)
    before = functions.world.order(matched)
    assert clear(functions, matched)["done"] is True
    assert functions.world.order(matched) == before
    assert (functions.metrics["SupervisorAgreed"], functions.metrics["OrderReleased"]) == (2, 1)


def test_only_what_is_held_for_a_match_is_cleared(functions: Functions, matched: str) -> None:
    plain = functions.world.zonos.pay()
    functions.reconcile()
    for order_id, more, reason in (
        (plain, {}, "NOT_HELD_FOR_THIS"),
        ("999-4711", {}, "NOT_IMPORTED"),
        (matched, {"revision": 9}, "CHANGED_SINCE"),
    ):
        before = functions.world.order_ids()
        told = clear(functions, order_id, **more)
        assert (told["done"], told["reason"]) == (False, reason)
        assert functions.world.order_ids() == before
    assert functions.world.order(matched)["disposition"] == "HELD"
    assert functions.metrics["SupervisorRefused"] == 3


@pytest.mark.parametrize("change", [{"name": "canary-eve"}, {"address1": "canary-elsewhere"}])
def test_a_buyer_whom_only_the_look_shows_is_not_cleared(
    functions: Functions, matched: str, change: dict[str, str]
) -> None:
    functions.world.zonos.edit(matched, **change)
    told = clear(functions, matched)
    assert (told["done"], told["reason"], told["hold_reasons"]) == (False, "CHANGED_SINCE", ["CSL_MATCH"])
    assert "cleared" not in functions.world.order(matched)
    assert clear(functions, matched, revision=told["revision"])["done"] is True


def test_a_change_between_the_look_and_the_write_is_looked_at_again(
    functions: Functions, matched: str
) -> None:
    """The person cleared what was there; what came meanwhile is judged by the same rule."""
    world = functions.world
    happened: list[str] = []

    def gone_meanwhile() -> None:
        if not happened:
            happened.append(matched)
            world.zonos.edit(matched, cslListMatch=False)
            functions.reconcile(orderIds=[matched])

    world.aws.before("UpdateItem", gone_meanwhile, about=SUPERVISOR)
    assert clear(functions, matched)["reason"] == "NOT_HELD_FOR_THIS"
    assert "cleared" not in world.order(matched)


def test_orders_from_before_go_live_are_released_by_list(early: Functions) -> None:
    ids = [early.world.zonos.pay() for _ in range(3)]
    early.reconcile()
    told = release(early, ids[0], "999-4711", ids[1])

    assert [(one["order_id"], one["done"], one["reason"]) for one in told] == [
        (ids[0], True, None),
        ("999-4711", False, "NOT_IMPORTED"),
        (ids[1], True, None),
    ]
    states = [early.world.order(order_id)["disposition"] for order_id in ids]
    assert states == ["READY", "READY", "HELD"]
    assert early.world.order(ids[0])["released_by"] == SUPERVISOR
    early.reconcile(orderIds=ids)
    assert [early.world.order(order_id)["disposition"] for order_id in ids] == states


def test_a_released_order_in_review_is_watched_from_then_on(early: Functions) -> None:
    order_id = early.world.zonos.pay("fraud_review")
    early.reconcile()
    assert early.world.executions() == {}
    (told,) = release(early, order_id)

    assert (told["done"], told["hold_reasons"]) == (True, ["FRAUD_REVIEW"])
    assert list(early.world.executions()) == [f"{order_id}-1"]
    early.world.zonos.release(order_id)
    assert early.recheck(order_id)["disposition"] == "READY"


def test_a_review_that_cannot_be_started_is_started_by_the_next_run(early: Functions) -> None:
    order_id = early.world.zonos.pay("fraud_review")
    early.reconcile()
    early.world.aws.fail("StartExecution")
    (told,) = release(early, order_id)

    assert told["done"] is True
    assert told["error"].startswith("AwsUnavailable")
    assert early.metrics["SupervisorFailed"] == 1
    early.world.aws.recover()
    early.reconcile()
    assert list(early.world.executions()) == [f"{order_id}-1"]


def test_one_order_that_cannot_be_written_does_not_stop_the_list(early: Functions) -> None:
    ids = [early.world.zonos.pay() for _ in range(2)]
    early.reconcile()
    early.world.aws.fail("UpdateItem", THROTTLED, about=ids[0])
    first, second = release(early, *ids)

    assert (first["done"], first["reason"], second["done"]) == (False, "FAILED", True)
    assert first["error"] == "AwsUnavailable: write the order: ThrottlingException"


def test_orders_with_no_time_left_are_not_tried(early: Functions) -> None:
    order_id = early.world.zonos.pay()
    early.reconcile()
    answer = early.invoke("order_supervisor", through_url({"release": {"orderIds": [order_id]}}), seconds=4)
    assert '"reason": "NOT_TRIED"' in answer["body"]
    assert early.world.order(order_id)["disposition"] == "HELD"


def test_nobodys_wish_is_refused_before_anything_is_read(functions: Functions, matched: str) -> None:
    functions.world.aws.fail("*", DENIED)
    answer = functions.supervise(principal=None, clear={"orderId": matched})
    assert answer["status"] == 403
    assert answer["error"].startswith("UnknownCaller: ")


def test_what_is_not_understood_is_answered_with_what_is_expected(functions: Functions) -> None:
    answer = functions.supervise(mayShip={"orderId": "999-100"})
    assert answer["status"] == 400
    assert 'expected a POST of one of {"clear"' in answer["error"]


@pytest.mark.parametrize(
    ("wish", "broken"),
    [("clear", "GetItem"), ("erase", "UpdateItem")],
)
def test_what_aws_could_not_do_now_may_be_repeated(
    functions: Functions, matched: str, wish: str, broken: str
) -> None:
    given = {"force": True} if wish == "erase" else {}
    functions.world.aws.fail(broken, THROTTLED)
    answer = functions.supervise(SUPERVISOR, **{wish: {"orderId": matched, **given}})
    assert (answer["status"], answer["error"].split(":")[0]) == (503, "AwsUnavailable")
    functions.world.aws.recover()
    assert clear(functions, matched)["done"] is True


def test_what_could_not_be_written_after_the_look_may_be_repeated(functions: Functions, matched: str) -> None:
    functions.world.aws.fail("UpdateItem", THROTTLED)
    told = clear(functions, matched)
    assert (told["done"], told["reason"], told["hold_reasons"]) == (False, "FAILED", ["CSL_MATCH"])
    assert told["error"] == "AwsUnavailable: write the order: ThrottlingException"
    functions.world.aws.recover()
    assert clear(functions, matched)["done"] is True


def test_what_aws_refuses_is_an_error_of_the_function(functions: Functions, matched: str) -> None:
    functions.world.aws.fail("GetItem", DENIED)
    with pytest.raises(AwsRefused):
        functions.supervise(clear={"orderId": matched})


def test_who_asked_is_on_the_order_and_in_no_log(functions: Functions, matched: str) -> None:
    clear(functions, matched)
    assert SUPERVISOR not in functions.printed


def test_what_zonos_has_cancelled_since_is_not_released(early: Functions) -> None:
    order_id = early.world.zonos.pay()
    early.reconcile()
    early.world.clock.pass_time(40 * 86_400)
    early.world.zonos.cancel(order_id)

    (told,) = release(early, order_id)
    assert (told["done"], told["reason"], told["disposition"]) == (False, "NOT_HELD_FOR_THIS", "CANCELLED")


@pytest.mark.parametrize("fault", ["status_500", "html_502", "not_yet"])
def test_nothing_is_lifted_while_zonos_cannot_be_asked(
    functions: Functions, early: Functions, matched: str, fault: Any
) -> None:
    order_id = early.world.zonos.pay()
    early.reconcile(orderIds=[order_id])
    early.world.zonos.break_down(fault)

    for told, held in (
        (clear(functions, matched), "CSL_MATCH"),
        (release(early, order_id)[0], "BEFORE_GO_LIVE"),
    ):
        assert (told["done"], told["reason"]) == (False, "ZONOS_DID_NOT_SAY")
        assert held in told["hold_reasons"]
        assert told["error"]
