"""The DynamoDBs that the table tests run on, unchanged: the fixture `dynamodb` is each of them in turn.

Another engine is a function here and its line in ENGINES.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from tests.simulation.dynamodb import InMemoryDynamoDB
from zonos_orders.aws import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@contextmanager
def _moto(_request: pytest.FixtureRequest) -> "Iterator[DynamoDBClient]":
    with mock_aws():
        yield boto3.client("dynamodb", config=CLIENT_CONFIG)


@contextmanager
def _dynamodb_local(request: pytest.FixtureRequest) -> "Iterator[DynamoDBClient]":
    yield request.getfixturevalue("dynamodb_local").client()


@contextmanager
def _simulated(_request: pytest.FixtureRequest) -> "Iterator[DynamoDBClient]":
    client: Any = InMemoryDynamoDB()
    yield client


ENGINES: "Mapping[str, Callable[[pytest.FixtureRequest], AbstractContextManager[DynamoDBClient]]]" = {
    "moto": _moto,
    "dynamodb_local": _dynamodb_local,
    "simulated": _simulated,  # of the simulation: what it gets wrong, the simulation would believe
}
# For tests of what a simulated one lacks: botocore's events and retries, and AWS's limits.
on_real_engines = pytest.mark.parametrize("engine", ["moto", "dynamodb_local"], indirect=True, scope="module")
# Where an engine is laxer than AWS, and so proves nothing; tests/integration/test_engines.py checks this.
WRONGLY_ACCEPTED: Mapping[str, frozenset[str]] = {
    "moto": frozenset(
        {
            "39 digits",
            "a number of 1E126",
            "over 32 levels",
            "a key without a name",
            "an index key of another type",
            "overlapping update paths",
            "an expression over 4 KB",
            "what an index does not project",
        }
    ),
    "dynamodb_local": frozenset({"an index key of another type, by an update"}),
}
