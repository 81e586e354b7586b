"""A list with anything wrong in it brings the orders that it still names, or is refused as a whole."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.hostile.canned_zonos import CannedZonos
from tests.hostile.mutations import KINDS, Mutation, Path, paths
from tests.hostile.test_mutated_answers import read
from tests.integration.runs import error_class, run
from tests.tally import Tally
from tests.world import STORE, World
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.listing import read_listing
from zonos_orders.zonos_api import HttpAnswer, read_answer

# The forms of the list that shipped clients rely on.
FORMS: dict[str, dict[str, Any]] = {
    "with statuses": {
        "orderCount": 3,
        "orders": [
            {
                "id": f"{STORE}-{number}",
                "testOrder": False,
                "merchantOrderId": f"12-{number}",
                "orderStatus": "IGLOBAL_ORDER_IN_PROCESS",
                "orderStatusDate": 1_794_999_000_000,
            }
            for number in (101, 102, 103)
        ],
    },
    "under other keys": {
        "orders": [
            {"orderId": number, "status": "IGLOBAL_FRAUD_REVIEW", "statusDate": 1_794_999_000_000}
            for number in (101, 102)
        ]
    },
    "bare numbers": {"count": 3, "orders": ["999-101", "102", 103]},
    "none": {"orderCount": 0, "orders": []},
}
_OWN_ID = re.compile(f"(?:{STORE}-)?0*([1-9][0-9]{{0,17}})")


def named(answer: Any) -> dict[str, str | None] | None:
    """Return the ids of this store that a list names, with the text of their entry; None for no list."""
    if not isinstance(answer, dict) or "error" in answer:
        return None
    entries = answer.get("orders")
    if entries is None and not any(isinstance(value, list) and value for value in answer.values()):
        return {}
    if not isinstance(entries, list):
        return None
    found = {own_id: json.dumps(entry, default=str) for entry in entries if (own_id := own_id_in(entry))}
    return None if entries and not found else dict(found)


def own_id_in(entry: Any) -> str | None:
    if isinstance(entry, dict):
        entry = entry.get("id") if entry.get("orderId") is None else entry["orderId"]
    text = str(entry) if isinstance(entry, int) and not isinstance(entry, bool) else entry
    matched = _OWN_ID.fullmatch(text) if isinstance(text, str) and len(text) < 30 else None
    return f"{STORE}-{matched[1]}" if matched else None


def what_became_of(answer: bytes) -> Mapping[str, str | None] | None:
    """Return what we read out of it, None when it is refused."""
    try:
        return read_listing(read_answer(HttpAnswer(200, {}, answer)), STORE).statuses
    except UnexpectedAnswer:
        return None


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_list_names_what_it_named_before_something_went_wrong_in_it_or_is_refused(
    form: dict[str, Any], tally: Tally
) -> None:
    mutations = [Mutation(path, kind) for path in paths(form) for kind in KINDS]
    for mutation in mutations:
        answer = mutation.of(form)
        listed, expected = what_became_of(answer), named(read(answer))
        assert (listed is None) == (expected is None), mutation
        if listed is not None and expected is not None:
            assert listed.keys() == expected.keys(), mutation
            invented = [
                status for k, status in listed.items() if status and status not in (expected[k] or "")
            ]
            assert invented == [], mutation
    tally.count("mutated listings", len(mutations))


def test_a_run_imports_what_a_broken_list_still_names_and_asks_for_nothing_else(
    world: World, zonos: CannedZonos, tally: Tally
) -> None:
    application = world.application()
    mutated_places: list[Path] = [("orders",), ("orders", 0), ("orders", 0, "id")]
    mutations = [Mutation(path, kind) for path in mutated_places for kind in KINDS]
    for n, mutation in enumerate(mutations):
        ids = [f"{STORE}-{1000 + 3 * n + m}" for m in range(3)]
        zonos.details = {order_id: detail(order_id) for order_id in ids}
        zonos.calls.clear()
        zonos.listing = mutation.of(
            {"orders": [{"id": k, "orderStatus": "VENDOR_SHIPMENT_READY"} for k in ids]}
        )

        summary = run(application)

        still_named = named(read(zonos.listing))
        imported = set(summary.tally.imported)
        if still_named is None:
            assert (summary.outcome, error_class(summary)) == ("refused", "UnexpectedAnswer"), mutation
            assert imported == set(), mutation
        else:
            assert summary.outcome == "clean", mutation
            assert imported == still_named.keys() & set(ids), mutation
            lost = len(json_list(zonos.listing)) - len(still_named)
            assert summary.unreadable + summary.foreign == lost, mutation
        assert zonos.calls.keys() - {"orderNumbers"} <= (still_named or {}).keys(), mutation
    assert len(world.order_ids()) > len(mutations)
    tally.count("mutated listings", len(mutations))


def json_list(listing: bytes) -> list[Any]:
    entries = read(listing).get("orders")
    return entries if isinstance(entries, list) else []


def detail(order_id: str) -> bytes:
    dates = {"orderDate": 1_794_999_000_000, "orderStatusDate": 1_794_999_000_000}
    return json.dumps(
        {"order": {"orderId": order_id, "orderStatus": "VENDOR_SHIPMENT_READY", **dates}}
    ).encode()
