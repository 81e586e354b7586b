"""Errors whose texts a log may hold: they quote neither a secret nor a buyer, who all bear canaries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.leaks.private import private_in
from zonos_orders.errors import ZonosOrdersError, describe

CANARY = "canary-buyer@example.com"


@contextmanager
def raises_discreetly(error: type[ZonosOrdersError]) -> Iterator[pytest.ExceptionInfo[ZonosOrdersError]]:
    """Expect exactly this error, with a text that a log may hold."""
    with pytest.raises(error) as caught:
        yield caught
    assert type(caught.value) is error
    for said in (repr(caught.value), describe(caught.value)):
        assert not private_in(said)
