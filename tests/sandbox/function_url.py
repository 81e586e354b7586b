"""A function's URL: the event that Lambda makes of a signed request."""

import base64
import json
from typing import Any

from tests.sandbox.aws import ACCOUNT_ID


def through_url(wish: Any, principal: str | None) -> dict[str, Any]:
    """Make the event of a POST of `wish`, signed by a principal of IAM, or by nobody."""
    context: dict[str, Any] = {"http": {"method": "POST", "path": "/"}}
    if principal is not None:
        context["authorizer"] = {"iam": {"accountId": ACCOUNT_ID, "userArn": principal}}
    body = base64.b64encode(json.dumps(wish).encode()).decode()
    return {"version": "2.0", "requestContext": context, "isBase64Encoded": True, "body": body}
