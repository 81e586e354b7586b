"""The review loops: executions of the Step Functions state machine, one per review of an order."""

import json
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from zonos_orders.aws import aws_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class ReviewLoops:
    """Starts executions under names that make a second start of the same review impossible."""

    def __init__(self, make_client: "Callable[[], SFNClient]", state_machine_arn: str) -> None:
        self._make_client = make_client
        self._arn = state_machine_arn
        self._lock = threading.Lock()

    @property
    def _client(self) -> "SFNClient":
        """Made on first use, few orders are reviewed; and by one thread, boto3 makes no two at once."""
        with self._lock:
            return self._made_client

    @cached_property
    def _made_client(self) -> "SFNClient":
        return self._make_client()

    def start(self, order_id: str, generation: int) -> bool:
        """Start the loop of this review. True also when it runs already: same name, same input.

        False when the name is burnt: an execution of this name has ended in the last 90 days (AWS:
        StartExecution). Raises AwsUnavailable or AwsRefused.
        """
        with aws_errors("start the review loop"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._arn,
                    name=execution_name(order_id, generation),
                    input=json.dumps({"order_id": order_id}),
                )
            except ClientError as exc:
                if error_code(exc) != "ExecutionAlreadyExists":
                    raise
                return False
        return True


def execution_name(order_id: str, generation: int) -> str:
    """Return the name under which the loop of a review runs."""
    return f"{order_id}-{generation}"
