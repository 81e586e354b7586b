"""The built functions on emulated AWS, or the reason why they cannot run here; in CI that is a failure."""

from collections.abc import Iterator

import pytest

from tests.dynamodb_local import DynamoDbLocal
from tests.emulated.build import skip_or_fail, why_not_usable
from tests.emulated.deployment import Deployment
from tests.emulated.lambda_emulator import emulator
from tests.emulated.world import World


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    if emulator() is None:
        skip_or_fail("Lambda's emulator runs on Linux, on x86_64 and aarch64")
    skip_or_fail(why_not_usable())
    with Deployment() as deployment:
        yield deployment


@pytest.fixture
def emulated(deployment: Deployment, dynamodb_local: DynamoDbLocal) -> Iterator[World]:
    with World(deployment, dynamodb_local) as world:
        yield world
