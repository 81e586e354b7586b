"""Lambda's event source mapping for a DynamoDB stream: reads it and invokes, tries again, bisects, gives up.

moto has streams and reads none. What is done with a failure is AWS's page "Processing and analyzing
Lambda records" (Lambda with Amazon DynamoDB); only the pauses are the sandbox's own.
"""

from __future__ import annotations

import contextlib
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.stack import StreamMapping

_POLL_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 0.1
_CLOSE_SECONDS: Final = 10.0
FOR_EVER: Final = -1  # tries, until the record is too old

Record = Mapping[str, Any]


class TableStream:
    """Calls `invoke` with the function and each batch, in order; `give_up` gets what AWS puts into the queue.

    `troubles` has a line for each failure.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        client: Any,
        invoke: Callable[[str, object], Any],
        give_up: Callable[[object], object],
    ) -> None:
        self._mapping = mapping
        self._client = client
        self._invoke = invoke
        self._give_up = give_up
        self._lock = Lock()
        self._stopped = Event()
        self.troubles: list[str] = []
        (shard,) = client.describe_stream(StreamArn=mapping.stream_arn)["StreamDescription"]["Shards"]
        self._shard: str = shard["ShardId"]
        self._position: str = client.get_shard_iterator(
            StreamArn=mapping.stream_arn, ShardId=self._shard, ShardIteratorType=mapping.starting_position
        )["ShardIterator"]
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def catch_up(self) -> None:
        """Return when everything that was in the stream has been delivered, or given up."""
        while not self._stopped.is_set():
            with self._lock:
                answer = self._client.get_records(
                    ShardIterator=self._position, Limit=self._mapping.batch_size
                )
                if not answer["Records"]:
                    return
                records = [record for record in answer["Records"] if not is_motos_own(record)]
                self.deliver([self._as_lambda_sends(record) for record in records])
                self._position = answer["NextShardIterator"]

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(_CLOSE_SECONDS)

    def deliver(self, records: Sequence[Record], tries: int = 0) -> None:
        """Deliver a batch to its end: done, or given up."""
        while records and not self._stopped.is_set():
            first_failed = self._first_failed(records)
            if first_failed is None:
                return
            self.troubles.append(
                f"{self._mapping.function} could not tell of {len(records) - first_failed} changes"
            )
            if first_failed:
                records, tries = records[first_failed:], 0
            elif self._mapping.bisects and len(records) > 1:  # which does not count as a try
                half = len(records) // 2
                self.deliver(records[:half], tries)
                records = records[half:]
            elif self._may_repeat(tries) and not self._is_too_old(records[0]):
                tries += 1
                self._stopped.wait(_RETRY_SECONDS)
            else:
                self.troubles.append(f"{self._mapping.function}: given up, {len(records)} changes")
                self._give_up(self._report(records))
                return

    def _run(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            # When the simulated AWS is gone, so is the sandbox.
            with contextlib.suppress(BotoCoreError, ClientError):
                self.catch_up()

    def _first_failed(self, records: Sequence[Record]) -> int | None:
        """Invoke once. The place of the first record that failed, None when none did."""
        try:
            answer = self._invoke(self._mapping.function, {"Records": list(records)})
        except InvocationFailed as exc:
            self.troubles.append(f"{self._mapping.function} ended with {exc.error_type}")
            return 0
        if not self._mapping.reports_items or not answer or not answer.get("batchItemFailures"):
            return None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        # An item that is not in the batch counts as a failure of all.
        return min((numbers.index(number) if number in numbers else 0) for number in failed)

    def _may_repeat(self, tries: int) -> bool:
        return self._mapping.retries == FOR_EVER or tries < self._mapping.retries

    def _is_too_old(self, record: Record) -> bool:
        return bool(
            time.time() - record["dynamodb"]["ApproximateCreationDateTime"] > self._mapping.oldest_seconds
        )

    def _as_lambda_sends(self, record: Record) -> Record:
        change = {name: as_json(value) for name, value in record["dynamodb"].items()}
        return {**record, "eventSourceARN": self._mapping.stream_arn, "dynamodb": change}

    def _report(self, records: Sequence[Record]) -> dict[str, Any]:
        changes = [record["dynamodb"] for record in records]
        arrived = [
            datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC).isoformat()
            for change in changes
        ]
        return {
            "requestContext": {"condition": "RetryAttemptsExhausted", "functionArn": self._mapping.function},
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(),
            "DDBStreamBatchInfo": {
                "shardId": self._shard,
                "startSequenceNumber": changes[0]["SequenceNumber"],
                "endSequenceNumber": changes[-1]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": arrived[0],
                "approximateArrivalOfLastRecord": arrived[-1],
                "batchSize": len(records),
                "streamArn": self._mapping.stream_arn,
            },
        }


def is_motos_own(record: Record) -> bool:
    """An update that makes an item is two insertions in moto: first of the key alone. DynamoDB has one."""
    change = record["dynamodb"]
    return bool(record["eventName"] == "INSERT" and change["NewImage"] == change["Keys"])


def as_json(value: Any) -> Any:
    """Return a value as Lambda writes it: binary values in base64, times in seconds."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Mapping):
        return {name: as_json(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_json(member) for member in value]
    return value


def send_to_queue(sqs: Any, queue_arn: str) -> Callable[[object], object]:
    """Return what sends a report to the failure queue."""
    url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
    return lambda report: sqs.send_message(QueueUrl=url, MessageBody=json.dumps(report))
