"""The parameter `SensitiveFields`, as the stored item shows it."""

import json
from typing import Any

import pytest

from tests.integration.runs import pay, run
from tests.world import World
from zonos_orders.order_encoding import dump_json
from zonos_orders.sensitive import SENSITIVE_FIELDS

DROP = {"SENSITIVE_FIELDS": "drop"}


def sensitive_in(order: dict[str, Any]) -> set[str]:
    return {field for field in SENSITIVE_FIELDS if f'"{field}"' in dump_json(order)}


@pytest.mark.parametrize("details", [{}, {"notes": ["x" * 500_000]}], ids=["as a map", "compressed"])
def test_dropped_they_are_nowhere_in_the_item_and_all_else_is(world: World, details: dict[str, Any]) -> None:
    (order_id,) = pay(world, details=details)
    run(world.application(**DROP), orderIds=[order_id])
    stored, sent = world.order(order_id)["order"], world.zonos.details(order_id)
    assert sensitive_in(sent) == SENSITIVE_FIELDS
    assert sensitive_in(stored) == set()
    for field in ("nationalIdentifier", "birthDate", "carrierAccountNumber"):
        del sent[field]
    del sent["paymentProcessing"]["lastFour"]
    assert json.loads(dump_json(stored)) == sent


def test_kept_they_are_stored_as_sent(world: World) -> None:
    (order_id,) = pay(world)
    run(world.application(), orderIds=[order_id])
    assert sensitive_in(world.order(order_id)["order"]) == SENSITIVE_FIELDS


def test_an_order_without_them_is_the_same_order_in_every_fetch(world: World) -> None:
    application = world.application(**DROP)
    (order_id,) = pay(world)
    for _ in range(3):
        run(application, orderIds=[order_id])
    assert world.order(order_id)["revision"] == 1


def test_a_change_of_nothing_but_a_dropped_field_is_no_change(world: World) -> None:
    application = world.application(**DROP)
    (order_id,) = pay(world)
    run(application, orderIds=[order_id])
    world.zonos.edit(order_id, birthDate="1999-12-31")
    assert run(application, orderIds=[order_id]).counts()["imported_unchanged"] == 1


def test_dropped_later_they_leave_a_stored_order_at_its_next_import_and_not_before(world: World) -> None:
    first, second = pay(world, 2)
    run(world.application())
    application = world.application(**DROP)
    run(application)  # nothing has changed at Zonos: neither is imported
    assert sensitive_in(world.order(first)["order"]) == SENSITIVE_FIELDS
    assert run(application, orderIds=[first]).counts()["imported_changed"] == 1
    assert sensitive_in(world.order(first)["order"]) == set()
    assert world.order(first)["revision"] == 2
    assert len(world.order(first)["history"]) == 1
    assert sensitive_in(world.order(second)["order"]) == SENSITIVE_FIELDS


def test_kept_again_they_come_back_with_the_next_import(world: World) -> None:
    (order_id,) = pay(world)
    run(world.application(**DROP))
    run(world.application(), orderIds=[order_id])
    assert sensitive_in(world.order(order_id)["order"]) == SENSITIVE_FIELDS


@pytest.mark.parametrize("env", [{}, DROP], ids=["keep", "drop"])
def test_an_order_nested_too_deeply_is_quarantined_under_either_choice(
    world: World, env: dict[str, str]
) -> None:
    (order_id,) = pay(world)
    nested = '{"a":' * 5000 + "1" + "}" * 5000
    body = f'{{"order": {{"orderId": "{order_id}", "misc1": {nested}}}}}'.encode()
    world.zonos.answer_next("orderDetail", 200, "application/json", body)
    run(world.application(**env), orderIds=[order_id])
    assert world.failures()[order_id].error.startswith("UnexpectedAnswer: ")
