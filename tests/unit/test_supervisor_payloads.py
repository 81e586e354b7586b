"""Who asks the order supervisor, and for what: everything else is refused with what is expected."""

import base64
import json
import re
from typing import Any

import pytest

from tests.integration.functions import SUPERVISOR, through_url
from tests.sandbox.sam_template import ROOT
from zonos_orders.errors import InvalidInput, UnknownCaller
from zonos_orders.supervision import Refusal
from zonos_orders.supervisor_payloads import (
    EXPECTED,
    ClearWish,
    EraseWish,
    ReleaseWish,
    Wish,
    read_principal,
    read_wish,
)


@pytest.mark.parametrize(
    ("given", "wish"),
    [
        ({"clear": {"orderId": "999-100"}}, ClearWish("999-100")),
        ({"clear": {"orderId": 100, "revision": 3}}, ClearWish("999-100", 3)),
        ({"release": {"orderIds": ["999-2", "2", 1]}}, ReleaseWish(("999-2", "999-1"))),
        ({"erase": {"orderId": "0100"}}, EraseWish("999-100")),
        ({"erase": {"orderId": "100", "force": True}}, EraseWish("999-100", force=True)),
    ],
)
def test_a_wish_is_read(given: object, wish: Wish) -> None:
    assert read_wish(through_url(given), "999") == wish


def test_a_body_is_read_encoded_or_as_text() -> None:
    text = through_url(None) | {"isBase64Encoded": False, "body": '{"erase": {"orderId": "999-100"}}'}
    assert read_wish(text, "999") == EraseWish("999-100")
    del text["isBase64Encoded"]
    assert read_wish(text, "999") == EraseWish("999-100")


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "clear",
        {},
        {"clear": {}},
        {"clear": None},
        {"clear": ["999-100"]},
        {"clear": {"orderId": "998-100"}},
        {"clear": {"orderId": "canary"}},
        {"clear": {"orderId": ["999-100"]}},
        {"clear": {"orderId": "999-100", "revision": "1"}},
        {"clear": {"orderId": "999-100", "revision": True}},
        {"clear": {"orderId": "999-100", "revision": 0}},
        {"clear": {"orderId": "999-100", "revision": 1.5}},
        {"clear": {"orderId": "999-100", "force": True}},
        {"clear": {"orderId": "999-100"}, "erase": {"orderId": "999-100"}},
        {"clear": {"orderId": "999-100"}, "principal": "me"},
        {"release": {"orderId": "999-100"}},
        {"release": {"orderIds": "999-100"}},
        {"release": {"orderIds": []}},
        {"release": {"orderIds": ["999-100", None]}},
        {"release": {"orderIds": list(range(1, 102))}},
        {"erase": {"orderId": "999-100", "force": "yes"}},
        {"erase": {"orderId": "999-100", "force": 1}},
        {"mayShip": {"orderId": "999-100"}},
    ],
)
def test_anything_else_is_refused_with_what_is_expected(given: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_wish(through_url(given), "999")
    assert str(refused.value) == f"the request is not understood: {EXPECTED}"


WISH = {"erase": {"orderId": "999-100"}}


@pytest.mark.parametrize(
    "request_",
    [
        through_url(WISH) | {"body": None},
        through_url(WISH) | {"body": "{"},
        through_url(WISH) | {"body": "no base64"},
        through_url(WISH) | {"body": base64.b64encode(b"\xff").decode()},
        through_url(WISH) | {"isBase64Encoded": False, "body": "[" * 9_000},
        through_url(WISH) | {"isBase64Encoded": False, "body": json.dumps(WISH) + " " * 10_000},
        {key: value for key, value in through_url(WISH).items() if key != "body"},
        {key: value for key, value in through_url(WISH).items() if key != "requestContext"},
        through_url(WISH) | {"requestContext": {"http": {"method": "GET"}}},
        through_url(WISH) | {"requestContext": {"http": None}},
    ],
)
def test_a_request_that_is_no_post_of_a_wish_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="expected a POST of one of"):
        read_wish(request_, "999")


@pytest.mark.parametrize(
    "principal",
    [
        SUPERVISOR,
        "arn:aws:iam::123456789012:user/team/jo@example.com",
        "arn:aws:iam::123456789012:root",
        "arn:aws-us-gov:sts::123456789012:federated-user/jo",
    ],
)
def test_the_caller_is_whom_aws_has_authenticated(principal: str) -> None:
    assert read_principal(through_url(WISH, principal)) == principal


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        WISH,
        through_url(WISH, None),
        through_url(WISH, ""),
        through_url(WISH, "jo"),
        through_url(WISH, "arn:aws:iam::123:user/jo"),
        through_url(WISH, "arn:aws:lambda:us-east-1:123456789012:function:f"),
        through_url(WISH, SUPERVISOR + "\n"),
        through_url(WISH, f"{SUPERVISOR} and another"),
        through_url(WISH, SUPERVISOR + "x" * 1000),
        through_url(WISH) | {"requestContext": {"authorizer": {"iam": {"userArn": [SUPERVISOR]}}}},
        through_url(WISH) | {"requestContext": {"authorizer": {"iam": None}}},
        through_url(WISH) | {"requestContext": {"authorizer": {"lambda": {"userArn": SUPERVISOR}}}},
        through_url(WISH, None) | {"headers": {"x-user-arn": SUPERVISOR}, "userArn": SUPERVISOR},
        through_url(WISH | {"userArn": SUPERVISOR}, None),
    ],
)
def test_whoever_is_not_named_there_is_nobody(event: object) -> None:
    with pytest.raises(UnknownCaller, match="nobody is named who asks"):
        read_principal(event)


def test_the_page_says_what_can_be_typed() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    typed = re.findall(r"^supervise '(.*)'$", page, re.MULTILINE)
    wishes = [read_wish(through_url(json.loads(one.replace("<order_id>", "999-1"))), "999") for one in typed]
    assert {type(wish) for wish in wishes} == {ClearWish, ReleaseWish, EraseWish}
    assert all(name in page for name in Refusal)
