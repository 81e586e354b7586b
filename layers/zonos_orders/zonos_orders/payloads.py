"""What `ReconcileOrdersFunction` may be invoked with: the schedule's event, or a payload made by hand."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from zonos_orders.errors import InvalidInput
from zonos_orders.instants import parse_day
from zonos_orders.order_id import canonical_order_id

EXPECTED = (
    'expected {} (the scheduled run), {"sinceDate": "yyyymmdd", "throughDate": "yyyymmdd" or left out}, '
    '{"sinceOrderId": "<order id>"}, {"orderIds": ["<order id>", …]}, {"referenceIds": ["<cart id>", …]}, '
    '{"recheck": "held"} or {"recheck": "failures"}; each but the first also with "dryRun": true'
)
_NAMED_AT_MOST = 10_000
_FIRST_DAY, _LAST_DAY = "20000101", "20991231"
_REFERENCE_LENGTH_AT_MOST = 255


@dataclass(frozen=True, slots=True)
class ReconcileRequest:
    """What to reconcile. Nothing given: the scheduled run. Order ids are canonical, days are `yyyymmdd`."""

    since_date: str | None = None
    through_date: str | None = None
    since_order_id: str | None = None
    order_ids: tuple[str, ...] = ()
    reference_ids: tuple[str, ...] = ()
    recheck: str = ""  # "held" or "failures": all of those
    dry_run: bool = False

    @property
    def is_scheduled(self) -> bool:
        """Whether this is the run that moves the watermark."""
        return self == ReconcileRequest()


def read_reconcile_request(event: object, store_id: str) -> ReconcileRequest:
    """Read an invocation's payload; InvalidInput, with what is expected, for anything else."""
    if not isinstance(event, Mapping):
        raise InvalidInput(f"the payload is no JSON object: {EXPECTED}")
    if event.get("source") in ("aws.scheduler", "aws.events"):  # a schedule without an input of its own
        return ReconcileRequest()
    given = dict(event)
    dry_run = given.pop("dryRun", False)
    selectors = frozenset(given)
    fields: dict[str, Any] = {}
    try:
        if not isinstance(dry_run, bool) or ("dryRun" in event and not given) or selectors not in _SELECTORS:
            raise ValueError("no known combination of keys")
        for key, value in given.items():
            name, parse = _FIELDS[key]
            fields[name] = parse(value, store_id)
        if fields.get("through_date") and fields["through_date"] < fields["since_date"]:
            raise ValueError("the window ends before it begins")
    except ValueError as exc:
        raise InvalidInput(f"the payload is not understood: {EXPECTED}") from exc
    return ReconcileRequest(**fields, dry_run=dry_run)


_SELECTORS = {
    frozenset[str](),
    frozenset({"sinceDate"}),
    frozenset({"sinceDate", "throughDate"}),
    frozenset({"sinceOrderId"}),
    frozenset({"orderIds"}),
    frozenset({"referenceIds"}),
    frozenset({"recheck"}),
}


def _day(value: object, _store_id: str) -> str:
    if not isinstance(value, str):
        raise ValueError("a day is text")
    parse_day(value)
    if not _FIRST_DAY <= value <= _LAST_DAY:
        raise ValueError("no day of this system's life")
    return value


def _order_ids(value: object, store_id: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical_order_id(one, store_id) for one in _some(value)))


def _reference_ids(value: object, _store_id: str) -> tuple[str, ...]:
    references = _some(value)
    if not all(isinstance(one, str) and 0 < len(one) <= _REFERENCE_LENGTH_AT_MOST for one in references):
        raise ValueError("a reference is a text that is not empty")
    return tuple(dict.fromkeys(references))


def _some(value: object) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= _NAMED_AT_MOST:
        raise ValueError("a list that is not empty")
    return value


def _recheck(value: object, _store_id: str) -> str:
    if not isinstance(value, str) or value not in ("held", "failures"):
        raise ValueError("held and failures can be rechecked")
    return value


_FIELDS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "sinceDate": ("since_date", _day),
    "throughDate": ("through_date", _day),
    "sinceOrderId": ("since_order_id", canonical_order_id),
    "orderIds": ("order_ids", _order_ids),
    "referenceIds": ("reference_ids", _reference_ids),
    "recheck": ("recheck", _recheck),
}


def read_recheck_request(event: object, store_id: str) -> tuple[str, str]:
    """Read what the review loop sends: the canonical order id and the name of the asking execution."""
    if isinstance(event, Mapping) and event.keys() == {"order_id", "execution_name"}:
        execution = event["execution_name"]
        with suppress(InvalidInput):
            if isinstance(execution, str) and execution:
                return canonical_order_id(event["order_id"], store_id), execution
    raise InvalidInput('expected {"order_id": "<order id>", "execution_name": "<order id>-<generation>"}')
