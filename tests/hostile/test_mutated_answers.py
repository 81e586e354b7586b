"""An order's answer with anything wrong in it is stored exactly, held, or quarantined, and stops no other."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from itertools import cycle
from typing import Any

import pytest

from tests.documented_order import ANSWER_BYTES
from tests.hostile.canned_zonos import CannedZonos
from tests.hostile.mutations import KINDS, REMOVED, Mutation, paths
from tests.integration.functions import Functions
from tests.tally import Tally
from tests.unit.order_encoding.exactness import exact, what_dynamodb_refuses
from tests.world import STORE, World
from zonos_orders.clock import Deadline
from zonos_orders.errors import UnexpectedAnswer
from zonos_orders.order_encoding import decode_item, encode_item
from zonos_orders.payloads import ReconcileRequest
from zonos_orders.run_summary import Summary
from zonos_orders.wiring import Application

SAMPLE = json.loads(ANSWER_BYTES)
PATHS = list(paths(SAMPLE))
READY = "IGLOBAL_ORDER_IN_PROCESS"
GO_LIVE = "20160101"
# What decides whether an order may be shipped, and what each of them alone forbids it with.
DECIDERS = ("orderStatus", "testOrder", "cslListMatch", "orderDate", "orderStatusDate")
NOT_TO_SHIP: dict[str, dict[str, Any]] = {
    "in review": {"orderStatus": "IGLOBAL_FRAUD_REVIEW"},
    "cancelled": {"orderStatus": "IGLOBAL_ORDER_CANCELLED"},
    "a test": {"testOrder": True},
    "a restricted party": {"cslListMatch": True},
    "from before go-live": {"orderDate": 1_400_000_000_000, "orderStatusDate": 1_400_000_000_001},
}


def sample(order_id: str, **details: Any) -> dict[str, Any]:
    """The recorded answer, about this order."""
    return {"order": SAMPLE["order"] | {"orderId": order_id} | details}


def read(answer: bytes) -> Any:
    """What a careful reader makes of an answer: None of what is no JSON."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(answer.decode(), parse_float=Decimal, parse_constant=refuse)
    except (ValueError, DecimalException, RecursionError):
        return None


def is_about(answer: Any, order_id: str) -> bool:
    order = answer.get("order") if isinstance(answer, dict) else None
    return isinstance(order, dict) and order.get("orderId") == order_id


def may_be_shipped(order: Mapping[str, Any]) -> bool:
    """By the merchant's contract, for orders dated after go-live."""
    flags = (order.get("testOrder"), order.get("cslListMatch"))
    says_no = [flag is None or flag is False or flag == "false" for flag in flags]
    return order.get("orderStatus") == READY and all(says_no)


def outgrows_an_item(mutation: Mutation) -> bool:
    """Whether what the table keeps beside the order is too large for an item of DynamoDB."""
    beside = ("orderStatus", "referenceId", "merchantOrderId")
    return mutation.kind == "a huge text" and mutation.path in [("order", key) for key in beside]


@pytest.fixture(autouse=True)
def _content_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run forgets the content of what it has imported; here it is compared."""
    monkeypatch.setattr("zonos_orders.import_order.Imported.without_content", lambda imported: imported)


def dry_run(application: Application, zonos: CannedZonos, answers: Mapping[str, bytes]) -> Summary:
    """Fetch, read and merge these orders as a reconciliation does; write nothing, which takes moto long."""
    zonos.details = dict(answers)
    zonos.list_orders(*answers)
    request = ReconcileRequest(since_date="20261118", dry_run=True)
    return application.reconcile(request, Deadline.after(300, application.clock), "a test")


def what_became_of(order_id: str, mutation: Mutation, answer: bytes, summary: Summary) -> str:
    """Say in a word what an answer led to, and in a sentence when it is neither of the two right things."""
    sent = read(answer)
    imported = summary.tally.imported.get(order_id)
    if imported is None:
        why = summary.tally.failures[order_id]
        was_unreadable = not is_about(sent, order_id) and why.startswith("UnexpectedAnswer: ")
        return "quarantined" if was_unreadable else f"{mutation}: not stored, because {why}"
    if not is_about(sent, order_id):
        return f"{mutation}: stored, though it is about no order or another one"
    try:
        item = encode_item(imported.order.attributes)
    except UnexpectedAnswer:
        return "quarantined" if outgrows_an_item(mutation) else f"{mutation}: not storable"
    refused = list(what_dynamodb_refuses({"M": item}, 0))
    if refused or exact(decode_item(item)["order"]) != exact(sent["order"]):
        return f"{mutation}: not stored exactly {refused}"
    if (imported.order.disposition == "READY") != may_be_shipped(sent["order"]):
        return f"{mutation}: stored as {imported.order.disposition}"
    return "stored"


def test_whatever_is_wrong_with_an_order_it_is_stored_exactly_or_quarantined(
    world: World, zonos: CannedZonos, tally: Tally
) -> None:
    application = world.application(SHIP_FROM_DATE=GO_LIVE)
    became: Counter[str] = Counter()
    for kind in KINDS:
        mutations = {f"{STORE}-{n}": Mutation(path, kind) for n, path in enumerate(PATHS, 1000)}
        answers = {order_id: mutation.of(sample(order_id)) for order_id, mutation in mutations.items()}
        summary = dry_run(application, zonos, answers)
        became.update(what_became_of(k, mutations[k], answers[k], summary) for k in answers)

    assert became.keys() == {"stored", "quarantined"}
    assert became["stored"] > became["quarantined"]
    tally.count("mutated answers", became.total())


@pytest.mark.parametrize("details", NOT_TO_SHIP.values(), ids=NOT_TO_SHIP.keys())
def test_an_order_that_may_not_be_shipped_is_not_released_by_what_is_wrong_with_it(
    world: World, zonos: CannedZonos, tally: Tally, details: dict[str, Any]
) -> None:
    application = world.application(SHIP_FROM_DATE=GO_LIVE)
    wrong = [Mutation(("order", key), kind) for key in DECIDERS for kind in KINDS]
    mutations = {f"{STORE}-{n}": mutation for n, mutation in enumerate(wrong, 1000)}
    answers = {k: mutation.of(sample(k, **details)) for k, mutation in mutations.items()}

    summary = dry_run(application, zonos, answers)

    released = {k for k, imported in summary.tally.imported.items() if imported.order.disposition == "READY"}
    # A flag that Zonos leaves out, or says no to, is no flag: taking it back releases the order.
    flags = [("order", "testOrder"), ("order", "cslListMatch")]
    taken_back = {
        k for k in released if mutations[k].path in flags and may_be_shipped(read(answers[k])["order"])
    }
    assert {str(mutations[k]) for k in released - taken_back} == set()
    assert answers.keys() == summary.tally.imported.keys() | summary.tally.failures.keys()
    tally.count("mutated answers", len(mutations))


def test_what_is_wrong_with_some_orders_of_a_run_concerns_no_other(
    world: World, zonos: CannedZonos, tally: Tally
) -> None:
    """Written for real, which takes longer: every other place of the answer, and each thing at some place."""
    functions = Functions(world, SHIP_FROM_DATE=GO_LIVE)
    kinds = cycle(KINDS)
    mutations = {f"{STORE}-{2 * n}": Mutation(path, next(kinds)) for n, path in enumerate(PATHS[::2], 500)}
    answers = {order_id: mutation.of(sample(order_id)) for order_id, mutation in mutations.items()}
    good = [f"{STORE}-{2 * n + 1}" for n in range(500, 500 + len(PATHS), 10)]
    zonos.details = answers | {order_id: json.dumps(sample(order_id)).encode() for order_id in good}
    zonos.list_orders(*zonos.details)

    summary = functions.reconcile()

    assert (summary["outcome"], summary["unrecorded"], summary["left"]) == ("clean", 0, 0)
    assert [world.order(order_id)["disposition"] for order_id in good] == ["READY"] * len(good)
    failures = world.failures()
    for order_id, mutation in mutations.items():
        sent = read(answers[order_id])
        if is_about(sent, order_id) and not outgrows_an_item(mutation):
            assert exact(world.order(order_id)["order"]) == exact(sent["order"]), mutation
        else:
            assert failures[order_id].error.startswith("UnexpectedAnswer: "), mutation
    assert world.order_ids() == zonos.details.keys() - failures.keys()
    tally.count("mutated answers", len(mutations))


def test_a_documented_key_that_cannot_be_read_is_told(world: World, zonos: CannedZonos) -> None:
    functions = Functions(world, SHIP_FROM_DATE=GO_LIVE)
    keys = ("orderStatus", "orderStatusDate", "orderDate")
    kinds = (REMOVED, "null", "a list", "true", "half a surrogate pair", "40 levels")
    wrong = [Mutation(("order", key), kind) for key in keys for kind in kinds]
    mutations = {f"{STORE}-{n}": mutation for n, mutation in enumerate(wrong, 1000)}
    zonos.details = {order_id: mutation.of(sample(order_id)) for order_id, mutation in mutations.items()}
    zonos.list_orders(*mutations)

    functions.reconcile()

    told = [line for line in functions.lines if line.get("message") == "An order needs a look"]
    assert {line["order_id"]: line["contract_changes"] for line in told} == {
        order_id: [mutation.path[-1]] for order_id, mutation in mutations.items()
    }
    assert functions.metrics["ContractChanged"] == len(mutations)
