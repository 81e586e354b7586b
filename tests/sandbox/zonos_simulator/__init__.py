"""A Zonos Checkout for one machine: the REST API, a checkout page and an admin page over real HTTP."""

from tests.sandbox.zonos_simulator.faults import FAULTS, FaultKind
from tests.sandbox.zonos_simulator.http_messages import Answer
from tests.sandbox.zonos_simulator.orders import UnknownOrderError
from tests.sandbox.zonos_simulator.server import ZonosSimulator
from tests.sandbox.zonos_simulator.world import PURCHASES, Call, Purchase, World

__all__ = [
    "FAULTS",
    "PURCHASES",
    "Answer",
    "Call",
    "FaultKind",
    "Purchase",
    "UnknownOrderError",
    "World",
    "ZonosSimulator",
]
