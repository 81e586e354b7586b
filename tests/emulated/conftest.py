"""The built functions on emulated AWS, or the reason why they cannot run here; in CI that is a failure."""

import os
from collections.abc import Iterator

import pytest

from tests.dynamodb_local import DynamoDbLocal
from tests.emulated.build import why_not_usable
from tests.emulated.deployment import Deployment
from tests.emulated.lambda_emulator import emulator
from tests.emulated.world import World


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    reason = why_not_usable()
    if emulator() is None:
        reason = "Lambda's emulator runs on Linux, on x86_64 and aarch64"
    if reason and os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    if reason:
        pytest.skip(reason)
    with Deployment() as deployment:
        yield deployment


@pytest.fixture
def emulated(deployment: Deployment, dynamodb_local: DynamoDbLocal) -> Iterator[World]:
    with World(deployment, dynamodb_local) as world:
        yield world
