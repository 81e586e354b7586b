"""AWS going wrong, as the clients see it that are made while it can."""

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any, Self

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

from zonos_orders.errors import AwsError, AwsRefused, AwsUnavailable

UNREACHABLE = EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "any")
DENIED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "any")
# What DynamoDB may answer to any call, the HTTP status, and what that means to the caller.
DYNAMODB_ERRORS: Sequence[tuple[str, int, type[AwsError]]] = (
    ("ThrottlingException", 400, AwsUnavailable),
    ("SomethingUndocumented", 500, AwsUnavailable),
    ("SomethingUndocumented", 503, AwsUnavailable),
    ("ResourceNotFoundException", 400, AwsRefused),
    ("AccessDeniedException", 400, AwsRefused),
)


class BrokenAws:
    """A context manager; clients made within it meet what `fail` and `before` say, also later.

    Their calls come one at a time: moto's conditional writes are not atomic between threads, DynamoDB's are.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._what_happens: list[tuple[str, str, Callable[[], object]]] = []
        self.updates = 0  # of items, begun so far

    def __enter__(self) -> Self:
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION is not None
        events = boto3.DEFAULT_SESSION.events
        events.register("before-call", self._begin)
        events.register("after-call", self._end)
        events.register("after-call-error", self._end)
        return self

    def __exit__(self, *_exc: object) -> None:
        boto3.setup_default_session()

    def fail(self, operation: str, error: Exception = UNREACHABLE, *, about: str = "") -> None:
        """Let an operation (`*`: any) raise instead of being called, when what it sends holds `about`."""

        def refuse() -> None:
            raise error

        self.before(operation, refuse, about=about)

    def before(self, operation: str, happen: Callable[[], object], *, about: str = "") -> None:
        """Let something happen before each call of an operation, when what it sends holds `about`."""
        self._what_happens.append((operation, about, happen))

    def recover(self) -> None:
        """Let everything work again."""
        self._what_happens.clear()

    def _begin(self, model: Any, params: Any, **_: Any) -> None:
        self.updates += model.name == "UpdateItem"
        sent = str(params["body"])
        for operation, about, happen in list(self._what_happens):
            if operation in ("*", model.name) and about in sent:
                happen()
        self._lock.acquire()

    def _end(self, **_: Any) -> None:
        self._lock.release()
