"""Answers of Zonos as literals, and the errors that they become."""

import pytest

from zonos_orders.errors import ZonosError
from zonos_orders.zonos_api import HttpAnswer, read_answer

SECRET = "correct-horse-battery-staple"


def answered(status: int, body: str | bytes, **headers: str) -> HttpAnswer:
    raw = body.encode() if isinstance(body, str) else body
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def error_of(answer: HttpAnswer) -> ZonosError:
    with pytest.raises(ZonosError) as raised:
        read_answer(answer)
    return raised.value
