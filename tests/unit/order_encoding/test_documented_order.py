"""The documented order, encoded and decoded, value by value."""

import pytest

from tests.documented_order import ANSWER_BYTES, PATHS, values_at
from tests.unit.order_encoding.exactness import NOW, encoded, exact, what_dynamodb_refuses
from zonos_orders.merge import merge
from zonos_orders.order import Order
from zonos_orders.order_encoding import decode_item, encode_item
from zonos_orders.status import ShippingPolicy
from zonos_orders.zonos_api import HttpAnswer, order_of, read_answer

SAMPLE = read_answer(HttpAnswer(200, {}, ANSWER_BYTES))
ROUND_TRIP = decode_item(
    encode_item(
        merge(
            None, Order.read(order_of(SAMPLE), "999-99999", NOW), ShippingPolicy(None), NOW, "reconcile"
        ).order.attributes
    )
)


@pytest.mark.parametrize("path", PATHS)
def test_the_stored_sample_order_holds_the_exact_value_of_each_documented_path(path: str) -> None:
    sent, stored = values_at(path, SAMPLE), values_at(path, ROUND_TRIP)

    assert sent
    assert exact(stored) == exact(sent)


def test_the_sample_order_is_stored_whole_as_a_map() -> None:
    item = encoded(order_of(SAMPLE))

    assert "order" in item
    assert exact(ROUND_TRIP["order"]) == exact(SAMPLE["order"])
    assert list(what_dynamodb_refuses(item["order"])) == []
