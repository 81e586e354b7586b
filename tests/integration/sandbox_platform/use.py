"""How these tests start a sandbox and talk to it."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.sandbox import Sandbox


def start(root: Path, **options: Any) -> Sandbox:
    parameters = {"ZonosSecretName": "zonos/secret", **options.pop("parameters", {})}
    return Sandbox(parameters, "s3cret", root=root, **options)


def invoke(sandbox: Sandbox, event: dict[str, Any], function: str = "ReconcileOrdersFunction") -> Any:
    return sandbox.invoke(function, event)


def fetch(sandbox: Sandbox, target: str, method: str = "GET", **more: Any) -> http.client.HTTPResponse:
    """Send a request line exactly as given."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.api_url or "").netloc, timeout=10)
    connection.request(method, target, **more)
    return connection.getresponse()
