"""A line to DynamoDB, to moto's or to a real engine's, that loses what it is told to lose."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Self

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session
from moto.core.models import botocore_stubber

from tests.integration.discreet import CANARY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Fault = Literal["lost_answer", "lost_request", "throttled"]


class UnreliableLine:
    """The line between a client and DynamoDB, with a fault for each of the next requests.

    `lost_answer`: the request takes effect and its answer never comes. `lost_request`: nothing arrives.
    `throttled`: DynamoDB refuses to look at it. The client's own retries pass through here as well.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self.faults: deque[Fault] = deque()
        self.writes = 0
        self.meanwhile: Callable[[], object] = lambda: None  # happens after an answer was lost
        self._events: Any = client.meta.events
        self._network = URLLib3Session()

    def __enter__(self) -> Self:
        self._events.unregister("before-send", botocore_stubber)
        self._events.register("before-send.dynamodb", self._send)
        self._events.register("before-send.dynamodb.UpdateItem", self._note_write)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._events.unregister("before-send.dynamodb.UpdateItem", self._note_write)
        self._events.unregister("before-send.dynamodb", self._send)
        self._events.register("before-send", botocore_stubber)

    def _note_write(self, **_kwargs: Any) -> None:
        self.writes += 1

    def _send(self, request: Any, **kwargs: Any) -> AWSResponse | None:
        fault = self.faults.popleft() if self.faults else None
        if fault == "throttled":
            return aws_answer(request.url, 400, "ThrottlingException")
        if fault == "lost_request":
            raise ReadTimeoutError(endpoint_url=request.url)
        answered = botocore_stubber(request=request, **kwargs)  # None where moto does not simulate
        if fault == "lost_answer":
            if answered is None:
                self._network.send(request)
            self.meanwhile()
            raise ReadTimeoutError(endpoint_url=request.url)
        return answered


def aws_answer(url: str, status: int, code: str) -> AWSResponse:
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": f"{code}: {CANARY}"}).encode()

    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield body

    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(url, status, headers, Raw())
