"""Orders are taken over once, the merchant's number is stored first and told to Zonos after."""

from typing import Any

import pytest

from tests.integration.functions import Functions
from tests.world import World
from zonos_orders.errors import AwsUnavailable, WriteContention
from zonos_orders.instants import day_of, shift_day

LATER: dict[str, Any] = {"disposition": "READY", "hold_reasons": [], "error": None}


def take_over(functions: Functions, number: str = "M-1", **more: Any) -> dict[str, Any]:
    return functions.desk(takeOver={"orderId": "999-100", "merchantOrderId": number, **more})


def number_at_zonos(world: World) -> Any:
    return world.zonos.details("999-100").get("merchantOrderId")


@pytest.fixture
def functions(functions: Functions) -> Functions:
    functions.world.zonos.pay()
    functions.reconcile()
    return functions


def test_an_order_is_taken_over_and_zonos_told(functions: Functions, world: World) -> None:
    answer = take_over(functions)

    # Revision 1: imported, 2: taken over, 3: Zonos has confirmed.
    assert (
        answer
        == {
            "order_id": "999-100",
            "taken_over": True,
            "reasons": [],
            "revision": 3,
            "written_back": True,
        }
        | LATER
    )
    item = world.order("999-100")
    assert item["merchant_order_id"] == number_at_zonos(world) == "M-1"
    assert "to_ship_day" not in item
    assert "write_back_day" not in item


def test_the_number_is_stored_before_zonos_is_told(functions: Functions, world: World) -> None:
    world.aws.fail("UpdateItem", about="write_back_day")
    with pytest.raises(AwsUnavailable):
        take_over(functions)

    assert world.zonos.calls("updateMerchantOrderId") == 0
    assert "taken_over_at" not in world.order("999-100")


def test_an_order_that_is_before_a_later_go_live_is_held_and_not_taken_over(world: World) -> None:
    world.zonos.pay()
    Functions(world).reconcile()
    assert world.order("999-100")["disposition"] == "READY"
    tomorrow = shift_day(day_of(world.clock.now_ms()), 1)
    answer = take_over(Functions(world, SHIP_FROM_DATE=tomorrow))

    assert (answer["taken_over"], answer["reasons"]) == (False, ["BEFORE_GO_LIVE"])
    assert answer["disposition"] == world.order("999-100")["disposition"] == "HELD"
    assert world.zonos.calls("updateMerchantOrderId") == 0


def test_the_same_number_again_is_fine_and_costs_no_call(functions: Functions, world: World) -> None:
    first, asked = take_over(functions), world.zonos.calls()

    assert take_over(functions) == first
    assert world.zonos.calls() == asked


def test_of_two_who_want_it_one_gets_it(functions: Functions, world: World) -> None:
    answers: list[dict[str, Any]] = []

    def overtake() -> None:
        world.aws.recover()
        answers.append(take_over(functions, "M-2"))

    world.aws.before("UpdateItem", overtake, about="M-1")
    answers.append(take_over(functions, "M-1"))

    assert [answer["taken_over"] for answer in answers] == [True, False]
    assert answers[1]["reasons"] == ["TAKEN_OVER_UNDER_ANOTHER_NUMBER"]
    assert world.order("999-100")["merchant_order_id"] == number_at_zonos(world) == "M-2"


def test_another_number_can_be_forced(functions: Functions, world: World) -> None:
    take_over(functions)
    assert take_over(functions, "M-2")["taken_over"] is False
    assert number_at_zonos(world) == "M-1"

    assert take_over(functions, "M-2", force=True)["written_back"] is True
    assert world.order("999-100")["merchant_order_id"] == number_at_zonos(world) == "M-2"


def test_an_order_that_is_held_is_not_taken_over(functions: Functions, world: World) -> None:
    world.zonos.hold("999-100")
    functions.reconcile()
    answer = take_over(functions)

    assert (answer["taken_over"], answer["reasons"]) == (False, ["ON_HOLD"])
    assert "taken_over_at" not in world.order("999-100")


def test_an_order_that_is_not_there_is_not_taken_over(functions: Functions) -> None:
    answer = functions.desk(takeOver={"orderId": "999-4711", "merchantOrderId": "M-1"})
    assert answer == {"order_id": "999-4711", "taken_over": False, "reasons": ["NOT_IMPORTED"], "error": None}


@pytest.mark.parametrize("fault", ["status_500", "html_502", "rate_limited"])
def test_zonos_being_down_makes_nothing_undone(functions: Functions, world: World, fault: Any) -> None:
    world.zonos.break_down(fault)
    answer = take_over(functions)

    assert (answer["taken_over"], answer["written_back"]) == (True, False)
    assert answer["error"]
    assert world.order("999-100")["write_back_day"]
    assert world.reconciliation_table.failures(kind="write_back").keys() == {"999-100"}

    world.zonos.recover()
    assert take_over(functions)["written_back"] is True  # asked again, Zonos is told again
    assert number_at_zonos(world) == "M-1"


def test_what_zonos_does_not_confirm_is_not_taken_for_told(functions: Functions, world: World) -> None:
    for body in (b'{"error": "could not parse input"}', b"{}", b'{"success": ""}', b'{"success": null}'):
        world.zonos.answer_next("updateMerchantOrderId", 200, "application/json", body)
        assert take_over(functions)["written_back"] is False
    assert take_over(functions)["written_back"] is True


def test_a_killed_take_over_is_repeated_without_harm(functions: Functions, world: World) -> None:
    world.aws.fail("UpdateItem", about='":revision": {"N": "3"}')  # the note that Zonos was told
    assert take_over(functions)["written_back"] is False
    assert number_at_zonos(world) == "M-1"
    world.aws.recover()

    assert take_over(functions)["written_back"] is True
    assert world.zonos.calls("updateMerchantOrderId") == 2
    assert number_at_zonos(world) == "M-1"


def test_writers_that_are_always_faster_end_the_attempt(functions: Functions, world: World) -> None:
    def touch() -> None:
        world.dynamodb.update_item(
            TableName="OrdersTable",
            Key={"order_id": {"S": "999-100"}},
            UpdateExpression="SET revision = revision + :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    # The world's own client is made before the faults, and so is not counted among them.
    world.aws.before("UpdateItem", touch, about="M-1")
    with pytest.raises(WriteContention):
        take_over(functions)
    assert "taken_over_at" not in world.order("999-100")


def test_a_later_import_leaves_the_take_over_as_it_is(functions: Functions, world: World) -> None:
    take_over(functions)
    world.zonos.edit("999-100")
    world.zonos.set_status("999-100", "VENDOR_PREPARING_ORDER")
    functions.reconcile()
    item = world.order("999-100")

    assert (item["disposition"], item["merchant_order_id"]) == ("FULFILLING", "M-1")
    assert item["taken_over_at"]
    assert "to_ship_day" not in item


def test_a_number_that_is_forced_back_is_told_again(functions: Functions, world: World) -> None:
    take_over(functions)
    functions.reconcile(orderIds=["999-100"])  # the table has seen the number at Zonos
    take_over(functions, "M-2", force=True)

    assert take_over(functions, "M-1", force=True)["written_back"] is True
    assert number_at_zonos(world) == "M-1"


@pytest.mark.parametrize("answered", ["", None, "renamed"])
def test_a_number_that_zonos_no_longer_shows_hands_no_order_over_again(
    functions: Functions, world: World, answered: str | None
) -> None:
    world.zonos.set_merchant_order_id("999-100", "PLUGIN-9")
    functions.reconcile(orderIds=["999-100"])
    shown = {"merchantOrderId": answered} if answered != "renamed" else {"merchantOrderId": "", "shopId": "9"}
    world.zonos.edit("999-100", **shown)
    functions.reconcile(orderIds=["999-100"])
    item = world.order("999-100")

    assert (item["merchant_order_id"], "to_ship_day" in item) == ("PLUGIN-9", False)
    assert take_over(functions)["reasons"] == ["TAKEN_OVER_UNDER_ANOTHER_NUMBER"]
    assert functions.metrics["ContractChanged"] == 1


def test_a_number_typed_at_zonos_by_mistake_is_replaced_by_force(functions: Functions, world: World) -> None:
    world.zonos.set_merchant_order_id("999-100", "TYPO-9")
    functions.reconcile(orderIds=["999-100"])

    answer = take_over(functions, force=True)

    assert (answer["taken_over"], answer["written_back"]) == (True, True)
    assert number_at_zonos(world) == "M-1"
