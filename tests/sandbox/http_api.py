"""An HTTP API on loopback: turns requests into events of payload format 2.0 and answers into responses."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.sandbox.aws import ACCOUNT_ID, REGION
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.loopback import LoopbackServer, QuietHandler
from tests.sandbox.stack import Route

API_ID: Final = "sandbox"
Response = tuple[int, list[tuple[str, str]], bytes]
_NOT_FOUND: Final = 404
_BROKEN: Final = 500


class HttpApi:
    """Serve `routes`; `invoke` gets a route's function and the event, and raises `InvocationFailed`."""

    def __init__(self, routes: Sequence[Route], invoke: Callable[[str, object], Any]) -> None:
        for route in routes:
            if "{" in route.path or not route.path.startswith("/"):
                message = f"the sandbox has no patterns in routes: {route.key}"
                raise ValueError(message)
        self._server = LoopbackServer(_handler(routes, invoke))
        self.url: Final = self._server.url

    def close(self) -> None:
        self._server.close()


def event_of(
    route: Route, *, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, source: str
) -> dict[str, Any]:
    """Make the event of a request whose request line names `target` (path and query as sent)."""
    url = urlsplit(target)
    lower = _joined((name.lower(), value) for name, value in headers)
    cookies = lower.pop("cookie", None)
    parameters = _joined(parse_qsl(url.query, keep_blank_values=True))
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(url.path),
        "rawQueryString": url.query,
        "headers": lower,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": f"{API_ID}.execute-api.{REGION}.amazonaws.com",
            "domainPrefix": API_ID,
            "http": {
                "method": method,
                "path": unquote(url.path),
                "protocol": "HTTP/1.1",
                "sourceIp": source,
                "userAgent": lower.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route.key,
            "stage": "$default",
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies is not None:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if parameters:
        event["queryStringParameters"] = parameters
    if body:
        event.update(_body(body))
    return event


def response_of(answer: object) -> Response:
    """Read a function's answer as HTTP API does; one that it cannot read is a 500."""
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        return 200, [("content-type", "application/json")], json.dumps(answer).encode()
    try:
        status = int(answer["statusCode"])
        headers = {str(name).lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
        headers.setdefault("content-type", "text/plain;charset=UTF-8")
        cookies = [("set-cookie", str(cookie)) for cookie in answer.get("cookies") or []]
        text = answer.get("body") or ""
        body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    except (AttributeError, TypeError, ValueError):
        return _message(_BROKEN, "Internal Server Error")
    return status, [*headers.items(), *cookies], body


def _handler(routes: Sequence[Route], invoke: Callable[[str, object], Any]) -> type[QuietHandler]:
    by_key = {(route.method, route.path): route for route in routes}

    class Handler(QuietHandler):
        def serve(self) -> None:
            body = self.body()
            path = unquote(urlsplit(self.path).path)
            route = by_key.get((self.command, path)) or by_key.get(("ANY", path))
            self.reply(*(_message(_NOT_FOUND, "Not Found") if route is None else self._run(route, body)))

        def _run(self, route: Route, body: bytes) -> Response:
            event = event_of(
                route,
                method=self.command,
                target=self.path,
                headers=self.headers.items(),
                body=body,
                source=self.client_address[0],
            )
            try:
                return response_of(invoke(route.function, event))
            except InvocationFailed:
                return _message(_BROKEN, "Internal Server Error")

    return Handler


def _joined(pairs: Any) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes) -> dict[str, object]:
    try:
        return {"body": body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _message(status: int, text: str) -> Response:
    return status, [("content-type", "application/json")], json.dumps({"message": text}).encode()
