"""A payload that is not understood is refused in words that say what is expected, before anything is done."""

import json
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.integration.functions import Functions
from tests.tally import Tally
from tests.world import STORE, World
from zonos_orders.errors import InvalidInput

# Of the metrics' library: a refused invocation counts nothing.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
CANARY = "kanari"
WITHIN = {
    "reconcile_orders": r'expected \{\} \(the scheduled run\), .*"orderIds"',
    "recheck_order": "expected ",
    "backfill_orders": "expected ",
    "order_desk": r'expected one of \{"takeOver": .*"mayShip"',
}
ORDER_ID = re.compile(f"(?:{STORE}-)?0*[1-9][0-9]*")

_odd_texts = st.sampled_from(
    [CANARY, "", "\x00", "\ud83d", "999-1\n", "\u0661", "998-1", "20260230", "2026-01-01", "HELD", "1" * 5000]
)
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _odd_texts, st.text(max_size=12), st.just(10**4000)
)
_json = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
_keys = {
    "reconcile_orders": [
        "sinceDate",
        "throughDate",
        "sinceOrderId",
        "orderIds",
        "referenceIds",
        "recheck",
        "dryRun",
        "source",
    ],
    "recheck_order": ["order_id", "execution_name"],
    "backfill_orders": ["plan", "slice", "so_far", "sinceDate", "throughDate", "orderIds"],
    "order_desk": ["takeOver", "mayShip", "setStatus", "setTracking", "orderId", "merchantOrderId", "force"],
}
_right = st.sampled_from(["20260101", "999-100", "held", "999-100-1", ["999-100"], [100], True, 100])
_payloads = {
    function: st.one_of(
        _json,
        st.dictionaries(
            st.one_of(st.sampled_from(keys), st.text(max_size=8)), st.one_of(_json, _right), max_size=4
        ),
        st.dictionaries(
            st.sampled_from(keys), st.one_of(_json, _right, st.lists(_right, max_size=3)), max_size=3
        ),
    )
    for function, keys in _keys.items()
}


def is_right(function: str, payload: Any) -> bool:
    """Whether a payload may be one that `events/` or the state machine shows: then it is not tried."""
    if not isinstance(payload, dict):
        return False
    if function == "order_desk":  # the wishes that take no more than an order
        return payload.keys() == {"mayShip"} and isinstance(payload["mayShip"], dict)
    if function == "backfill_orders":
        return is_right_input(payload.get("plan")) or is_right_input(payload.get("slice"))
    if function == "recheck_order":
        named = payload.keys() == {"order_id", "execution_name"} and is_order_id(payload["order_id"])
        return named and isinstance(payload["execution_name"], str) and payload["execution_name"] != ""
    if payload.get("source") in ("aws.scheduler", "aws.events") or not payload:
        return True
    selectors = payload.keys() - {"dryRun"}
    is_known = selectors <= set(_keys["reconcile_orders"]) - {"source"}
    is_one = len(selectors) == 1 or selectors == {"sinceDate", "throughDate"}
    return (
        is_known
        and is_one
        and isinstance(payload.get("dryRun", False), bool)
        and all(is_right_value(key, payload[key]) for key in selectors)
    )


def is_right_input(given: Any) -> bool:
    known = isinstance(given, dict) and given.keys() <= {"sinceDate", "throughDate", "orderIds"}
    return known and all(is_right_value(key, value) for key, value in given.items())


def is_right_value(key: str, value: Any) -> bool:
    if key in ("sinceDate", "throughDate"):
        return isinstance(value, str) and re.fullmatch("20[0-9]{6}", value) is not None
    if key == "sinceOrderId":
        return is_order_id(value)
    if key == "orderIds":
        return isinstance(value, list) and value != [] and all(map(is_order_id, value))
    if key == "referenceIds":
        return isinstance(value, list) and value != [] and all(isinstance(one, str) and one for one in value)
    return key == "recheck" and value == "held"


def is_order_id(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return 0 < value < 10**18
    return isinstance(value, str) and len(value) <= 30 and ORDER_ID.fullmatch(value) is not None


@contextmanager
def refuses(functions: Functions, function: str) -> Iterator[None]:
    """Expect InvalidInput with what is expected and nothing of what was sent, and no call of any kind."""
    functions.world.zonos.reset_calls()
    aws_calls: list[None] = []
    functions.world.aws.recover()
    functions.world.aws.before("*", lambda: aws_calls.append(None))
    functions.printed = ""
    with pytest.raises(InvalidInput, match=WITHIN[function]) as refused:
        yield
    assert (functions.world.zonos.calls(), aws_calls) == (0, [])
    assert CANARY not in functions.printed + "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("function", _keys)
def test_no_payload_but_those_that_are_documented_is_acted_upon(
    functions: Functions, function: str, tally: Tally
) -> None:
    @settings(max_examples=300)
    @given(payload=_payloads[function])
    def hold(payload: Any) -> None:
        assume(not is_right(function, payload))
        with refuses(functions, function):
            functions.invoke(function, payload)
        tally.count("malformed payloads")

    hold()


MALFORMED: dict[str, list[Any]] = {
    "reconcile_orders": [
        None,
        [],
        "",
        "{}",
        CANARY,
        0,
        7.5,
        True,
        float("nan"),
        [{}],
        {CANARY: CANARY},
        {"": ""},
        {"dryRun": True},
        {"dryRun": CANARY},
        {"sinceDate": "20260101", "dryRun": CANARY},
        {"sinceDate": CANARY},
        {"sinceDate": 20260101},
        {"sinceDate": "20260101", "throughDate": CANARY},
        {"sinceDate": "20260102", "throughDate": "20260101"},
        {"sinceDate": "20260230"},
        {"throughDate": "20260101"},
        {"sinceOrderId": f"998-{CANARY}"},
        {"sinceOrderId": "998-1"},
        {"sinceOrderId": 10**4000},
        {"orderIds": [CANARY]},
        {"orderIds": ["999-1", "998-1"]},
        {"orderIds": "999-1"},
        {"orderIds": ["999-1"] * 10_001},
        {"orderIds": [["999-1"]]},
        {"orderIds": {"999-1": CANARY}},
        {"referenceIds": [CANARY * 100]},
        {"referenceIds": [{"a": CANARY}]},
        {"recheck": CANARY},
        {"recheck": ["held"]},
        {"recheck": "held", "orderIds": ["999-1"]},
        {"source": CANARY},
        {"Records": [{"body": CANARY}]},
        json.loads("[" * 500 + "]" * 500),
    ],
    "recheck_order": [
        None,
        [],
        CANARY,
        7,
        {},
        {"order_id": "999-1"},
        {"execution_name": "999-1-1"},
        {"order_id": CANARY, "execution_name": "999-1-1"},
        {"order_id": None, "execution_name": "999-1-1"},
        {"order_id": "998-1", "execution_name": "998-1-1"},
        {"order_id": ["999-1"], "execution_name": "999-1-1"},
        {"order_id": "999-1\n", "execution_name": "999-1-1"},
        {"order_id": "\u0661", "execution_name": "999-1-1"},
        {"order_id": 10**4000, "execution_name": "999-1-1"},
        {"order_id": "999-1", "execution_name": ""},
        {"order_id": "999-1", "execution_name": [CANARY]},
        {"order_id": "999-1", "execution_name": "999-1-1", CANARY: 1},
    ],
    "backfill_orders": [
        None,
        [],
        CANARY,
        {},
        {"sinceDate": "20240101"},
        {"plan": None},
        {"plan": {CANARY: CANARY}},
        {"plan": {"sinceDate": CANARY}},
        {"plan": {"orderIds": [CANARY]}},
        {"plan": {"orderIds": ["998-1"]}},
        {"plan": {"orderIds": ["999-1"] * 10_001}},
        {"plan": {"recheck": "held"}},
        {"slice": {"sinceDate": "20240101", "throughDate": "20240104"}},
        {"slice": {"sinceDate": "20240101"}, "so_far": {}},
        {"slice": {"sinceDate": "20240104", "throughDate": "20240101"}, "so_far": {}},
        {"slice": {"orderIds": ["999-1"]}, "so_far": None},
        {"slice": {"orderIds": ["999-1"]}, "so_far": CANARY},
        {"slice": {"orderIds": ["999-1"]}, "so_far": {CANARY: 1}},
        {"slice": {"orderIds": ["999-1"]}, "so_far": {"imported": CANARY}},
        {"slice": {"orderIds": ["999-1"]}, "so_far": {"imported": 10**4000}},
        json.loads("[" * 500 + "]" * 500),
    ],
    "order_desk": [
        None,
        [],
        CANARY,
        7,
        {},
        {CANARY: {}},
        {"mayShip": None},
        {"mayShip": "999-1"},
        {"mayShip": {}},
        {"mayShip": {"orderId": CANARY}},
        {"mayShip": {"orderId": "998-1"}},
        {"mayShip": {"orderId": "999-1", CANARY: 1}},
        {"mayShip": {"orderId": "999-1"}, "takeOver": {"orderId": "999-1", "merchantOrderId": "M-1"}},
        {"takeOver": {"orderId": "999-1"}},
        {"takeOver": {"merchantOrderId": "M-1"}},
        *(
            {"takeOver": {"orderId": "999-1", "merchantOrderId": number}}
            for number in (
                None,
                "",
                " ",
                7,
                [CANARY],
                "M-1\n",
                " M-1",
                "M\x00",
                "\u0661",
                "M" * 101,
                "\ud83d",
            )
        ),
        *(
            {"takeOver": {"orderId": "999-1", "merchantOrderId": "M-1", "force": force}}
            for force in (None, 1, "true", CANARY)
        ),
        *(
            {"setStatus": {"orderId": "999-1", "status": status}}
            for status in (None, CANARY, "IGLOBAL_ORDER_IN_PROCESS", "vendor_preparing_order", ["VENDOR"])
        ),
        *(
            {"setTracking": {"orderId": "999-1", "trackingNumbers": numbers}}
            for numbers in (None, [], CANARY, [None], ["1Z", ""], ["1Z"] * 101, [["1Z"]], {"number": "1Z"})
        ),
        json.loads("[" * 500 + "]" * 500),
    ],
}


@pytest.mark.parametrize("function", MALFORMED)
def test_a_malformed_payload_is_refused_before_anything_is_done(
    functions: Functions, function: str, tally: Tally
) -> None:
    for payload in MALFORMED[function]:
        with refuses(functions, function):
            functions.invoke(function, payload)
        tally.count("malformed payloads")


@pytest.fixture
def held(world: World, functions: Functions) -> str:
    order_id = world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    return order_id


def test_the_documented_payloads_are_acted_upon(functions: Functions, held: str) -> None:
    """So that what refuses everything is no proof."""
    assert functions.reconcile(orderIds=[held])["outcome"] == "clean"
    assert functions.recheck(held)["outcome"] == "waiting"
    assert functions.desk(mayShip={"orderId": held})["reasons"] == ["FRAUD_REVIEW"]
