"""A list that is too much for one call is asked for in halves, which overlap."""

import json

import pytest

from tests.integration.zonos_client.scripts import ScriptedTransport, client_of, within
from zonos_orders.clock import Clock
from zonos_orders.errors import AnswerTooLarge, ZonosError, ZonosTooSlow, ZonosUnavailable
from zonos_orders.order_list import OrderList
from zonos_orders.zonos_api import HttpAnswer

TODAY = "20261130"


def listing(*order_ids: str) -> HttpAnswer:
    return HttpAnswer(200, {}, json.dumps({"orders": [{"id": one} for one in order_ids]}).encode())


def windows(transport: ScriptedTransport) -> list[tuple[str, str | None]]:
    asked = [json.loads(request.body) for request in transport.requests]
    return [(body["sinceDate"], body.get("throughDate")) for body in asked]


@pytest.mark.parametrize("error", [ZonosTooSlow("slow"), AnswerTooLarge("large")])
def test_a_window_that_is_too_much_is_asked_for_in_halves(error: ZonosError) -> None:
    transport = ScriptedTransport(error, listing("999-1", "999-2"), listing("999-2", "999-3"))
    found = OrderList(client_of(transport, Clock())).of_days("20261121", None, TODAY, within(60))
    assert found.statuses.keys() == {"999-1", "999-2", "999-3"}
    assert windows(transport) == [("20261121", None), ("20261121", "20261126"), ("20261125", None)]


def test_a_half_that_is_too_much_is_halved_again() -> None:
    slow = ZonosTooSlow("slow")
    transport = ScriptedTransport(slow, slow, listing("999-1"), listing("999-2"), listing("999-3"))
    found = OrderList(client_of(transport, Clock())).of_days("20261121", "20261128", TODAY, within(60))
    assert found.statuses.keys() == {"999-1", "999-2", "999-3"}
    assert windows(transport) == [
        ("20261121", "20261128"),
        ("20261121", "20261125"),
        ("20261121", "20261123"),
        ("20261122", "20261125"),
        ("20261124", "20261128"),
    ]


def test_three_days_cannot_be_halved() -> None:
    transport = ScriptedTransport(ZonosTooSlow("slow"))
    with pytest.raises(ZonosTooSlow):
        OrderList(client_of(transport, Clock())).of_days("20261128", None, TODAY, within(60))
    assert len(transport.requests) == 1


def test_zonos_being_down_is_no_reason_to_ask_for_less() -> None:
    transport = ScriptedTransport(ZonosUnavailable("down", retry_after=3600))
    with pytest.raises(ZonosUnavailable):
        OrderList(client_of(transport, Clock())).of_days("20261101", None, TODAY, within(60))
    assert len(transport.requests) == 1
