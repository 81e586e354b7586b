"""The transport, and servers that misbehave."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.http_transport.exchange import Serve
from tests.integration.http_transport.misbehaving_server import MisbehavingServer
from zonos_orders.http_transport import HttpTransport


@pytest.fixture
def transport() -> HttpTransport:
    return HttpTransport(4)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda *args: stack.enter_context(MisbehavingServer(*args))
