"""The simulated Zonos, at which something happens when an order is asked for, and then goes on."""

from collections.abc import Callable
from itertools import count

from tests.sandbox.zonos_simulator import World


class Zonos(World):
    """`at_look(n, happen)`: call `happen` when an order is asked for the n-th time from now on, once."""

    def __init__(self, *, store_id: str, secret: str, first_number: int) -> None:
        super().__init__(store_id=store_id, secret=secret, first_number=first_number)
        self._looks = count(1)
        self._nth = 0

    def at_look(self, n: int, happen: Callable[[], None]) -> None:
        self._looks, self._nth, self._happen = count(1), n, happen

    def note_call(self, version: str, operation: str, order_id: str) -> None:
        super().note_call(version, operation, order_id)
        if operation == "orderDetail" and next(self._looks) == self._nth:
            self._happen()
