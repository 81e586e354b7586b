"""The HTTP API in front of the sandbox's functions."""

from __future__ import annotations

import json
import time

import pytest
import requests

from tests.integration.sandbox_platform.use import fetch
from tests.sandbox.http_api import HttpApi
from tests.sandbox.lambda_service import InvocationFailed
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.stack import Route


def test_event_has_payload_format_two(sandbox: Sandbox) -> None:
    response = fetch(
        sandbox,
        "/success?orderId=999-1&orderId=999%2D2&empty=&%C3%A9=a+b",
        headers={"X-Two": "1", "x-two": "2", "Cookie": "a=1; b=2", "User-Agent": "a test"},
    )
    event = json.load(response)["event"]
    context = event.pop("requestContext")
    http_part = context.pop("http")
    assert response.status == 200
    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /success"
    assert event["rawPath"] == "/success"
    assert event["rawQueryString"] == "orderId=999-1&orderId=999%2D2&empty=&%C3%A9=a+b"
    assert event["queryStringParameters"] == {"orderId": "999-1,999-2", "empty": "", "é": "a b"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-two"] == "1,2"
    assert event["isBase64Encoded"] is False
    assert "body" not in event
    assert http_part == {
        "method": "GET",
        "path": "/success",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "a test",
    }
    assert context["stage"] == "$default"
    assert context["routeKey"] == "GET /success"
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 60


def test_request_without_query_has_no_parameters(sandbox: Sandbox) -> None:
    event = json.load(fetch(sandbox, "/success"))["event"]
    assert event["rawQueryString"] == ""
    assert "queryStringParameters" not in event


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"caf\xc3\xa9", ("café", False)), (b"\xff\x00", ("/wA=", True))],
)
def test_body_is_text_or_base64(sandbox: Sandbox, body: bytes, expected: tuple[str, bool]) -> None:
    event = json.load(fetch(sandbox, "/post", "POST", body=body))["event"]
    assert (event["body"], event["isBase64Encoded"]) == expected


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/"), ("GET", "/success/"), ("POST", "/success"), ("HEAD", "/success")]
)
def test_route_that_the_template_does_not_have_is_not_found(
    sandbox: Sandbox, method: str, target: str
) -> None:
    response = fetch(sandbox, target, method)
    assert response.status == 404
    assert response.read() == (b"" if method == "HEAD" else b'{"message": "Not Found"}')


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"statusCode": 303, "headers": {"Location": "https://a"}, "cookies": ["a=1", "b=2"]},
            (303, {"location": "https://a", "set-cookie": "a=1, b=2"}, b""),
        ),
        (
            {"statusCode": 200, "body": "é"},
            (200, {"content-type": "text/plain;charset=UTF-8"}, b"\xc3\xa9"),
        ),
        ({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}, (200, {}, b"\xff\x00")),
        ({"no": "statusCode"}, (200, {"content-type": "application/json"}, b'{"no": "statusCode"}')),
        ({"statusCode": "many"}, (500, {}, b'{"message": "Internal Server Error"}')),
        (InvocationFailed("KeyError", "x"), (500, {}, b'{"message": "Internal Server Error"}')),
    ],
)
def test_answer_becomes_a_response(answer: object, expected: tuple[int, dict[str, str], bytes]) -> None:
    def invoke(function: str, event: object) -> object:
        if isinstance(answer, InvocationFailed):
            raise answer
        return answer

    api = HttpApi([Route("GET", "/", "AnyFunction")], invoke)
    try:
        response = requests.get(api.url, allow_redirects=False, timeout=10)
    finally:
        api.close()
    status, headers, body = expected
    assert (response.status_code, response.content) == (status, body)
    assert headers.items() <= {name.lower(): value for name, value in response.headers.items()}.items()


def test_page_url_is_the_route_of_the_success_page(sandbox: Sandbox) -> None:
    assert sandbox.page_url == f"{sandbox.api_url}/success"
    assert requests.get(sandbox.page_url, params={"orderId": "1"}, timeout=10).status_code == 200
