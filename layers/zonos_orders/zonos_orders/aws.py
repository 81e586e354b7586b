"""What every AWS client here shares: stated time-outs and retries, and our own errors."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from zonos_orders.attribute_values import NotStorable
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import AwsRefused, AwsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# At DEBUG it logs every request whole: the order that is written, the secret that is read.
logging.getLogger("botocore").setLevel(logging.CRITICAL)

# boto3's defaults (60 s, and retries that differ between versions) would outlive the invocation.
CLIENT_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=64,
    user_agent="zonos-orders",  # botocore puts its own together anew for every call
)
# Without botocore's check of every parameter, half a millisecond for each write of an order: DynamoDB checks
# as well. The tests keep it.
DYNAMODB_CONFIG = CLIENT_CONFIG.merge(Config(parameter_validation=False))

# botocore's own list of what standard retries repeat, and what the services used here add to it.
_TRANSIENT = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "ExecutionLimitExceeded",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "KmsThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_SERVER_ERROR = 500
T = TypeVar("T")

_BATCH_KEYS = 100  # as many as one BatchGetItem takes
_BATCH_ROUNDS = 6
_BATCH_PAUSE_SECONDS = 0.05


@contextmanager
def aws_errors(action: str) -> Iterator[None]:
    """Raise AwsUnavailable or AwsRefused for what boto raises; its own texts can repeat what was sent."""
    try:
        yield
    except ClientError as exc:
        code = error_code(exc)
        transient = code in _TRANSIENT or _http_status(exc) >= _SERVER_ERROR
        raise (AwsUnavailable if transient else AwsRefused)(f"{action}: {code}") from exc
    except (ParamValidationError, NotStorable) as exc:
        raise AwsRefused(f"{action}: {type(exc).__name__}") from exc
    except BotoCoreError as exc:
        raise AwsUnavailable(f"{action}: {type(exc).__name__}") from exc


def error_code(error: ClientError) -> str:
    """Return the code that the service gave, for example `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _http_status(error: ClientError) -> int:
    metadata: Any = error.response.get("ResponseMetadata", {})
    return int(metadata.get("HTTPStatusCode", 0))


def in_time(pages: Iterable[T], deadline: Deadline | None) -> Iterator[T]:
    """Yield the pages of a long read; AwsUnavailable when there are more of them at `deadline`."""
    is_over = False
    for page in pages:
        if is_over:
            raise AwsUnavailable("the time was over before all was read")
        yield page
        is_over = deadline is not None and deadline.remaining() <= 0


def batch_get(
    client: "DynamoDBClient",
    table: str,
    keys: Sequence[Any],
    projection: str,
    clock: Clock,
    deadline: Deadline | None = None,
) -> Iterator[Any]:
    """Yield the typed items of these keys, none named twice; keys without an item yield nothing."""
    for page in in_time(_pages_of(client, table, keys, projection, clock), deadline):
        yield from page


def _pages_of(
    client: "DynamoDBClient", table: str, keys: Sequence[Any], projection: str, clock: Clock
) -> Iterator[Any]:
    for start in range(0, len(keys), _BATCH_KEYS):
        pending: Any = {
            table: {"Keys": keys[start : start + _BATCH_KEYS], "ProjectionExpression": projection}
        }
        for n in range(_BATCH_ROUNDS):
            with aws_errors("look items up"):
                answer = client.batch_get_item(RequestItems=pending)
            yield answer["Responses"].get(table, [])
            pending = answer.get("UnprocessedKeys")
            if not pending:
                break
            clock.sleep(_BATCH_PAUSE_SECONDS * 2**n)
        else:
            raise AwsUnavailable("look items up: keys were left unprocessed")
