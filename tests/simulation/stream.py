"""The Orders table's stream, the mapping that hands it to its function, the bus, and one who listens."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulation.aws import Line
from tests.simulation.dynamodb import Item
from tests.simulation.faults import Faults
from tests.simulation.processes import Process
from zonos_orders.publish_changes import Told
from zonos_orders.publish_payloads import StreamRecord

if TYPE_CHECKING:
    from tests.simulation.simulation import Deployment

_BATCH = 25
_POLLS_AFTER_SECONDS = 1.0


class Stream:
    """Every change of an order, in the order of their writes, handed over until all of it is told."""

    def __init__(self, deployment: "Deployment") -> None:
        self._deployment = deployment
        self._records: deque[StreamRecord] = deque()
        self._is_read = False
        self._written = 0
        self.is_on = False
        self.orders: set[str] = set()  # that were ever written

    def of_another_table(self) -> "Stream":
        """Return the stream of a table that replaces this one's."""
        stream = Stream(self._deployment)
        stream.is_on, self.is_on = self.is_on, False
        self._records.clear()
        return stream

    def changed(self, before: Item | None, after: Item | None) -> None:
        """Take a write of the table; `after` is None when the item was removed."""
        if not self.is_on:
            return
        self._written += 1
        key = (after or before or {})["order_id"]["S"]
        self.orders.add(key)
        self._records.append(StreamRecord(str(self._written), key, before, after))
        if not self._is_read:
            self._is_read = True
            self._read_later()

    def _read_later(self) -> None:
        scheduler = self._deployment.scheduler
        scheduler.at(scheduler.now + _POLLS_AFTER_SECONDS, self._read)

    def _read(self) -> None:
        batch = list(self._records)[:_BATCH]

        def over(_process: Process, told: Any) -> None:
            if isinstance(told, Told):
                while self._records and batch and batch[0].sequence_number != told.first_failed:
                    assert self._records.popleft() is batch.pop(0)
            if self._records:
                self._read_later()
            else:
                self._is_read = False

        self._deployment.publish(batch, over)


class Listener:
    """A consumer as the docs show it: it drops what is not a newer revision."""

    def __init__(self) -> None:
        self.known: dict[str, Mapping[str, Any]] = {}
        self.heard: Counter[str] = Counter()

    def hear(self, kind: str, detail: Mapping[str, Any]) -> None:
        self.heard[kind] += 1
        known = self.known.get(detail["order_id"])
        if known is None or known["revision"] < detail["revision"]:
            self.known[detail["order_id"]] = detail


class SimulatedQueue:
    """The client that the failure queue gets."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - boto3's
        self._line.call("sqs", lambda: (QueueUrl, MessageBody))


class SimulatedEvents:
    """The client that the bus adapter gets; some entries of a call can fail."""

    def __init__(self, line: Line, faults: Faults, random: Random, told: Any) -> None:
        self._line = line
        self._faults = faults
        self._random = random
        self._told = told

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        return self._line.call("events", lambda: self._put(Entries))

    def _put(self, entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        results = []
        for entry in entries:
            if self._faults.happens("event refused"):
                results.append({"ErrorCode": "InternalFailure"})
                continue
            self._told(entry)
            results.append({"EventId": "1"})
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}
