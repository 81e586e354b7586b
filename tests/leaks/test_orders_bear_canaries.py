"""Every personal text of the tests' orders can be recognised, so that none can leak unseen."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.documented_order import ANSWER
from tests.leaks.private import private_in
from tests.sandbox.zonos_simulator import World
from tests.world import SECRET, STORE

# What may be told, or stands in attributes of its own: ids, statuses, and times as texts.
OPEN = {"orderId", "orderStatus", "referenceId", "merchantOrderId", "transactionType", "trackingNumber"}


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in an order, with its key."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from texts(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member, key)
    elif isinstance(value, str) and not (key in OPEN or key.endswith(("DateString", "dateCreatedString"))):
        yield key, value


def simulated() -> dict[str, Any]:
    zonos = World(store_id=STORE, secret=SECRET)
    return zonos.details(zonos.pay())


@pytest.mark.parametrize("order", [ANSWER["order"], simulated()], ids=["the sample", "the simulator's"])
def test_every_text_of_an_order_bears_a_canary(order: dict[str, Any]) -> None:
    assert [key for key, text in texts(order) if "canary" not in text] == []
    assert {"name", "email", "address1", "nationalIdentifier", "lastFour", "note", "sku"} <= {
        key for key, _ in texts(order)
    }


def test_every_canary_of_the_sample_is_its_own() -> None:
    canaries = [text.partition("canary-")[2].partition("@")[0] for _, text in texts(ANSWER["order"])]
    assert len(canaries) == len(set(canaries)) > 80


def test_a_note_holds_a_card_number_that_a_card_could_have() -> None:
    (note,) = [note["note"] for note in ANSWER["order"]["notes"] if "4111" in note["note"]]
    digits = [int(digit) for digit in "4111111111111111"]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[::2]]
    assert (sum(doubled) + sum(digits[1::2])) % 10 == 0
    for form in ("4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111"):
        assert form in note


def test_the_secret_bears_a_canary() -> None:
    assert private_in(SECRET)
