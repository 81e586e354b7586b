"""How long an invocation takes on Lambda: what is measured of the processor here, and what is assumed."""

from collections.abc import Mapping
from typing import Any

ZONOS_SECONDS = 0.3  # an answer of Zonos; nothing is documented
AWS_SECONDS = 0.006  # a call to DynamoDB or EventBridge within the region
AWS_CALLS = (
    "GetItem", "UpdateItem", "Query", "Scan", "BatchGetItem", "DeleteItem", "PutEvents", "StartExecution",
)  # fmt: skip
# How quick Lambda's processor is nobody says: it is taken to be half as quick as the one measured on.
SLOWER = 2
_WHOLE_PROCESSOR_MB = 1769  # with so much memory a function has one


def cpu_seconds(counts: Mapping[str, Any], function: str, case: Mapping[str, float]) -> float:
    """Return the time that a use case takes of the processor, at the share that the memory buys."""
    share = min(1.0, counts["memory_mb"][function] / _WHOLE_PROCESSOR_MB)
    return float(case["cpu"] * SLOWER / share)


def aws_seconds(case: Mapping[str, float]) -> float:
    """Return how long a use case waits for AWS."""
    return sum(case.get(call, 0) for call in AWS_CALLS) * AWS_SECONDS


def waiting_seconds(case: Mapping[str, float]) -> float:
    """Return how long a use case waits for Zonos and AWS, one call after the other."""
    return case.get("zonos_calls", 0) * ZONOS_SECONDS + aws_seconds(case)
