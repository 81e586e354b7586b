"""The deployed functions over a Zonos that answers with any bytes at all."""

import pytest

from tests.hostile.canned_zonos import CannedZonos
from zonos_orders import http_transport


@pytest.fixture
def zonos(monkeypatch: pytest.MonkeyPatch) -> CannedZonos:
    """Takes the place of the transport in all that is wired from now on."""
    canned = CannedZonos()
    monkeypatch.setattr(http_transport, "HttpTransport", lambda _connections: canned)
    return canned
