"""One sandbox for all these tests, with a small stack of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import small_stack
from tests.integration.sandbox_platform.use import start
from tests.sandbox.sandbox import Sandbox


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_stack.write(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="package")
def sandbox(project: Path) -> Iterator[Sandbox]:
    with start(project) as running:
        yield running
