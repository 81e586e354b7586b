"""Errors whose texts a log may hold: they quote neither a secret nor a buyer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.world import SECRET
from zonos_orders.errors import ZonosOrdersError, describe

CANARY = "canary-buyer@example.com"
# Every secret and every buyer of these tests holds one of these.
PRIVATE = ("canary", "example.com", SECRET)


@contextmanager
def raises_discreetly(error: type[ZonosOrdersError]) -> Iterator[pytest.ExceptionInfo[ZonosOrdersError]]:
    """Expect exactly this error, with a text that a log may hold."""
    with pytest.raises(error) as caught:
        yield caught
    assert type(caught.value) is error
    for said in (repr(caught.value), describe(caught.value)):
        assert not [private for private in PRIVATE if private in said]
