"""What a function asks of AWS, and what DynamoDB says that it takes: counted in botocore."""

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS

_READS = ("GetItem", "BatchGetItem", "Query", "Scan")
_WRITES = ("UpdateItem", "PutItem", "DeleteItem")


class AwsCalls:
    """`counts`: calls by name, `order_writes` (those to the Orders table), `read_units`, `write_units`,
    and `events` that were sent."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def watch(self) -> None:
        """Count the calls of every client that is made from now on."""
        BUILTIN_HANDLERS.append(("before-parameter-build.dynamodb", self._note_table))
        BUILTIN_HANDLERS.append(("before-parameter-build.events", self._note_events))
        BUILTIN_HANDLERS.append(("after-call", self._note))

    def _note_table(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"
        if model.name in _WRITES and params["TableName"] == os.environ["ORDERS_TABLE"]:
            self.counts["order_writes"] += 1

    def _note_events(self, params: Mapping[str, Any], **_: Any) -> None:
        self.counts["events"] += len(params["Entries"])

    def _note(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        self.counts[model.name] += 1
        consumed: Any = parsed.get("ConsumedCapacity", [])
        units = sum(one["CapacityUnits"] for one in ([consumed] if isinstance(consumed, dict) else consumed))
        kind = "read_units" if model.name in _READS else "write_units"
        if units:
            self.counts[kind] += units
