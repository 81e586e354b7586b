"""A simulated Zonos on a clock that stands still."""

from collections.abc import Iterator

import pytest

from tests.integration.zonos_simulator.calls import SECRET, StillClock
from tests.sandbox.zonos_simulator import ZonosSimulator


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def zonos(clock: StillClock) -> Iterator[ZonosSimulator]:
    with ZonosSimulator(store_id="999", secret=SECRET, clock=clock) as simulator:
        yield simulator
