"""What all tests share: credentials that open nothing, simulated AWS, tables from the real template."""

import os

# Before any client is made, and whatever the machine is configured for.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    POWERTOOLS_SERVICE_NAME="zonos-orders",
    POWERTOOLS_METRICS_NAMESPACE="ZonosOrders",
    POWERTOOLS_LOG_LEVEL="DEBUG",
)
for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL") or name == "AWS_PROFILE"]:
    del os.environ[name]

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import botocore.session
import hypothesis
import pytest
from moto import mock_aws

from tests.dynamodb_local import DynamoDbLocal, DynamoDbLocalUnavailable, is_required
from tests.engines import ENGINES
from tests.integration.functions import Functions
from tests.leaks.told import assert_aws_holds_nothing_private
from tests.world import TestClock, World
from zonos_orders.wiring import Application

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytest_plugins = ["tests.tally", "tests.leaks.plugin", "tests.aws_calls"]

# No test is timed: a busy machine is not a fault.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# moto begins a new session for each test, which would read the models of every service anew.
botocore.session.create_loader = cache(botocore.session.create_loader)


@pytest.fixture
def aws() -> Iterator[None]:
    """A simulated AWS account, empty, in this process."""
    with mock_aws():
        yield
        assert_aws_holds_nothing_private()


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[DynamoDbLocal]:
    """AWS's own emulator, one for all tests; every client of it has an account, and so tables, of its own."""
    with ExitStack() as stack:
        try:
            local = stack.enter_context(DynamoDbLocal())
        except DynamoDbLocalUnavailable as exc:
            if is_required():
                pytest.fail(f"CI needs DynamoDB Local: {exc}", pytrace=False)
            pytest.skip(f"DynamoDB Local: {exc}")
        yield local


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def dynamodb(request: pytest.FixtureRequest, engine: str) -> "Iterator[DynamoDBClient]":
    """A client of an empty DynamoDB, of each engine in turn."""
    with ENGINES[engine](request) as client:
        yield client


@pytest.fixture
def clock() -> TestClock:
    """The one clock of a test: for us and for Zonos."""
    return TestClock()


@pytest.fixture
def world(aws: None, clock: TestClock) -> Iterator[World]:
    """The deployed tables, secret and state machine in a simulated AWS, and a simulated Zonos."""
    with World(clock) as world:
        yield world


@pytest.fixture
def application(world: World) -> Application:
    """The real use cases on the world."""
    return world.application()


@pytest.fixture
def one_at_a_time(world: World) -> Application:
    """The real use cases, importing one order after the other."""
    return world.application(IMPORT_CONCURRENCY="1")


@pytest.fixture
def functions(world: World) -> Functions:
    """The handlers of the deployed functions on the world."""
    return Functions(world)
