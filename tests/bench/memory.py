"""The peak of each function's memory, in its worst case and with the largest answer that it takes."""

import json
from collections.abc import Callable
from typing import Any

from tests.bench.harness import Row, Sizes
from tests.bench.outside import FIRST, STORE
from tests.bench.stage import Run, Stage, order_ids
from tests.bench.startup import FUNCTIONS
from tests.sandbox.sam_template import load_template
from zonos_orders.instants import shift_day

_MIB = 1024 * 1024
_SHARE = 0.60
_LARGEST_ORDER = 5 * _MIB - 20_000  # what surrounds the padding stays within the limit
_LARGEST_LIST = 96 * _MIB
# Bytes of the smallest entry that clients of Zonos show, a bare one: the more entries, the more memory.
_ENTRY = len('{"id":"999-300000000","testOrder":false},')
_LIST_SECONDS = 60  # the peak is while the list is read; what follows may be cut off
_REQUEST = 6_000_000 // 2  # of an invocation by a stream there is as much twice: a record's old and new image


def rows(stage: Stage, sizes: Sizes) -> list[Row]:
    """One row for each function. An instance is new for each case, so its peak is the case's."""
    # As many as fit, but for what surrounds them.
    listed = min(_LARGEST_LIST // _ENTRY - 10, sizes.listed)
    worst: dict[str, list[Callable[[], Run]]] = {
        "success_redirect": [lambda: _large_order(stage, "success_redirect", _REDIRECT)],
        "recheck_order": [lambda: _large_order(stage, "recheck_order", _LOOK, first=_REDIRECT)],
        "order_desk": [
            lambda: _large_order(stage, "order_desk", _MAY_SHIP, first=_REDIRECT),
            lambda: _many_held(stage, sizes.held),
        ],
        "order_supervisor": [lambda: _large_order(stage, "order_supervisor", _ERASE, first=_REDIRECT)],
        "publish_changes": [lambda: _full_batch(stage)],
        "reconcile_orders": [
            lambda: _large_list(stage, listed),
            lambda: _many_large_orders(stage, 48),
        ],
        "backfill_orders": [
            lambda: _large_list(stage, listed, "backfill_orders", _slice(stage)),
            lambda: _many_large_orders(stage, 48, "backfill_orders", _slice(stage)),
        ],
    }
    return [_row(name, [case().peak_mb for case in worst[name]]) for name in FUNCTIONS]


_SCHEDULED: Any = {}
_ORDER = f"{STORE}-{FIRST}"
_REDIRECT = {"rawQueryString": f"orderId={_ORDER}", "headers": {}}
_LOOK = {"order_id": _ORDER, "execution_name": f"{_ORDER}-1"}
_MAY_SHIP = {"mayShip": {"orderId": _ORDER}}
_ERASE = {
    "version": "2.0",
    "requestContext": {
        "http": {"method": "POST"},
        "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/jo"}},
    },
    "isBase64Encoded": False,
    "body": json.dumps({"erase": {"orderId": _ORDER, "force": True}}),
}


def _large_order(stage: Stage, name: str, event: Any, first: Any = None) -> Run:
    """Ask for the largest order that is taken; `first` stores it by another function."""
    stage.zonos(status="IGLOBAL_FRAUD_REVIEW", order_pad=_LARGEST_ORDER)
    account = stage.account()
    if first:
        account.instance("success_redirect")(first)
    calls = stage.zonos_calls()
    run = account.instance(name)(event)
    if name == "order_supervisor":  # asks Zonos nothing
        assert '"done": true' in run.answer["body"], run.answer
    else:
        assert stage.zonos_calls() > calls, run.answer
    return run


def _slice(stage: Stage) -> Any:
    return {"slice": {"sinceDate": shift_day(stage.today, -2), "throughDate": stage.today}, "so_far": {}}


def _large_list(stage: Stage, listed: int, name: str = "reconcile_orders", event: Any = _SCHEDULED) -> Run:
    """List as much as is taken, all of it missing."""
    stage.zonos(listed=listed, bare=True)
    account = stage.account()
    account.set_watermark(stage.today)
    run = account.instance(name)(event, seconds=_LIST_SECONDS)
    assert run.answer.get("outcome") != "refused", run.answer
    assert run.answer.get("errorType") != "AnswerTooLarge", run.answer
    return run


def _many_held(stage: Stage, how_many: int) -> Run:
    """Ask how everything stands, where very many orders are held."""
    account = stage.account()
    account.know(range(FIRST, FIRST + how_many), stage.now, held=True)
    run = account.instance("order_desk")({"status": {}}, seconds=60)
    assert run.answer["held"]["BEFORE_GO_LIVE"]["count"] == how_many
    return run


def _many_large_orders(
    stage: Stage, how_many: int, name: str = "reconcile_orders", event: Any = _SCHEDULED
) -> Run:
    stage.zonos(listed=how_many, order_pad=_LARGEST_ORDER)
    account = stage.account()
    account.set_watermark(stage.today)
    return account.instance(name)(event, seconds=300)


def _full_batch(stage: Stage) -> Run:
    """A batch as large as Lambda hands over: records with both images, 6 MB of them."""
    stage.zonos(listed=100)
    account = stage.account()
    account.set_watermark(stage.today)
    account.instance("reconcile_orders")({})
    item = account.client.get_item(TableName="OrdersTable", Key={"order_id": {"S": order_ids(FIRST, 1)[0]}})[
        "Item"
    ]
    padding = {"M": {"note": {"S": "z" * (_REQUEST // 100 - 8000)}}}
    records = [
        {
            "eventName": "MODIFY",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {"order_id": item["order_id"]},
                "SequenceNumber": str(n),
                "OldImage": item | {"order": padding},
                "NewImage": item | {"order": padding, "revision": {"N": "2"}},
            },
        }
        for n in range(1, 101)
    ]
    return account.instance("publish_changes")({"Records": records}, seconds=60)


def _row(name: str, peaks: list[float]) -> Row:
    size = load_template()["Resources"][FUNCTIONS[name]]["Properties"]["MemorySize"]
    peak = max(peaks)
    return Row(
        f"memory: {name}",
        f"≤ 60 % of {size} MB",
        f"{peak / size:.0%}: {peak:.0f} MB",
        peak <= _SHARE * size,
        {"peak_mb": [round(one) for one in peaks], "memory_size": size},
    )
