"""The queue of changes that are not told: those that Lambda has given up, and those that nobody can read."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from zonos_orders.aws import aws_errors


class QueueClient(Protocol):
    """The one call of boto3's `sqs` client that is used."""

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> Any:  # noqa: N803 - boto3's
        """Put a message into a queue."""


class FailureQueue:
    """A client is made when the first change is put aside: hardly ever."""

    def __init__(self, make_client: Callable[[], QueueClient], url: str) -> None:
        self._client = cache(make_client)
        self._url = url

    def put_aside(self, order_id: str, sequence_number: str, cause: str) -> None:
        """Keep a change of the table's stream for a person. Raises AwsError."""
        message = {"order_id": order_id, "sequence_number": sequence_number, "cause": cause}
        with aws_errors("put a change aside"):
            self._client().send_message(QueueUrl=self._url, MessageBody=json.dumps(message))
