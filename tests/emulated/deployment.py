"""The built template, deployed on one machine: moto for AWS, the simulator for Zonos."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Final, Self

from tests.emulated.build import BUILD
from tests.sandbox.aws import SimulatedAws
from tests.sandbox.deployment import deploy
from tests.sandbox.stack import Function
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE

_NOBODY: Final = 9  # a port where nothing listens: no review loop looks at its order by itself


class Deployment:
    """A context manager; one is enough for many tests. `stack` is what the build's template says."""

    def __init__(self) -> None:
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self.simulator = starting.enter_context(ZonosSimulator())
            self.aws = SimulatedAws(lambda_port=_NOBODY)
            starting.callback(self.aws.close)
            parameters = {
                "ZonosStoreId": STORE,
                "ZonosSecretName": "zonos",
                "ZonosApiUrl": self.simulator.url,
                "ShipFromDate": "all",
                "RecheckBaseSeconds": "3600",  # a loop that waits longer than any test
                "RefreshCallsPerRun": "0",  # what is asked for is what was missing
            }
            self.stack = deploy(self.aws, BUILD, parameters, SECRET)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._running.close()

    def function(self, logical_id: str) -> Function:
        """Return a function with the Python path of a running one: of a layer it is the folder `python`."""
        function = self.stack.functions[logical_id]
        code, *layers = function.paths
        return replace(function, paths=(code, *(layer / "python" for layer in layers)))
