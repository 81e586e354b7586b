"""Hears every event on a bus: a rule that sends all of them to a queue, as any consumer has one."""

from __future__ import annotations

import json
from threading import Lock
from typing import Any, Final

_NAME: Final = "sandbox-hears-all"


class BusListener:
    """Listens from the moment it is made."""

    def __init__(self, events: Any, sqs: Any, bus_name: str) -> None:
        self._sqs = sqs
        self._lock = Lock()
        self._heard: list[dict[str, Any]] = []
        self.queue_url: Final[str] = sqs.create_queue(QueueName=_NAME)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["QueueArn"])["Attributes"]
        every = json.dumps({"source": [{"prefix": ""}]})
        events.put_rule(Name=_NAME, EventBusName=bus_name, EventPattern=every)
        target = {"Id": "queue", "Arn": arn["QueueArn"]}
        events.put_targets(Rule=_NAME, EventBusName=bus_name, Targets=[target])

    def heard(self) -> list[dict[str, Any]]:
        """Return every event so far, in the order in which they came."""
        with self._lock:
            while messages := self._sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
            ).get("Messages"):
                for message in messages:
                    self._heard.append(json.loads(message["Body"]))
                    self._sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            return list(self._heard)
